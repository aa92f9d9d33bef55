import Glibc
import KappaNetwork

/// A thread that does what would hold the event loop up, one thing after the other, and rings when something is done.
final class SideWorker: @unchecked Sendable {
    // Unchecked: every mutable field is read and written under `mutex`; the second half of a job runs on the loop's
    // thread alone, which made it.

    private struct Job {
        var work: @Sendable () -> Void
        var done: () -> Void
    }

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private let bell: Doorbell
    private var waiting: [Job] = []
    private var finished: [Job] = []
    private var isStopping = false
    private var thread: NamedThread?

    private let name: String

    init(_ name: String, bell: Doorbell) {
        self.name = name
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

    /// Does `work` on the thread, and `done` when the loop collects. The thread begins with the first: a broker whose
    /// start fails leaves none behind that would look for it.
    func submit(_ work: @escaping @Sendable () -> Void, then done: @escaping () -> Void) {
        if thread == nil { thread = try? NamedThread(name) { [unowned self] in run() } }
        guard thread != nil else {
            work()
            locked { finished.append(Job(work: work, done: done)) }
            return bell.ring()
        }
        locked {
            waiting.append(Job(work: work, done: done))
            pthread_cond_signal(changed)
        }
    }

    /// Ends what has been done since, in the order in which it was handed over.
    func collect() {
        let jobs = locked {
            defer { finished = [] }
            return finished
        }
        for job in jobs { job.done() }
    }

    /// Ends the thread after what it is at; what waits behind it is not begun.
    func stop() {
        locked {
            isStopping = true
            pthread_cond_signal(changed)
        }
        thread?.join()
        thread = nil
    }

    private func run() {
        while let job = next() {
            job.work()
            locked { finished.append(job) }
            bell.ring()
        }
    }

    private func next() -> Job? {
        locked {
            while waiting.isEmpty, !isStopping { pthread_cond_wait(changed, mutex) }
            return isStopping ? nil : waiting.removeFirst()
        }
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
