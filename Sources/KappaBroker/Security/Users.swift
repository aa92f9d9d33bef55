import Glibc
import KappaCore

/// Who may use the broker, from a file of lines `name:password`; empty lines and those that begin with `#` are left
/// out.
///
/// Passwords are kept only as what SCRAM needs to know of them.
struct Users: Sendable {
    struct Verifier: Sendable {
        var salt: [UInt8]
        var iterations: Int
        var storedKey: [UInt8]
        var serverKey: [UInt8]
        /// For PLAIN, whose client is not to hold the event loop up with thousands of rounds each time it tries.
        private var quick: [UInt8]

        init(password: String, salt: [UInt8] = Digest.random(16), iterations: Int = 4096) {
            self.salt = salt
            self.iterations = iterations
            let salted = Digest.salted(Array(password.utf8), salt: salt, iterations: iterations)
            storedKey = Digest.sha256(Digest.hmac(key: salted, Array("Client Key".utf8)))
            serverKey = Digest.hmac(key: salted, Array("Server Key".utf8))
            quick = Digest.hmac(key: salt, Array(password.utf8))
        }

        func accepts(_ password: String) -> Bool {
            Digest.areEqual(Digest.hmac(key: salt, Array(password.utf8)), quick)
        }
    }

    private(set) var verifiers: [String: Verifier] = [:]

    init(file path: String) throws(BrokerError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .system("cannot read the users file \(path)") }
        guard status.st_mode & 0o077 == 0 else {
            throw BrokerError(
                "the users file \(path) can be read by others", hint: "chmod 600 \(path)", kind: .usage)
        }
        guard let text = try SmallFile.read(path) else { throw .system("cannot read the users file \(path)") }
        try parse(text, path)
        guard !verifiers.isEmpty else { throw BrokerError("the users file \(path) names nobody", kind: .usage) }
    }

    init(verifiers: [String: Verifier]) { self.verifiers = verifiers }

    private mutating func parse(_ text: String, _ path: String) throws(BrokerError) {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else {
                throw BrokerError("line \(number + 1) of \(path) is not name:password", kind: .usage)
            }
            verifiers[String(parts[0])] = Verifier(password: String(parts[1]))
        }
    }
}
