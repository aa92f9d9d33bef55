import Glibc
package import KappaCore
import KappaPipeline
import Synchronization

/// SIGINT and SIGTERM, as the program's stop signal: the first asks, the second ends the program at once.
package enum Interruption {
    /// Installs the handlers at the first use; until then the signals end the program.
    package static let installed: StopSignal = {
        let stop = Interruption.stop
        // Touched here, so that the handler never runs an initializer.
        _ = Interruption.isUnlimited.load(ordering: .acquiring)
        signal(SIGALRM) { _ in Interruption.giveUp() }
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            if !Interruption.isUnlimited.load(ordering: .acquiring) { alarm(Interruption.seconds) }
            Interruption.receive(number)
        }
        // A stage of a pipeline leaves Ctrl-C to its supervisor.
        if !Lifeline.isWatched { sigaction(SIGINT, &action, nil) }
        sigaction(SIGTERM, &action, nil)
        return stop
    }()

    /// Made before the handlers are installed, so that they never run an initializer.
    private static let stop = StopSignal()
    /// Whether a clean end may take as long as it takes.
    private static let isUnlimited = Atomic<Bool>(false)
    /// A library may wait for ever for what is gone; the log holds all that a second start needs.
    private static let seconds: UInt32 = 4

    /// Runs as a signal handler: atomics, write(2) and _exit(2) alone.
    private static func receive(_ number: Int32) {
        guard stop.request(signal: number) else { _exit(128 + number) }
    }

    /// Runs as a signal handler too.
    private static func giveUp() {
        let words: StaticString = "kappa: ended 4 seconds after the signal, without waiting for the rest\n"
        _ = write(2, words.utf8Start, words.utf8CodeUnitCount)
        _exit(128 + (stop.signal ?? SIGALRM))
    }

    /// For who has to put a log or other processes in order before it ends.
    package static func takesItsTime() { isUnlimited.store(true, ordering: .releasing) }
}
