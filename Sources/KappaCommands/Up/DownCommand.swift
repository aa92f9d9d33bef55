import Glibc
import KappaArguments
import KappaCore
import KappaPipeline
import KappaTerminal

/// `kappa down`: end the pipeline of a folder.
enum DownCommand {
    static let force = Flag("force", help: "Kill it if it has not stopped in time.")
    static let timeout = Option<Duration>(
        "timeout", type: .duration, default: "60s", help: "How long to wait for its end.")

    static let command = Command(
        "down", section: .pipeline, abstract: "End the pipeline that runs in a data folder",
        discussion: """
            Asks the supervisor to stop its stages in order and waits until the last one has ended. If nothing runs, \
            it succeeds.
            """,
        parameters: [UpOptions.data, timeout, force],
        examples: [Example("kappa down", "End the pipeline of the usual folder.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let folder = UpOptions.folder(context)
        guard PipelineLock.isHeld(in: folder) else { return context.messages.note("no pipeline runs in \(folder)") }
        let path = PipelineLock.path(in: folder)
        let holders = LockHolders.of(path)
        // Where the supervisor is gone, its number may be anybody's, and its stages are asked themselves.
        let supervisor = PipelineLock.holder(in: folder).flatMap { holders.contains($0) ? $0 : nil }
        for pid in supervisor.map({ [$0] }) ?? holders { kill(pid, SIGTERM) }
        if try wait(folder, context[timeout], context) { return context.messages.note("the pipeline has ended") }
        guard context[force] else {
            throw CommandFailure(
                "the pipeline in \(folder) has not ended after \(context[timeout].word)", kind: .timedOut,
                hint: "--force kills it.")
        }
        LockHolders.end(path)
        guard try wait(folder, .seconds(15), context) else {
            throw CommandFailure("a stage of the pipeline in \(folder) cannot be killed")
        }
        context.messages.note("the pipeline was killed")
    }

    private static func wait(_ folder: String, _ time: Duration, _ context: CommandContext) throws -> Bool {
        let deadline = ContinuousClock.now + time
        while PipelineLock.isHeld(in: folder) {
            guard ContinuousClock.now < deadline else { return false }
            guard !context.stop.wait(.milliseconds(50)) else {
                throw Interrupted(signal: context.stop.signal ?? SIGINT)
            }
        }
        return true
    }
}
