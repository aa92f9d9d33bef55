import Glibc
package import KappaCore

/// Why a socket, a certificate or a file of users cannot be used.
package struct NetworkError: Failure {
    package var kind: FailureKind
    package var message: String
    package var hint: String?

    package init(_ message: String, hint: String? = nil, kind: FailureKind = .failed) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    /// The sentence of a failed system call: what was tried, and the system's own words.
    static func system(_ what: String, code: Int32 = errno) -> NetworkError {
        NetworkError("\(what): \(String(cString: strerror(code)))")
    }
}
