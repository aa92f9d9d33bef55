import CLinux
import Glibc

/// Wakes the event loop from another thread: an eventfd that is always among what the loop polls.
final class Doorbell: Sendable {
    let descriptor: Int32

    init() throws(BrokerError) {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard descriptor >= 0 else { throw .system("cannot make an eventfd") }
    }

    deinit { close(descriptor) }

    func ring() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Silences the bell until it is rung again.
    func answer() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
