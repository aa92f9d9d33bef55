import Glibc
import KappaCore

/// What was fetched and not yet taken, up to so many bytes.
///
/// Unchecked: every mutable field is read and written under the lock.
final class FetchQueue: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// Something came, or it is over.
    private let filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Something was taken, or it is over.
    private let emptied = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var events: [FetchEvent] = []
    /// Blocks that were read to their end, whose memory serves again.
    private var spare: [FetchedBlock] = []
    private var size = 0
    private var stopped = false
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(filled, &attributes)
        pthread_cond_init(emptied, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(filled)
        pthread_cond_destroy(emptied)
        pthread_mutex_destroy(lock)
        filled.deallocate()
        emptied.deallocate()
        lock.deallocate()
    }

    var isStopped: Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return stopped
    }

    func stop() {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        stopped = true
        pthread_cond_broadcast(filled)
        pthread_cond_broadcast(emptied)
    }

    /// Waits for room, then puts the event behind the others; false when it is over.
    @discardableResult
    func put(_ event: FetchEvent) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while size >= limit, !stopped { pthread_cond_wait(emptied, lock) }
        guard !stopped else { return false }
        events.append(event)
        if case .block(let block) = event { size += block.size }
        pthread_cond_signal(filled)
        return true
    }

    /// The next event, after waiting for it for so long; nil where none came.
    func take(within wait: Duration) -> FetchEvent? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        if events.isEmpty, wait > .zero {
            var until = wait.deadline(on: CLOCK_MONOTONIC)
            while events.isEmpty, !stopped, pthread_cond_timedwait(filled, lock, &until) == 0 {}
        }
        guard !events.isEmpty else { return nil }
        // There are never more than a few.
        let event = events.removeFirst()
        if case .block(let block) = event {
            let wasFull = size >= limit
            size -= block.size
            if wasFull, size < limit { pthread_cond_broadcast(emptied) }
        }
        return event
    }

    func giveBack(_ block: FetchedBlock) {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        if spare.count < 2 { spare.append(block) }
    }

    func emptyBlock() -> FetchedBlock {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return spare.popLast() ?? FetchedBlock()
    }

    /// False when it is over before the time.
    func rest(_ duration: Duration) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        var until = duration.deadline(on: CLOCK_MONOTONIC)
        while !stopped, pthread_cond_timedwait(emptied, lock, &until) == 0 {}
        return !stopped
    }
}
