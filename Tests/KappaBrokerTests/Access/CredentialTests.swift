import Glibc
import KappaCore
import KappaNetwork
import KappaTestSupport
import KappaWire
import Testing

@testable import KappaBroker

/// What users sign in with, set over the protocol.
@Suite struct CredentialTests {
    private func upsert(
        _ name: String, _ password: String, _ mechanism: ScramMechanism = .sha256, iterations: Int = 4096
    ) -> AlterUserScramCredentialsRequest.Upsertion {
        let salt = Array("salt of \(name)".utf8)
        return .init {
            $0.name = name
            $0.mechanism = mechanism.rawValue
            $0.iterations = Int32(iterations)
            $0.salt = salt
            $0.saltedPassword = mechanism.hash.salted(Array(password.utf8), salt: salt, iterations: iterations)
        }
    }

    private func change(
        _ client: RawClient, _ upsertions: [AlterUserScramCredentialsRequest.Upsertion],
        delete: [(String, Int8)] = []
    ) throws -> [String: ErrorCode] {
        let request = AlterUserScramCredentialsRequest { request in
            request.upsertions = upsertions
            request.deletions = delete.map { name, mechanism in
                .init {
                    $0.name = name
                    $0.mechanism = mechanism
                }
            }
        }
        let results = try client.ask(request, version: 0).results
        return Dictionary(uniqueKeysWithValues: results.map { ($0.user, $0.errorCode) })
    }

    private func kcat(
        _ served: ServedBroker, port: UInt16, _ user: String, _ password: String, _ mechanism: ScramMechanism
    ) async throws -> Bool {
        let child = try ChildProcess(
            [
                Clients.kcat!, "-b", "127.0.0.1:\(port)", "-L", "-m", "20", "-X", "security.protocol=SASL_PLAINTEXT",
                "-X", "sasl.mechanisms=\(mechanism.name)", "-X", "sasl.username=\(user)", "-X",
                "sasl.password=\(password)",
            ], environment: [:], directory: served.folder.path)
        let result = try await child.finish(timeout: .seconds(60))
        return result.status == 0 && result.output.contains("broker 1 at")
    }

    @Test(.enabled(if: Clients.kcat != nil, "kcat is not installed"), .timeLimit(.minutes(5)))
    func userThatWasAddedSignsInNowAndAfterTheNextStart() async throws {
        let scene = try AccessScene()
        let served = scene.served
        #expect(
            try change(scene.root, [upsert("log,ger=1", "one"), upsert("dash", "two", .sha512, iterations: 16_384)])
                == ["log,ger=1": .noError, "dash": .noError])
        #expect(try await kcat(served, port: served.broker.port, "log,ger=1", "one", .sha256))
        #expect(try await kcat(served, port: served.broker.port, "dash", "two", .sha512))
        // Who stands in the users file signs in by all mechanisms.
        #expect(try await kcat(served, port: served.broker.port, "ann", "secret", .sha512))
        try served.broker.stop()
        var status = stat()
        #expect(stat("\(served.folder.path)/broker/credentials", &status) == 0 && status.st_mode & 0o077 == 0)
        var configuration = served.broker.configuration
        configuration.listen.port = 0
        let again = try Broker(configuration)
        try again.start()
        defer { try? again.stop() }
        #expect(try await kcat(served, port: again.port, "dash", "two", .sha512))
        let root = try RawClient(port: again.port)
        try root.signIn("root", "secret")
        #expect(try change(root, [], delete: [("dash", 2)]) == ["dash": .noError])
        let users = try root.ask(DescribeUserScramCredentialsRequest(), version: 0).results
        #expect(users.map(\.user) == ["ann", "log,ger=1", "root"])
        #expect(users[0].credentialInfos.map(\.mechanism) == [1, 2])
        #expect(users[1].credentialInfos.map(\.mechanism) == [1])
    }

    /// The words are told apart by the numbers of Kafka's own answers.
    @Test func wrongChangesAreRefusedAndNothingOfThemKept() throws {
        let scene = try AccessScene()
        let root = scene.root
        func with(_ name: String, _ edit: (inout AlterUserScramCredentialsRequest.Upsertion) -> Void)
            -> AlterUserScramCredentialsRequest.Upsertion
        {
            var one = upsert(name, "password")
            edit(&one)
            return one
        }
        let answers = try change(
            root,
            [
                with("few") { $0.iterations = 4095 }, with("many") { $0.iterations = 16_385 },
                with("short") { $0.saltedPassword.removeLast() }, with("saltless") { $0.salt = [] },
                with("other") { $0.mechanism = 3 }, upsert("", "password"), upsert("ann", "stolen"),
                upsert("twice", "a"), upsert("twice", "b"), upsert("right", "password"), upsert("both", "password"),
            ], delete: [("both", 1), ("nobody", 1)])
        #expect(
            answers == [
                "few": .unacceptableCredential, "many": .unacceptableCredential, "short": .unacceptableCredential,
                "saltless": .unacceptableCredential, "other": .unsupportedSaslMechanism, "": .unacceptableCredential,
                "ann": .unacceptableCredential, "twice": .duplicateResource, "right": .noError,
                "both": .duplicateResource, "nobody": .resourceNotFound,
            ])
        let users = try root.ask(DescribeUserScramCredentialsRequest(), version: 0).results
        #expect(users.map(\.user) == ["ann", "right", "root"])
    }

    @Test func brokerWithoutSignInSaysSo() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        #expect(try change(client, [upsert("ann", "a")]) == ["ann": .securityDisabled])
    }

    @Test func credentialThatCannotBeReadRefusesTheStartWithoutShowingIt() throws {
        let scene = try AccessScene()
        _ = try change(scene.root, [upsert("bob", "password")])
        try scene.served.broker.stop()
        let path = "\(scene.served.folder.path)/broker/credentials"
        let descriptor = open(path, O_WRONLY)
        #expect(lseek(descriptor, 6, SEEK_SET) == 6 && write(descriptor, "!", 1) == 1)
        close(descriptor)
        var configuration = scene.served.broker.configuration
        configuration.listen.port = 0
        let error = #expect(throws: BrokerError.self) { try Broker(configuration) }
        let words = try #require(error).description
        #expect(words.contains("credentials does not fit its checksum") && !words.contains("bob"), "\(words)")
    }
}
