import Glibc
import KappaCore
import KappaStreams
import KappaTerminal
import Synchronization

/// What the workers of a job tell each other and the one who watches: figures, failures, the wish to stop.
final class JobBoard: Sendable {
    private struct State {
        var figures: [ObjectIdentifier: JobFigures] = [:]
        /// Of sessions that have ended.
        var settled = JobCounts()
        var failure: (any Error)?
        var workersLeft = 0
        /// What the one who watches has yet to say.
        var words: [Words] = []
    }

    private let state = Mutex(State())
    private let stopped = Atomic<Bool>(false)
    private let interruption: Interruption
    private let messages: Messages
    /// Whether there is a live block on the terminal, which only the one who draws it can write above.
    private let isLive: Bool

    enum Words: Sendable {
        case note(String)
        case detail(String)
    }

    init(interruption: Interruption, messages: Messages, isLive: Bool) {
        self.interruption = interruption
        self.messages = messages
        self.isLive = isLive
    }

    // MARK: Words for people

    func note(_ text: String) {
        guard isLive else { return messages.note(text) }
        state.withLock { $0.words.append(.note(text)) }
    }

    func detail(_ text: String) {
        guard isLive else { return messages.detail(text) }
        if messages.level == .verbose { state.withLock { $0.words.append(.detail(text)) } }
    }

    /// What was said since the last time.
    func takeWords() -> [Words] {
        state.withLock { state in
            defer { state.words = [] }
            return state.words
        }
    }

    // MARK: Stopping

    var isStopped: Bool { stopped.load(ordering: .relaxed) || interruption.isRequested }

    func expect(_ workers: Int) { state.withLock { $0.workersLeft += workers } }

    func left() { state.withLock { $0.workersLeft -= 1 } }

    var hasWorkers: Bool { state.withLock { $0.workersLeft > 0 } }

    /// Sleeps between two looks, until the last worker has left; a signal does not end it, for they take their leave
    /// first.
    func rest(_ duration: Duration) {
        let deadline = ContinuousClock.now + duration
        while hasWorkers, ContinuousClock.now < deadline { usleep(5000) }
    }

    /// Waits before another try, or until the job is to stop.
    func wait(_ duration: Duration) { _ = interruption.wait(duration) }

    func report(_ figures: JobFigures, from session: ObjectIdentifier) {
        state.withLock { $0.figures[session] = figures }
    }

    /// A session has ended: what it committed stays counted.
    func settle(_ session: ObjectIdentifier, committed: JobCounts) {
        state.withLock {
            $0.figures[session] = nil
            $0.settled += committed
        }
    }

    /// The first failure ends the job for all its workers.
    func fail(_ error: any Error) {
        state.withLock { if $0.failure == nil { $0.failure = error } }
        stopped.store(true, ordering: .relaxed)
    }

    var failure: (any Error)? { state.withLock { $0.failure } }

    var figures: JobFigures {
        state.withLock { state in
            var total = JobFigures()
            total.counts = state.settled
            for figures in state.figures.values { total += figures }
            return total
        }
    }
}
