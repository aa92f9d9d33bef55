import Glibc
import KappaArguments
import KappaBroker
import KappaCore
import KappaTerminal

/// `kappa broker stop`: ends the broker of a data folder, cleanly.
enum BrokerStopCommand {
    static let timeout = Option<Duration>(
        "timeout", type: .duration, default: "30s", settable: false, help: "Time out (status 4) after this long.")

    static let command = Command(
        "stop", section: .log, abstract: "Stop the broker of a data folder",
        discussion: """
            Asks it to stop and waits until it has: its logs are synced and closed. If no broker serves the folder, \
            it succeeds.
            """,
        parameters: [EmbeddedBrokerOptions.data, timeout],
        examples: [Example("kappa broker stop", "Stop the broker of the default folder.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let folder = BrokerFolder(try EmbeddedBrokerOptions.folder(context))
        guard let holder = folder.holder else {
            return context.messages.note("no broker serves \(folder.path)")
        }
        guard kill(holder.process, SIGTERM) == 0 || errno == ESRCH else {
            throw BrokerError(
                "process \(holder.process) cannot be asked to stop: \(String(cString: strerror(errno)))")
        }
        let deadline = ContinuousClock.now + context[timeout]
        while folder.holder?.process == holder.process {
            guard ContinuousClock.now < deadline else {
                throw BrokerError(
                    "the broker on \(holder.address) (process \(holder.process)) has not stopped within "
                        + context[timeout].word, kind: .timedOut)
            }
            if context.stop.wait(.milliseconds(5)) {
                throw Interrupted(signal: context.stop.signal ?? SIGINT)
            }
        }
        context.messages.note("stopped the broker on \(holder.address)")
    }
}
