import Glibc

/// Threads wait, others wake one of them; a post before the wait is not lost.
///
/// The semaphore lies at one address from init to deinit and is made for many threads: hence `@unchecked`.
final class WakeUp: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func post() { sem_post(semaphore) }

    func wait() { while sem_wait(semaphore) != 0 && errno == EINTR {} }
}
