import Glibc
import KappaLog
import KappaNetwork

/// Syncs logs beside the event loop, one group at a time.
///
/// While one group is being synced, everything appended meanwhile gathers into the next: the busier the broker, the
/// more requests share one wait for the disk. The logs of a group are synced side by side, because a file system that
/// keeps a journal writes it once for all that wait. A failed sync is never tried again: the kernel may have dropped
/// the pages and called them clean, so the only honest next step is to stop.
final class FileSyncer: @unchecked Sendable {
    // Unchecked: every mutable field is read and written under `mutex`.

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

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private let bell: Doorbell
    private var group: Group?
    private var finished: Outcome?
    private var isStopping = false
    private var threads: [NamedThread] = []

    init(bell: Doorbell) {
        self.bell = bell
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        stop()
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Hands over a group; the one before it has been collected.
    ///
    /// The threads begin with the first: a broker whose start fails leaves none behind that would look for it.
    func submit(_ tickets: [SyncTicket]) {
        let now = Moment.steadyMicroseconds()
        guard haveThreads() else {
            let outcome = FileSyncer.sync(tickets)
            locked { finished = outcome }
            return bell.ring()
        }
        locked {
            group = Group(
                tickets: tickets, results: Array(repeating: nil, count: tickets.count), unfinished: tickets.count,
                startedAt: now)
            if tickets.count == 1 { pthread_cond_signal(changed) } else { pthread_cond_broadcast(changed) }
        }
    }

    /// One is enough to go on with.
    private func haveThreads() -> Bool {
        guard threads.isEmpty else { return true }
        for number in 0..<FileSyncer.threadCount {
            guard let thread = try? NamedThread("kappa-sync-\(number)", run: { [unowned self] in work() }) else {
                break
            }
            threads.append(thread)
        }
        return !threads.isEmpty
    }

    /// The outcome of the group that has ended since, if one has.
    func collect() -> Outcome? {
        locked {
            defer { finished = nil }
            return finished
        }
    }

    /// Waits for what is being synced, and ends the threads.
    func stop() {
        locked {
            isStopping = true
            pthread_cond_broadcast(changed)
        }
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
            let isLast = locked { finish(index, result) }
            if isLast { bell.ring() }
        }
    }

    private func next() -> (Int, SyncTicket)? {
        locked {
            while true {
                if let index = group?.next, let tickets = group?.tickets, index < tickets.count {
                    group?.next += 1
                    return (index, tickets[index])
                }
                if isStopping { return nil }
                pthread_cond_wait(changed, mutex)
            }
        }
    }

    private func finish(_ index: Int, _ result: Result<Void, LogError>) -> Bool {
        group?.results[index] = result
        group?.unfinished -= 1
        guard let ended = group, ended.unfinished == 0 else { return false }
        group = nil
        let took = UInt64(max(0, Moment.steadyMicroseconds() - ended.startedAt))
        finished = Outcome(results: ended.results.compactMap { $0 }, microseconds: took)
        return true
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
