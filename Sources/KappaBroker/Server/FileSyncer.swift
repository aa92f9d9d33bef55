import KappaCore
import KappaLog
import KappaNetwork

/// Syncs logs beside the event loop, one group at a time.
///
/// While one group is being synced, everything appended meanwhile gathers into the next: the busier the broker, the
/// more requests share one wait for the disk. The logs of a group are synced side by side, because a file system that
/// keeps a journal writes it once for all that wait. A failed sync is never tried again: the kernel may have dropped
/// the pages and called them clean, so the only honest next step is to stop.
final class FileSyncer: @unchecked Sendable {
    // Unchecked: the threads belong to the loop, all else that changes is behind the lock.

    /// What became of one group, in the order in which its tickets were handed over.
    struct Outcome {
        var results: [Result<Void, LogError>]
        var microseconds: UInt64
    }

    private struct Group {
        var tickets: [SyncTicket]
        var results: [Result<Void, LogError>?]
        var next = 0
        var unfinished: Int
        var startedAt: Int64
    }

    private static let threadCount = 4

    private struct State {
        var group: Group?
        var finished: Outcome?
        var isStopping = false
    }

    private let bell: Doorbell
    private let state = Monitor(State())
    private var threads: [WorkerThread] = []

    init(bell: Doorbell) { self.bell = bell }

    deinit { stop() }

    /// Hands over a group; the one before it has been collected.
    ///
    /// The threads begin with the first: a broker whose start fails leaves none behind that would look for it.
    func submit(_ tickets: [SyncTicket]) {
        let now = Moment.steadyMicroseconds()
        guard haveThreads() else {
            let outcome = FileSyncer.sync(tickets)
            state.look { $0.finished = outcome }
            return bell.ring()
        }
        state.change(wakingAll: tickets.count > 1) {
            $0.group = Group(
                tickets: tickets, results: Array(repeating: nil, count: tickets.count), unfinished: tickets.count,
                startedAt: now)
        }
    }

    /// One is enough to go on with.
    private func haveThreads() -> Bool {
        guard threads.isEmpty else { return true }
        for number in 0..<FileSyncer.threadCount {
            guard let thread = try? WorkerThread.begin("kappa-sync-\(number)", { [unowned self] in work() }) else {
                break
            }
            threads.append(thread)
        }
        return !threads.isEmpty
    }

    /// The outcome of the group that has ended since, if one has.
    func collect() -> Outcome? {
        state.look { state in
            defer { state.finished = nil }
            return state.finished
        }
    }

    /// Waits for what is being synced, and ends the threads.
    func stop() {
        state.change { $0.isStopping = true }
        for thread in threads { thread.join() }
        threads = []
    }

    /// The same on the caller's own thread.
    static func sync(_ tickets: [SyncTicket]) -> Outcome {
        let start = Moment.steadyMicroseconds()
        let results = tickets.map { $0.run() }
        return Outcome(results: results, microseconds: UInt64(max(0, Moment.steadyMicroseconds() - start)))
    }

    private func work() {
        while let (index, ticket) = next() {
            let result = ticket.run()
            let isLast = state.look { FileSyncer.finish(index, result, in: &$0) }
            if isLast { bell.ring() }
        }
    }

    private func next() -> (Int, SyncTicket)? {
        let next: (Int, SyncTicket)?? = state.wait { state in
            if let index = state.group?.next, let tickets = state.group?.tickets, index < tickets.count {
                state.group?.next += 1
                return (index, tickets[index])
            }
            return state.isStopping ? .some(nil) : nil
        }
        return next ?? nil
    }

    private static func finish(_ index: Int, _ result: Result<Void, LogError>, in state: inout State) -> Bool {
        state.group?.results[index] = result
        state.group?.unfinished -= 1
        guard let ended = state.group, ended.unfinished == 0 else { return false }
        state.group = nil
        let took = UInt64(max(0, Moment.steadyMicroseconds() - ended.startedAt))
        state.finished = Outcome(results: ended.results.compactMap { $0 }, microseconds: took)
        return true
    }
}
