package import KappaCore

/// What went wrong with a log on disk: always with the path, and where it matters the position and the offset.
package struct LogError: Failure, Equatable {
    package enum Code: Sendable, Equatable {
        /// The operating system refused a call. A failed sync is never tried again: the process must stop.
        case storage(errno: Int32)
        /// Bytes that were once written are not what they were.
        case damaged
        /// Damage with valid records after it: cutting there would lose records, so nothing is served.
        case hole
        /// An offset below the log's start or above what may be read.
        case offsetOutOfRange
        /// A sync failed earlier, or the log was closed: nothing more can be promised.
        case stopped
    }

    package var code: Code
    package var message: String
    package var hint: String?
    package var kind: FailureKind { .failed }

    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var isOutOfSpace: Bool {
        code == .storage(errno: 28) || code == .storage(errno: 122)
    }
}
