import Glibc
import KappaLog

/// Syncs files beside the event loop, one group at a time.
///
/// While one group is being synced, everything appended meanwhile gathers into the next: the busier the broker, the
/// more requests share one wait for the disk. A failed sync is never tried again: the kernel may have dropped the
/// pages and called them clean, so the only honest next step is to stop.
final class FileSyncer: @unchecked Sendable {
    // Unchecked: every mutable field is read and written under `mutex`.

    /// What became of one group, in the order in which its tickets were handed over.
    struct Outcome {
        var results: [Result<Void, LogError>]
        var microseconds: UInt64
    }

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private let bell: Doorbell
    private var waiting: [SyncTicket]?
    private var finished: Outcome?
    private var isStopping = false
    private var thread: NamedThread?

    init(bell: Doorbell) throws(BrokerError) {
        self.bell = bell
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
        thread = try NamedThread("kappa-sync") { [unowned self] in work() }
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Hands over a group; the one before it has been collected.
    func submit(_ tickets: [SyncTicket]) {
        locked {
            waiting = tickets
            pthread_cond_signal(changed)
        }
    }

    /// The outcome of the group that has ended since, if one has.
    func collect() -> Outcome? {
        locked {
            defer { finished = nil }
            return finished
        }
    }

    func stop() {
        locked {
            isStopping = true
            pthread_cond_signal(changed)
        }
        thread?.join()
        thread = nil
    }

    private func work() {
        while let tickets = nextGroup() {
            let outcome = FileSyncer.sync(tickets)
            locked { finished = outcome }
            bell.ring()
        }
    }

    private func nextGroup() -> [SyncTicket]? {
        locked {
            while waiting == nil, !isStopping { pthread_cond_wait(changed, mutex) }
            defer { waiting = nil }
            return waiting
        }
    }

    static func sync(_ tickets: [SyncTicket]) -> Outcome {
        let start = Moment.steadyMicroseconds()
        let results = tickets.map { $0.run() }
        return Outcome(results: results, microseconds: UInt64(max(0, Moment.steadyMicroseconds() - start)))
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
