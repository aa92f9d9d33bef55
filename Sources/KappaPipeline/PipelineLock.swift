package import Glibc
import KappaCore

/// The lock of a data folder: one pipeline at a time.
///
/// It is flock(2)'s, on a file that the stages inherit open: as long as the supervisor or any stage lives, the folder
/// is locked, and when the last is gone, so is the lock, whatever killed it.
package struct PipelineLock: ~Copyable {
    package let descriptor: Int32

    package static func path(in folder: String) -> String { "\(folder)/up.lock" }

    /// How long stages may take to notice that their supervisor is gone and to stop by themselves, with room to spare.
    private static let grace = Duration.seconds(8)

    /// Takes the lock, waiting for stages whose supervisor is gone; nil when another pipeline runs.
    package init?(folder: String, patience: Duration) throws(DataFolderError) {
        let path = PipelineLock.path(in: folder)
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard opened >= 0 else { throw DataFolderError("cannot open \(path): \(String(cString: strerror(errno)))") }
        let descriptor = StageProcess.outOfTheWay(opened)
        let begun = ContinuousClock.now
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let holder = PipelineLock.holder(in: folder)
            let waited = begun.duration(to: .now)
            guard waited < patience, !(holder.map(PipelineLock.isAlive) ?? false) else {
                close(descriptor)
                return nil
            }
            if waited > PipelineLock.grace { LockHolders.end(path) }
            usleep(50_000)
        }
        self.descriptor = descriptor
        ftruncate(descriptor, 0)
        let text = "\(getpid())\n"
        _ = pwrite(descriptor, text, text.utf8.count, 0)
    }

    deinit { close(descriptor) }

    /// Whether anybody holds the lock of the folder.
    package static func isHeld(in folder: String) -> Bool {
        let descriptor = open(path(in: folder), O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0
    }

    /// Whether the process runs; one that has ended and was not fetched by its parent does not.
    private static func isAlive(_ pid: pid_t) -> Bool {
        guard kill(pid, 0) == 0 || errno == EPERM else { return false }
        guard let text = try? TextFile.read("/proc/\(pid)/stat", otherwise: .latin1) else { return true }
        // "PID (name) STATE …", where the name may hold anything, brackets too.
        guard let end = text.lastIndex(of: ")") else { return true }
        return !text[end...].hasPrefix(") Z")
    }

    /// The supervisor that took the lock last.
    package static func holder(in folder: String) -> pid_t? {
        guard let file = fopen(path(in: folder), "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 32)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        return pid_t(String(decoding: line.prefix { $0 > 32 }.map { UInt8($0) }, as: UTF8.self))
    }
}

/// The folder where a pipeline keeps its log, its view and its lock.
package struct DataFolderError: Failure {
    let kind = FailureKind.failed
    let message: String
    let hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

package enum DataFolder {
    /// `$XDG_DATA_HOME/kappa`, by the XDG Base Directory Specification `~/.local/share/kappa` where that is unset.
    package static var standard: String {
        if let given = getenv("XDG_DATA_HOME").map({ String(cString: $0) }), given.hasPrefix("/") {
            return "\(given)/kappa"
        }
        return "\(getenv("HOME").map { String(cString: $0) } ?? ".")/.local/share/kappa"
    }

    /// Makes the folder and those above it, for the owner alone.
    package static func make(_ path: String) throws(DataFolderError) {
        var reached = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            reached += "/\(part)"
            guard mkdir(reached, 0o700) == 0 || errno == EEXIST else {
                throw DataFolderError("cannot make the folder \(path): \(String(cString: strerror(errno)))")
            }
        }
    }
}
