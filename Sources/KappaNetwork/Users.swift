import Glibc
import KappaCore

/// Who may sign in, from a file of lines `name:password`; empty lines and those that begin with `#` are left
/// out.
///
/// Passwords are kept only as what SCRAM needs to know of them.
package struct Users: Sendable {
    package struct Verifier: Sendable {
        private var scram: [ScramMechanism: ScramCredential] = [:]
        private var salt: [UInt8]
        /// For PLAIN, whose client is not to hold the event loop up with thousands of rounds each time it tries.
        private var quick: [UInt8]

        package init(password: String, salt: [UInt8] = Digest.random(16), iterations: Int = 4096) {
            self.salt = salt
            for mechanism in ScramMechanism.allCases {
                scram[mechanism] = ScramCredential(password: password, mechanism, salt: salt, iterations: iterations)
            }
            quick = Digest.hmac(key: salt, Array(password.utf8))
        }

        package func credential(_ mechanism: ScramMechanism) -> ScramCredential? { scram[mechanism] }

        package func accepts(_ password: String) -> Bool {
            Digest.areEqual(Digest.hmac(key: salt, Array(password.utf8)), quick)
        }
    }

    package private(set) var verifiers: [String: Verifier] = [:]

    package init(file path: String) throws(NetworkError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .system("cannot read the users file \(path)") }
        guard status.st_mode & 0o077 == 0 else {
            throw NetworkError(
                "the users file \(path) can be read by others", hint: "chmod 600 \(path)", kind: .usage)
        }
        let text = try Users.text(of: path)
        try parse(text, path)
        guard !verifiers.isEmpty else { throw NetworkError("the users file \(path) names nobody", kind: .usage) }
    }

    private static func text(of path: String) throws(NetworkError) -> String {
        do throws(TextFileFailure) { return try TextFile.read(path, as: "the users file") } catch {
            throw NetworkError(error.message, hint: error.hint, kind: error.kind)
        }
    }

    package init(verifiers: [String: Verifier]) { self.verifiers = verifiers }

    private mutating func parse(_ text: String, _ path: String) throws(NetworkError) {
        for (number, line) in text.textLines.enumerated() {
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else {
                throw NetworkError("line \(number + 1) of \(path) is not name:password", kind: .usage)
            }
            verifiers[String(parts[0])] = Verifier(password: String(parts[1]))
        }
    }
}
