import Glibc
package import KappaCore
import KappaPipeline

/// SIGINT and SIGTERM, as the program's stop signal: the first asks, the second ends the program at once.
package enum Interruption {
    /// Installs the handlers at the first use; until then the signals end the program.
    package static let installed: StopSignal = {
        let stop = Interruption.stop
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in Interruption.receive(number) }
        // A stage of a pipeline leaves Ctrl-C to its supervisor.
        if !Lifeline.isWatched { sigaction(SIGINT, &action, nil) }
        sigaction(SIGTERM, &action, nil)
        return stop
    }()

    /// Made before the handlers are installed, so that they never run an initializer.
    private static let stop = StopSignal()

    /// Runs as a signal handler: atomics, write(2) and _exit(2) alone.
    private static func receive(_ number: Int32) {
        guard stop.request(signal: number) else { _exit(128 + number) }
    }
}
