/// What went wrong, in words for the person who has to act on it.
///
/// Each module throws its own type; the command line reads only this much of it. A message is one plain sentence that
/// names the path, topic, host or option; it never holds a secret.
package protocol Failure: Error, Sendable, CustomStringConvertible {
    var kind: FailureKind { get }
    var message: String { get }
    /// What to do about it, where something can be done.
    var hint: String? { get }
}

extension Failure {
    package var hint: String? { nil }

    package var description: String {
        guard let hint else { return message }
        return "\(message)\n\(hint)"
    }
}

/// The few kinds of failure that a script tells apart. Only KappaCommands turns them into exit statuses.
package enum FailureKind: Sendable, Equatable {
    /// It was tried and failed, wholly or for some item.
    case failed
    /// The words of the command line or of a settings file are wrong.
    case usage
    /// A broker or store could not be reached in time.
    case unreachable
    /// What was waited for did not come in time.
    case timedOut
    /// A signal asked for the end, and it was a clean one.
    case interrupted(signal: Int32)
}
