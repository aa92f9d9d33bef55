package import KappaCore

/// Why data could not be written on standard output.
package enum OutputError: Failure, Equatable {
    /// The reader has gone, as `head` goes; the program ends without a word.
    case closed
    case refused(String)

    package var kind: FailureKind { .failed }

    package var message: String {
        switch self {
        case .closed: "standard output was closed"
        case .refused(let reason): "standard output could not be written: \(reason)"
        }
    }
}
