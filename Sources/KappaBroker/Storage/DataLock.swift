import CLinux
import Glibc

/// One process per data folder: a lock that the system drops when the process ends, however it ends.
///
/// The file beside it says who holds the lock and where it listens, for `status` and `stop`.
package final class DataLock {
    /// Who serves a data folder.
    package struct Holder: Equatable, Sendable {
        package var process: Int32
        package var address: SocketAddress
    }

    private let directory: String
    private var descriptor: Int32

    init(directory: String) throws(BrokerError) {
        self.directory = directory
        let path = "\(directory)/lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("cannot open \(path)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = DataLock.announced(directory).map { " (process \($0.process), on \($0.address))" } ?? ""
            close(descriptor)
            throw BrokerError(
                "another broker uses \(directory)\(holder)", hint: "Stop it, or give this one another --data folder.")
        }
    }

    deinit { release() }

    /// Lets others have the folder.
    func release() {
        guard descriptor >= 0 else { return }
        // Said aloud, since a child that is between fork and exec holds a copy of the descriptor for a moment.
        flock(descriptor, LOCK_UN)
        close(descriptor)
        descriptor = -1
    }

    static func makeDirectory(_ path: String) throws(BrokerError) {
        var made = path.hasPrefix("/") ? "" : "."
        let parts = path.split(separator: "/")
        for (number, part) in parts.enumerated() {
            made += "/\(part)"
            // Records are nobody else's business; the folders on the way to them may be.
            guard mkdir(made, number == parts.count - 1 ? 0o700 : 0o755) == 0 || errno == EEXIST || errno == EISDIR
            else {
                throw .system("cannot make the folder \(made)")
            }
        }
    }

    func announce(_ address: SocketAddress) throws(BrokerError) {
        try SmallFile.write("\(getpid()) \(address)\n", to: "\(directory)/serving", durably: false)
    }

    func withdraw() { unlink("\(directory)/serving") }

    private static func announced(_ directory: String) -> Holder? {
        guard let text = try? SmallFile.read("\(directory)/serving") else { return nil }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let process = Int32(words[0]), let address = try? SocketAddress(word: String(words[1]))
        else { return nil }
        return Holder(process: process, address: address)
    }

    /// Who serves a folder now; nil where nobody holds its lock.
    package static func holder(of directory: String) -> Holder? {
        let descriptor = open("\(directory)/lock", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
        return announced(directory)
    }
}
