package import KappaCore
package import KappaStreams

/// What the workers of a job tell each other and the one who watches: figures, failures, the wish to stop.
package final class JobBoard: Sendable {
    private struct State {
        var figures: [ObjectIdentifier: JobFigures] = [:]
        /// Of sessions that have ended.
        var settled = JobCounts()
        var failure: (any Error)?
        var workersLeft = 0
        /// Messages that wait until whoever draws the live block shows them.
        var words: [Words] = []
    }

    private let state = Monitor(State())
    /// Asked for from outside, or when a worker has failed.
    package let stop: StopSignal
    private let voice: Voice
    /// Whether there is a live block on the terminal, which only the one who draws it can write above.
    private let isLive: Bool

    package enum Words: Sendable {
        case note(String)
        case detail(String)
        case warning(String)
    }

    package init(stop: StopSignal, voice: Voice, isLive: Bool) {
        self.stop = StopSignal(within: stop)
        self.voice = voice
        self.isLive = isLive
    }

    // MARK: Words for people

    package func note(_ text: String) {
        guard isLive else { return voice.note(text) }
        state.change { $0.words.append(.note(text)) }
    }

    package func detail(_ text: String) {
        guard isLive else { return voice.detail(text) }
        if voice.level == .verbose { state.change { $0.words.append(.detail(text)) } }
    }

    package func warn(_ text: String) {
        guard isLive else { return voice.warning(text) }
        state.change { $0.words.append(.warning(text)) }
    }

    /// What was said since the last time.
    package func takeWords() -> [Words] {
        state.look { state in
            defer { state.words = [] }
            return state.words
        }
    }

    // MARK: Stopping

    var isStopped: Bool { stop.isRequested }

    package func expect(_ workers: Int) { state.look { $0.workersLeft += workers } }

    package func left() { state.change { $0.workersLeft -= 1 } }

    package var hasWorkers: Bool { state.look { $0.workersLeft > 0 } }

    /// Sleeps between two looks, until the last worker has left or there is something to say; a signal does not end
    /// it, for they take their leave first.
    package func rest(_ duration: Duration) {
        _ = state.wait(duration) { $0.workersLeft == 0 || !$0.words.isEmpty ? true : nil }
    }

    /// Waits before another try, or until the job is to stop.
    package func wait(_ duration: Duration) { _ = stop.wait(duration) }

    package func report(_ figures: JobFigures, from session: ObjectIdentifier) {
        state.look { $0.figures[session] = figures }
    }

    /// A session has ended: what it committed stays counted.
    package func settle(_ session: ObjectIdentifier, committed: JobCounts) {
        state.look {
            $0.figures[session] = nil
            $0.settled += committed
        }
    }

    /// The first failure ends the job for all its workers.
    package func fail(_ error: any Error) {
        state.look { if $0.failure == nil { $0.failure = error } }
        stop.request()
    }

    package var failure: (any Error)? { state.look { $0.failure } }

    package var figures: JobFigures {
        state.look { state in
            var total = JobFigures()
            total.counts = state.settled
            for figures in state.figures.values { total += figures }
            return total
        }
    }
}
