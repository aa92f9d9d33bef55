import Glibc
import KappaCore

/// Who may sign in, from a file of lines `name:password`; empty lines and those that begin with `#` are left
/// out. A line `@operator NAME …` says what somebody may do on the page.
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

    /// What somebody may do where roles count, each with what the ones before may.
    package enum Duty: String, CaseIterable, Sendable { case viewer, `operator`, admin }

    package private(set) var verifiers: [String: Verifier] = [:]
    private var duties: [String: Duty] = [:]

    /// Whoever is not named with a role looks on.
    package func duty(of name: String) -> Duty { duties[name] ?? .viewer }
    package var canChangeAnything: Bool { duties.values.contains { $0 != .viewer } }

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
            // A line without a colon was none before there were roles.
            if line.hasPrefix("@"), !line.contains(":") {
                try parseDuty(line, number + 1, path)
                continue
            }
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else {
                throw NetworkError("line \(number + 1) of \(path) is not name:password", kind: .usage)
            }
            verifiers[String(parts[0])] = Verifier(password: String(parts[1]))
        }
        if let name = duties.keys.sorted().first(where: { verifiers[$0] == nil }) {
            throw NetworkError("\(path) gives '\(name)' a role, but has no line \(name):password", kind: .usage)
        }
    }

    /// `@operator ann bob`
    private mutating func parseDuty(_ line: Substring, _ number: Int, _ path: String) throws(NetworkError) {
        let words = line.dropFirst().split(separator: " ")
        guard words.count > 1, let duty = Duty(rawValue: String(words[0])) else {
            let roles = Duty.allCases.map { "@\($0.rawValue)" }.joined(separator: ", ")
            throw NetworkError("line \(number) of \(path) is not one of \(roles) with names after it", kind: .usage)
        }
        for name in words.dropFirst() { duties[String(name)] = duty }
    }
}
