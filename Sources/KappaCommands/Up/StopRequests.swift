import Glibc
import KappaCore
import KappaTerminal
import Synchronization

/// Counts SIGINT and SIGTERM while a pipeline runs: the first asks, the second forces, the third ends the supervisor
/// itself, whose stages then follow their lifeline.
enum StopRequests {
    private static let received = Atomic<Int>(0)

    /// Asked for by the second signal: whatever still runs is killed.
    static let force = StopSignal()

    /// Takes the signals over from `Interruption`, which hears of the first one.
    static func install() {
        _ = Interruption.installed
        // Touched here, so that the handler runs no initializer.
        _ = (force.isRequested, ScreenPainter.restorationBytes)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            let (before, _) = StopRequests.received.add(1, ordering: .acquiringAndReleasing)
            if before == 0 { Interruption.installed.request(signal: number) }
            if before == 1 { StopRequests.force.request(signal: number) }
            if before >= 2 {
                let text = ScreenPainter.restorationBytes
                _ = text.withUnsafeBufferPointer { write(1, $0.baseAddress, isatty(1) == 1 ? $0.count : 0) }
                _exit(128 + number)
            }
        }
        var wanted = sigset_t()
        sigemptyset(&wanted)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            sigaction(number, &action, nil)
            sigaddset(&wanted, number)
        }
        // Whoever started this may have blocked them, and a mask is inherited; the stages get this one.
        pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
    }
}
