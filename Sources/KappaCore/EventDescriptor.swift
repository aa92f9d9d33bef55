import CLinux
import Glibc

/// A descriptor that becomes readable when something has come: for one thread that waits for several things at once.
package final class EventDescriptor: Sendable {
    package let descriptor: Int32

    package init() {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        precondition(descriptor >= 0, "no descriptor left to be woken by: errno \(errno)")
    }

    deinit { close(descriptor) }

    /// Something has come. Any thread may say so.
    package func ring() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// What has come up to now was seen.
    package func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }

    /// Waits until one of the descriptors is readable, so long at most.
    package static func wait(for descriptors: [Int32], _ limit: Duration) {
        var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // A part of a millisecond is a whole one, or who waits for it would turn round and round.
        let (seconds, attoseconds) = max(.zero, limit).components
        let milliseconds = seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        _ = poll(&entries, nfds_t(entries.count), Int32(clamping: milliseconds))
    }
}
