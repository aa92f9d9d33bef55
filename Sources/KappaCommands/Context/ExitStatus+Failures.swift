import KappaArguments
import KappaCore

extension ExitStatus {
    /// `kappa help exit-status` shows it.
    static let table: [(status: String, meaning: String)] = [
        ("0", "It is done."),
        ("1", "It failed, wholly or for any item."),
        ("2", "The command line or a setting is wrong."),
        ("3", "A broker or store could not be reached within --timeout."),
        ("4", "Timed out while waiting."),
        ("130", "SIGINT (Ctrl-C) ended it, cleanly."),
        ("141", "The reader of its output closed the pipe."),
        ("143", "SIGTERM ended it, cleanly."),
    ]

    static func of(_ kind: FailureKind) -> Int32 {
        switch kind {
        case .failed: failed
        case .usage: usage
        case .unreachable: unreachable
        case .timedOut: timedOut
        case .interrupted(let signal): 128 + signal
        }
    }
}
