import Glibc
import KappaCore
import KappaPipeline
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
        let log = open(logPath(in: folder), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else {
            throw CommandFailure("\(logPath(in: folder)) cannot be written: \(String(cString: strerror(errno)))")
        }
        defer { close(log) }
        let before = lseek(log, 0, SEEK_END)
        let pid = try spawn(log)
        let deadline = ContinuousClock.now + .seconds(30)
        while !isRunning(folder) {
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == 0 else { throw ended(log, before) }
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(
                    "the pipeline is not running yet", kind: .timedOut, hint: "See \(logPath(in: folder)).")
            }
            guard !context.stop.wait(.milliseconds(100)) else {
                kill(pid, SIGTERM)
                throw Interrupted(signal: context.stop.signal ?? SIGTERM)
            }
        }
        context.messages.note("the pipeline runs as process \(pid); its log is \(logPath(in: folder))")
    }

    private static func isRunning(_ folder: String) -> Bool {
        guard let status = PipelineStatus.read(in: folder), !status.stages.isEmpty else { return false }
        return status.stages.allSatisfy { ["running", "draining", "done"].contains($0.state) }
    }

    /// What it said itself; earlier runs' words are in the same file.
    private static func ended(_ log: Int32, _ start: off_t) -> CommandFailure {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = max(0, pread(log, &bytes, bytes.count, max(start, lseek(log, 0, SEEK_END) - off_t(bytes.count))))
        let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
        return CommandFailure("the pipeline ended at once", hint: lines.suffix(5).joined(separator: "\n"))
    }

    private static func spawn(_ log: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, log, 1)
        posix_spawn_file_actions_adddup2(&actions, log, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, newSession)
        let words = ProcessArguments.all.filter { $0 != "--detach" }.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, ProcessArguments.program ?? "", &actions, &attributes, words, environ)
        guard code == 0 else { throw CommandFailure("kappa cannot start itself: \(String(cString: strerror(code)))") }
        return pid
    }
}
