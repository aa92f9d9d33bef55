import Glibc
import Synchronization

/// Ctrl-Z and fg for a program that has the screen: the terminal is given back before it stops, and painted anew when
/// it goes on.
package enum JobControl {
    private static let hasGoneOn = Atomic<Bool>(false)

    /// Takes the signals over. What runs in a handler is write(2), sigaction(2) and kill(2) alone.
    package static func install() {
        // Touched here, so that the handlers run no initializer.
        _ = (hasGoneOn.load(ordering: .relaxed), ScreenPainter.restorationBytes)
        var goingOn = sigaction()
        goingOn.__sigaction_handler.sa_handler = { _ in JobControl.hasGoneOn.store(true, ordering: .releasing) }
        sigaction(SIGCONT, &goingOn, nil)
        hearStop()
        // Whoever started this may have blocked them, and a mask is inherited; children get this one.
        var wanted = sigset_t()
        sigemptyset(&wanted)
        for number in [SIGTSTP, SIGCONT] { sigaddset(&wanted, number) }
        pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
    }

    /// The screen is given back for good.
    package static func uninstall() {
        signal(SIGTSTP, SIG_DFL)
        signal(SIGCONT, SIG_DFL)
    }

    private static func hearStop() {
        var stopping = sigaction()
        stopping.__sigaction_handler.sa_handler = { number in
            ScreenPainter.restorationBytes.withUnsafeBufferPointer { _ = write(1, $0.baseAddress, $0.count) }
            // The usual meaning of the signal is to stop here; it goes on behind the next line.
            signal(number, SIG_DFL)
            var only = sigset_t()
            sigemptyset(&only)
            sigaddset(&only, number)
            kill(getpid(), number)
            pthread_sigmask(SIG_UNBLOCK, &only, nil)
            JobControl.hearStop()
            JobControl.hasGoneOn.store(true, ordering: .releasing)
        }
        sigaction(SIGTSTP, &stopping, nil)
    }

    /// Whether it was stopped and went on since this was last asked: the screen holds something else now.
    package static func takeGoneOn() -> Bool { hasGoneOn.exchange(false, ordering: .acquiringAndReleasing) }

    /// Whether the terminal is another job's just now, as after `bg`.
    package static func isInBackground(_ descriptor: Int32) -> Bool {
        let owner = tcgetpgrp(descriptor)
        return owner > 0 && owner != getpgrp()
    }
}
