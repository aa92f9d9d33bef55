import Glibc

/// What several threads share, behind a lock, with a way to wait until it has changed.
///
/// Waits end by a clock that nobody sets.
package final class Monitor<State>: @unchecked Sendable {
    // Unchecked: the state is read and written under the lock alone.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    package init(_ state: State) {
        self.state = state
        pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(lock)
        changed.deallocate()
        lock.deallocate()
    }

    /// Looks at the state, or changes what nobody waits for.
    package func look<Answer>(_ body: (inout State) -> Answer) -> Answer {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body(&state)
    }

    /// Changes the state, and lets all who wait look at it; or one of them, where any of them will do and no other has
    /// anything to do with it.
    package func change<Answer>(wakingAll: Bool = true, _ body: (inout State) -> Answer) -> Answer {
        pthread_mutex_lock(lock)
        defer {
            if wakingAll { pthread_cond_broadcast(changed) } else { pthread_cond_signal(changed) }
            pthread_mutex_unlock(lock)
        }
        return body(&state)
    }

    /// Waits until the body finds in the state what it looks for.
    package func wait<Answer>(until body: (inout State) -> Answer?) -> Answer {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while true {
            if let answer = body(&state) { return answer }
            pthread_cond_wait(changed, lock)
        }
    }

    /// The same for so long at most; nil where the time ran out. It looks at least once.
    package func wait<Answer>(_ limit: Duration, until body: (inout State) -> Answer?) -> Answer? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        if let answer = body(&state) { return answer }
        guard limit > .zero else { return nil }
        var deadline = limit.deadline(on: CLOCK_MONOTONIC)
        while pthread_cond_timedwait(changed, lock, &deadline) == 0 {
            if let answer = body(&state) { return answer }
        }
        return body(&state)
    }
}

extension Monitor where State == Bool {
    /// Waits for the flag to be raised, so long at most; whether it was.
    @discardableResult
    package func wait(_ limit: Duration) -> Bool { wait(limit) { $0 ? true : nil } ?? false }

    package func raise() { change { $0 = true } }
}
