import Glibc

package import KappaCore

/// Why the broker could not start, or had to stop.
package struct BrokerError: Failure {
    package var kind: FailureKind
    package var message: String
    package var hint: String?

    package init(_ message: String, hint: String? = nil, kind: FailureKind = .failed) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    init(_ refused: WorkerThread.Refused) { self.init(refused.message) }

    /// The sentence of a failed system call: what was tried, and the system's own words.
    static func system(_ what: String, code: Int32 = errno) -> BrokerError {
        BrokerError("\(what): \(String(cString: strerror(code)))")
    }
}
