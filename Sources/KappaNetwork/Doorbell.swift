import CLinux
import Glibc

/// Wakes the event loop from another thread: an eventfd that is always among what the loop polls.
package final class Doorbell: Sendable {
    package let descriptor: Int32

    package init() throws(NetworkError) {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard descriptor >= 0 else { throw .system("cannot make an eventfd") }
    }

    deinit { close(descriptor) }

    package func ring() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Silences the bell until it is rung again.
    package func answer() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
