import KappaCore
import KappaNetwork

/// Who may sign in: those of the users file, by any mechanism, and those whose credentials were set while the broker
/// ran, which are kept in one small file of the data folder and serve SCRAM alone, as in Kafka.
final class Accounts {
    static let fileName = "credentials"

    /// One user's credential for one mechanism.
    struct Key: Hashable {
        var name: String
        var mechanism: ScramMechanism
    }

    let users: Users
    private let file: SummedFile?
    private(set) var credentials: [Key: ScramCredential]

    init(users: Users, directory: String) throws(BrokerError) {
        self.users = users
        let file = SummedFile(Accounts.fileName, in: directory)
        self.file = file
        credentials = try Accounts.read(file)
    }

    init(users: Users) {
        self.users = users
        file = nil
        credentials = [:]
    }

    func accepts(_ name: String, password: String) -> Bool { users.verifiers[name]?.accepts(password) ?? false }

    /// For a name that is not known, one that looks the same and that no password fits (RFC 5802, section 9).
    func credential(_ name: String, _ mechanism: ScramMechanism) -> ScramCredential {
        known(name, mechanism) ?? .ofNobody(name, mechanism)
    }

    func known(_ name: String, _ mechanism: ScramMechanism) -> ScramCredential? {
        users.verifiers[name]?.credential(mechanism) ?? credentials[Key(name: name, mechanism: mechanism)]
    }

    var names: Set<String> { Set(users.verifiers.keys).union(credentials.keys.map(\.name)) }

    /// Writes changes down, all of them or none; nil takes a credential away.
    func change(_ changes: [Key: ScramCredential?]) throws(BrokerError) {
        var next = credentials
        for (key, credential) in changes { next[key] = credential }
        guard next != credentials else { return }
        try file?.write(next.map { Accounts.line($0, $1) + "\n" }.sorted().joined())
        credentials = next
    }

    private static func line(_ key: Key, _ credential: ScramCredential) -> String {
        [
            FileWord.encode(key.name), key.mechanism.name, String(credential.iterations),
            Base64.text(credential.salt), Base64.text(credential.storedKey), Base64.text(credential.serverKey),
        ].joined(separator: " ")
    }

    static func read(_ file: SummedFile) throws(BrokerError) -> [Key: ScramCredential] {
        guard let text = try file.read() else { return [:] }
        var found: [Key: ScramCredential] = [:]
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            guard let (key, credential) = parse(line) else {
                // The line itself is nobody's business.
                throw BrokerError(
                    "\(file.path): line \(number + 1) is no credential",
                    hint: "Delete the line, and set the user's password again.")
            }
            found[key] = credential
        }
        return found
    }

    private static func parse(_ line: Substring) -> (Key, ScramCredential)? {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, let name = FileWord.decode(words[0]),
            let mechanism = ScramMechanism.allCases.first(where: { $0.name == words[1] }),
            let iterations = Int(words[2]), ScramMechanism.iterations.contains(iterations),
            let salt = Base64.read(String(words[3])), let stored = Base64.read(String(words[4])),
            let server = Base64.read(String(words[5])), stored.count == mechanism.hash.size,
            server.count == mechanism.hash.size
        else { return nil }
        return (
            Key(name: name, mechanism: mechanism),
            ScramCredential(salt: salt, iterations: iterations, storedKey: stored, serverKey: server)
        )
    }
}
