import KappaCore
import KappaNetwork
import KappaWire

/// Sets and takes away what users sign in with. A user is changed once in a request; each stands or falls alone, and
/// all that are right are written down together.
enum AlterUserScramCredentialsHandler: Handler {
    typealias Request = AlterUserScramCredentialsRequest

    static func handle(
        _ request: AlterUserScramCredentialsRequest, _ call: Call<AlterUserScramCredentialsResponse>,
        _ core: BrokerCore
    ) -> Outcome<AlterUserScramCredentialsResponse> {
        let names = request.deletions.map(\.name) + request.upsertions.map(\.name)
        var times: [String: Int] = [:]
        for name in names { times[name, default: 0] += 1 }
        var changes: [Accounts.Key: ScramCredential?] = [:]
        var problems: [String: AdminProblem] = [:]
        func settle(_ name: String, _ change: () throws(AdminProblem) -> (Accounts.Key, ScramCredential?)) {
            do throws(AdminProblem) {
                guard times[name] == 1 else { throw .alteredTwice }
                let (key, credential) = try change()
                changes[key] = .some(credential)
            } catch {
                problems[name] = error
            }
        }
        do throws(AdminProblem) {
            let accounts = try accounts(call, core)
            for deletion in request.deletions {
                settle(deletion.name) { () throws(AdminProblem) in (try key(deletion, accounts), nil) }
            }
            for upsertion in request.upsertions {
                settle(upsertion.name) { () throws(AdminProblem) in try credential(upsertion, accounts) }
            }
            try keep(changes, accounts, call.client, core)
        } catch {
            for name in names { problems[name] = error }
        }
        return .answer(answer(names, problems))
    }

    private static func answer(
        _ names: [String], _ problems: [String: AdminProblem]
    ) -> AlterUserScramCredentialsResponse {
        AlterUserScramCredentialsResponse { response in
            response.results = Set(names).sorted().map { name in
                .init {
                    $0.user = name
                    $0.errorCode = problems[name]?.code ?? .noError
                    $0.errorMessage = problems[name]?.words
                }
            }
        }
    }

    private static func accounts(
        _ call: Call<AlterUserScramCredentialsResponse>, _ core: BrokerCore
    ) throws(AdminProblem) -> Accounts {
        guard call.may(.alter, .cluster, core) else {
            throw AdminProblem(.clusterAuthorizationFailed, "Cluster authorization failed.")
        }
        guard let accounts = core.accounts else {
            throw AdminProblem(
                .securityDisabled, "nobody has to sign in to this broker (start it with --users, and all have to)")
        }
        return accounts
    }

    private static func keep(
        _ changes: [Accounts.Key: ScramCredential?], _ accounts: Accounts, _ client: Client, _ core: BrokerCore
    ) throws(AdminProblem) {
        do throws(BrokerError) { try accounts.change(changes) } catch {
            core.complain("credentials could not be kept: \(error)")
            throw AdminProblem(.kafkaStorageError, "\(error)")
        }
        for (key, credential) in changes {
            let what = credential == nil ? "took away" : "set"
            core.configuration.log(
                "\(client.principal) \(what) the \(key.mechanism.name) credential of '\(key.name)'")
        }
    }

    private static func key(
        _ name: String, _ mechanism: Int8, _ accounts: Accounts
    ) throws(AdminProblem) -> Accounts.Key {
        guard !name.isEmpty else { throw AdminProblem(.unacceptableCredential, "Username must not be empty") }
        guard let mechanism = ScramMechanism(rawValue: mechanism) else {
            throw AdminProblem(.unsupportedSaslMechanism, "Unknown SCRAM mechanism")
        }
        // Two passwords for one name, of which one cannot be changed from here, would be a trap.
        guard accounts.users.verifiers[name] == nil else {
            throw AdminProblem(
                .unacceptableCredential, "'\(name)' stands in the broker's users file, and is changed there")
        }
        return .init(name: name, mechanism: mechanism)
    }

    private static func key(
        _ deletion: AlterUserScramCredentialsRequest.Deletion, _ accounts: Accounts
    ) throws(AdminProblem) -> Accounts.Key {
        let key = try key(deletion.name, deletion.mechanism, accounts)
        guard accounts.credentials[key] != nil else {
            throw AdminProblem(.resourceNotFound, "Attempt to delete a user credential that does not exist")
        }
        return key
    }

    private static func credential(
        _ upsertion: AlterUserScramCredentialsRequest.Upsertion, _ accounts: Accounts
    ) throws(AdminProblem) -> (Accounts.Key, ScramCredential?) {
        let key = try key(upsertion.name, upsertion.mechanism, accounts)
        let rounds = ScramMechanism.iterations
        guard upsertion.iterations >= rounds.lowerBound else {
            throw AdminProblem(.unacceptableCredential, "Too few iterations")
        }
        guard upsertion.iterations <= rounds.upperBound else {
            throw AdminProblem(.unacceptableCredential, "Too many iterations")
        }
        guard upsertion.saltedPassword.count == key.mechanism.hash.size, !upsertion.salt.isEmpty,
            upsertion.salt.count <= longestSalt
        else { throw AdminProblem(.unacceptableCredential, "The salted password or the salt has a wrong length") }
        return (
            key,
            ScramCredential(
                salted: upsertion.saltedPassword, salt: upsertion.salt, iterations: Int(upsertion.iterations),
                key.mechanism)
        )
    }

    /// It is sent in one line to whoever signs in.
    private static let longestSalt = 1024
}

extension AdminProblem {
    fileprivate static var alteredTwice: AdminProblem {
        AdminProblem(.duplicateResource, "A user credential cannot be altered twice in the same request")
    }
}
