import Glibc
import Synchronization

/// The wish to stop, said by SIGINT or SIGTERM: the first asks, the second ends the program at once.
///
/// Commands look at `isRequested` between two pieces of work, or wait for `descriptor` to become readable.
package struct Interruption: Sendable {
    /// Becomes readable with the first signal, and stays so.
    package let descriptor: Int32

    /// Installs the handlers at the first use.
    package static let installed = Interruption()

    private static let received = Atomic<Int32>(0)
    private static let writeDescriptor = Atomic<Int32>(-1)

    package var isRequested: Bool { signal != nil }

    /// The first signal that came.
    package var signal: Int32? {
        let number = Interruption.received.load(ordering: .acquiring)
        return number == 0 ? nil : number
    }

    private init() {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        Interruption.writeDescriptor.store(ends[1], ordering: .releasing)
        // Touched here, so that the handler never runs an initializer.
        _ = Interruption.received.load(ordering: .acquiring)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in Interruption.receive(number) }
        // A stage of a pipeline leaves Ctrl-C to its supervisor.
        if !Lifeline.isWatched { sigaction(SIGINT, &action, nil) }
        sigaction(SIGTERM, &action, nil)
    }

    /// Runs as a signal handler: atomics, write(2) and _exit(2) alone.
    private static func receive(_ number: Int32) {
        let (isFirst, _) = received.compareExchange(expected: 0, desired: number, ordering: .acquiringAndReleasing)
        guard isFirst else { _exit(128 + number) }
        var one: UInt8 = 1
        let error = errno
        _ = write(writeDescriptor.load(ordering: .acquiring), &one, 1)
        errno = error
    }

    /// Asks to stop, as the signal would.
    package func request(signal number: Int32 = SIGTERM) { Interruption.receive(number) }

    /// Waits until the time is over or a signal came; whether it came.
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
}
