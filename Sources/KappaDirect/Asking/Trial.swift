import KappaCore
import KappaWire

/// How long one question has been repeated, and why it had to be.
///
/// A cluster that heals answers "not yet" for a second or more, and a coordinator takes some seconds to move; nobody at
/// all answering is another thing, and is told sooner.
struct Trial {
    private let settings: ClusterSettings
    private let began = ContinuousClock.now
    private var hasHeard = false
    private var pauses = BackOff(from: .milliseconds(20), to: .milliseconds(250))
    private(set) var trouble: ConnectionFailure?

    init(_ settings: ClusterSettings) { self.settings = settings }

    /// Whether an answer is a matter of time.
    static func passes(_ code: ErrorCode) -> Bool {
        switch code {
        case .coordinatorLoadInProgress, .coordinatorNotAvailable, .notCoordinator, .requestTimedOut,
            .networkException:
            true
        default: false
        }
    }

    /// Some broker has answered, though it may not be the one that is needed.
    mutating func hear() { hasHeard = true }

    /// What one attempt may still take.
    var left: Duration {
        let limit = hasHeard ? settings.patience : settings.silence
        return max(.milliseconds(100), limit - began.duration(to: .now))
    }

    /// Waits a moment before the next attempt, or throws when there has been time enough for all of them. What will
    /// not pass is thrown at once.
    mutating func rest(after failure: ConnectionFailure) throws(ConnectionFailure) {
        // Nobody's certificate or password comes right by itself.
        if failure.isSecurity { throw failure }
        let isAnswer = failure.code != nil
        guard isAnswer ? Trial.passes(failure.code!) : failure.kind == .unreachable else { throw failure }
        if isAnswer { hasHeard = true }
        trouble = failure
        let limit = hasHeard ? settings.patience : settings.silence
        guard began.duration(to: .now) + pauses.coming < limit else {
            throw ConnectionFailure(failure.message, kind: .unreachable, code: failure.code)
        }
        if settings.stop.wait(pauses.pause()) { throw ConnectionFailure.stopped(settings.stop) }
    }
}
