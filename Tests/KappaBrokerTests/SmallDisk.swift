import Glibc
import KappaTestSupport

/// A disk that can be filled: a file system of memory in a name space of its own, which lasts as long as this does and
/// in which programs are started through `prefix`.
final class SmallDisk: Sendable {
    let path: String
    private let keeper: ChildProcess

    /// Nil where the machine does not let one be made: containers may forbid it.
    static func make(in folder: TemporaryDirectory, megabytes: Int) async throws -> SmallDisk? {
        guard let unshare = Kappa.find("unshare"), Kappa.find("nsenter") != nil else { return nil }
        let path = "\(folder.path)/disk"
        mkdir(path, 0o700)
        let script = "mount -t tmpfs -o size=\(megabytes)m none \(path) && echo ready && exec sleep 100000"
        let keeper = try ChildProcess(
            [unshare, "-rm", "sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"], directory: folder.path)
        do { try await keeper.waitForOutput("ready") } catch { return nil }
        let disk = SmallDisk(path, keeper)
        guard disk.fill() else { return nil }
        disk.empty()
        return disk
    }

    private init(_ path: String, _ keeper: ChildProcess) { (self.path, self.keeper) = (path, keeper) }

    deinit { keeper.signal(SIGKILL) }

    /// The words that start a program there.
    var prefix: [String] {
        [Kappa.find("nsenter")!, "--target", "\(keeper.pid)", "--user", "--mount", "--preserve-credentials"]
    }

    private var filler: String { "/proc/\(keeper.pid)/root\(path)/filler" }

    /// Takes all the room that is left.
    @discardableResult
    func fill() -> Bool {
        let file = open(filler, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        let bytes = [UInt8](repeating: 0, count: 1 << 20)
        var size = bytes.count
        while size > 0 {
            let count = write(file, bytes, size)
            // The last of the room is less than a whole piece.
            if count < 0 { size /= 2 }
        }
        return errno == ENOSPC
    }

    func empty() { unlink(filler) }
}
