import Glibc
package import KappaCore

/// A pipeline in a session of its own, which goes on when the one who started it is gone.
package struct DetachedPipeline {
    /// The program and its words, without what asked for this.
    private let program: String
    private let words: [String]
    private let folder: String

    package init(_ program: String, _ words: [String], folder: String) {
        self.program = program
        self.words = words
        self.folder = folder
    }

    /// glibc's POSIX_SPAWN_SETSID.
    private static let newSession: Int16 = 0x80

    /// In the pipeline's folder.
    package static let logName = "up.log"
    private var logPath: String { "\(folder)/\(DetachedPipeline.logName)" }

    /// Starts it, and comes back once it is sure that it runs.
    package func start(voice: Voice, stop: StopSignal) throws {
        guard !PipelineLock.isHeld(in: folder) else {
            throw PipelineFailure(
                "a pipeline is running in \(folder)", hint: "kappa status shows it, kappa down ends it.")
        }
        unlink(PipelineStatus.path(in: folder))
        let log = open(logPath, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else {
            throw PipelineFailure("\(logPath) cannot be written: \(String(cString: strerror(errno)))")
        }
        defer { close(log) }
        let before = lseek(log, 0, SEEK_END)
        let pid = try spawn(log)
        let deadline = ContinuousClock.now + .seconds(30)
        while !isRunning {
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == 0 else { throw ended(log, before) }
            guard ContinuousClock.now < deadline else {
                throw PipelineFailure(
                    "the pipeline is not running yet", kind: .timedOut, hint: "See \(logPath).")
            }
            guard !stop.wait(.milliseconds(100)) else {
                kill(pid, SIGTERM)
                throw Interrupted(signal: stop.signal ?? SIGTERM)
            }
        }
        voice.note("the pipeline runs as process \(pid); its log is \(logPath)")
    }

    private var isRunning: Bool {
        guard let status = PipelineStatus.read(in: folder), !status.stages.isEmpty else { return false }
        return status.stages.allSatisfy { ["running", "draining", "done"].contains($0.state) }
    }

    /// What it said itself; earlier runs' words are in the same file.
    private func ended(_ log: Int32, _ start: off_t) -> PipelineFailure {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = max(0, pread(log, &bytes, bytes.count, max(start, lseek(log, 0, SEEK_END) - off_t(bytes.count))))
        let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
        return PipelineFailure("the pipeline ended at once", hint: lines.suffix(5).joined(separator: "\n"))
    }

    private func spawn(_ log: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, log, 1)
        posix_spawn_file_actions_adddup2(&actions, log, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, DetachedPipeline.newSession)
        let words = words.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, &attributes, words, environ)
        guard code == 0 else { throw PipelineFailure("kappa cannot start itself: \(String(cString: strerror(code)))") }
        return pid
    }
}
