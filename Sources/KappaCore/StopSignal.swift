import CLinux
import Glibc
import Synchronization

/// The wish that something ends: asked for once, seen by whoever looks, and waited for on any thread.
///
/// Every job is given one, so that two jobs in a program can be stopped apart. One that is made `within` another ends
/// with that one too, but not the other way round.
package final class StopSignal: Sendable {
    /// Becomes readable when the end is asked for, and stays so; for poll(2).
    package let descriptor: Int32

    private let event: Int32
    private let received = Atomic<Int32>(0)
    private let outer: StopSignal?

    /// Nobody asks for the end of this one.
    package static let never = StopSignal()

    package init(within outer: StopSignal? = nil) {
        self.outer = outer
        event = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        precondition(event >= 0, "no descriptor left for a stop signal: errno \(errno)")
        guard let outer else {
            descriptor = event
            return
        }
        // A set of descriptors can be polled like one of them.
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(descriptor >= 0, "no descriptor left for a stop signal: errno \(errno)")
        for member in [event, outer.descriptor] {
            var interest = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: member))
            let status = epoll_ctl(descriptor, EPOLL_CTL_ADD, member, &interest)
            precondition(status == 0, "a stop signal cannot be watched: errno \(errno)")
        }
    }

    deinit {
        if descriptor != event { close(descriptor) }
        close(event)
    }

    package var isRequested: Bool { signal != nil }

    /// The number of the signal that asked for the end, its own one first.
    package var signal: Int32? {
        let number = received.load(ordering: .acquiring)
        return number == 0 ? outer?.signal : number
    }

    /// Asks for the end; false where that was done before. Safe in a signal handler: an atomic and write(2) alone.
    @discardableResult
    package func request(signal number: Int32 = SIGTERM) -> Bool {
        let (isFirst, _) = received.compareExchange(expected: 0, desired: number, ordering: .acquiringAndReleasing)
        guard isFirst else { return false }
        var one: UInt64 = 1
        let error = errno
        _ = write(event, &one, 8)
        errno = error
        return true
    }

    /// Waits until the time is over or the end is asked for; whether it was.
    package func wait(_ duration: Duration) -> Bool {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let deadline = ContinuousClock.now + duration
        repeat {
            let (seconds, attoseconds) = ContinuousClock.now.duration(to: deadline).components
            let milliseconds = max(0, seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
            _ = poll(&poller, 1, Int32(clamping: milliseconds))
        } while !isRequested && ContinuousClock.now < deadline
        return isRequested
    }

    package func throwIfRequested() throws(Interrupted) {
        if let signal { throw Interrupted(signal: signal) }
    }
}

/// The clean end that a signal asked for, once what was under way has been finished.
package struct Interrupted: Failure {
    package let signal: Int32
    package var kind: FailureKind { .interrupted(signal: signal) }
    package var message: String { "stopped by signal \(signal)" }

    package init(signal: Int32) { self.signal = signal }
}
