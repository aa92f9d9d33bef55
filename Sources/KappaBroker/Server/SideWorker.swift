import KappaCore
import KappaNetwork

/// A thread that does what would hold the event loop up, one thing after the other, and rings when something is done.
final class SideWorker: @unchecked Sendable {
    // Unchecked: the thread's handle belongs to the loop, all else that changes is behind the lock; the second half of
    // a job runs on the loop's thread alone, which made it.

    private struct Job {
        var work: @Sendable () -> Void
        var done: () -> Void
    }

    private struct State {
        var waiting: [Job] = []
        var finished: [Job] = []
        var isStopping = false
    }

    private let bell: Doorbell
    private let state = Monitor(State())
    private var thread: WorkerThread?
    private let name: String

    init(_ name: String, bell: Doorbell) {
        self.name = name
        self.bell = bell
    }

    deinit { stop() }

    /// Does `work` on the thread, and `done` when the loop collects. The thread begins with the first: a broker whose
    /// start fails leaves none behind that would look for it.
    func submit(_ work: @escaping @Sendable () -> Void, then done: @escaping () -> Void) {
        if thread == nil { thread = try? WorkerThread.begin(name, { [unowned self] in run() }) }
        guard thread != nil else {
            work()
            state.look { $0.finished.append(Job(work: work, done: done)) }
            return bell.ring()
        }
        state.change { $0.waiting.append(Job(work: work, done: done)) }
    }

    /// Ends what has been done since, in the order in which it was handed over.
    func collect() {
        let jobs = state.look { state in
            defer { state.finished = [] }
            return state.finished
        }
        for job in jobs { job.done() }
    }

    /// Ends the thread after what it is at; what waits behind it is not begun.
    func stop() {
        state.change { $0.isStopping = true }
        thread?.join()
        thread = nil
    }

    private func run() {
        while let job = next() {
            job.work()
            state.look { $0.finished.append(job) }
            bell.ring()
        }
    }

    private func next() -> Job? {
        let next: Job?? = state.wait { state in
            if state.isStopping { return .some(nil) }
            return state.waiting.isEmpty ? nil : .some(state.waiting.removeFirst())
        }
        return next ?? nil
    }
}
