import Glibc
import KappaCore
import KappaTerminal

/// `kappa up --detach`: the same command in a session of its own, once it is sure that it runs.
enum DetachedPipeline {
    /// glibc's POSIX_SPAWN_SETSID.
    private static let newSession: Int16 = 0x80

    static func logPath(in folder: String) -> String { "\(folder)/up.log" }

    static func start(_ folder: String, _ context: CommandContext) throws {
        guard !PipelineLock.isHeld(in: folder) else {
            throw CommandFailure(
                "a pipeline is running in \(folder)", hint: "kappa status shows it, kappa down ends it.")
        }
        unlink(PipelineStatus.path(in: folder))
        let pid = try spawn(logPath(in: folder))
        let deadline = ContinuousClock.now + .seconds(30)
        while !isRunning(folder) {
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == 0 else { throw ended(folder) }
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(
                    "the pipeline is not running yet", kind: .timedOut, hint: "See \(logPath(in: folder)).")
            }
            guard !context.interruption.wait(.milliseconds(100)) else {
                kill(pid, SIGTERM)
                throw Interrupted(signal: context.interruption.signal ?? SIGTERM)
            }
        }
        context.messages.note("the pipeline runs as process \(pid); its words go to \(logPath(in: folder))")
    }

    private static func isRunning(_ folder: String) -> Bool {
        guard let status = PipelineStatus.read(in: folder), !status.stages.isEmpty else { return false }
        return status.stages.allSatisfy { ["running", "draining", "done"].contains($0.state) }
    }

    private static func ended(_ folder: String) -> CommandFailure {
        guard case .text(let text) = FileText.read(logPath(in: folder)) else {
            return CommandFailure("the pipeline ended at once")
        }
        let last = text.split(separator: "\n").suffix(5).joined(separator: "\n")
        return CommandFailure("the pipeline ended at once", hint: last)
    }

    private static func spawn(_ log: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, newSession)
        let words = CommandLine.arguments.filter { $0 != "--detach" }.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, words, environ)
        guard code == 0 else { throw CommandFailure("kappa cannot start itself: \(String(cString: strerror(code)))") }
        return pid
    }
}
