import Glibc

/// Small text files that are either the old one or the new one, whenever the power goes.
enum SmallFile {
    /// Nil where there is no such file.
    static func read(_ path: String) throws(BrokerError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw .system("cannot open \(path)") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            guard count >= 0 else { throw .system("cannot read \(path)") }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += part[..<count]
        }
    }

    /// With `durably` false a power cut may leave any of it; for what means nothing after one. Where it fails, the old
    /// one stands, and nothing of the new one takes room.
    static func write(_ text: String, to path: String, durably: Bool = true) throws(BrokerError) {
        let new = path + ".new"
        do {
            try writeWhole(text, to: new, durably: durably)
        } catch {
            unlink(new)
            throw error
        }
        guard rename(new, path) == 0 else { throw .system("cannot rename \(new) to \(path)") }
        guard durably else { return }
        try syncDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
    }

    private static func writeWhole(_ text: String, to path: String, durably: Bool) throws(BrokerError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("cannot write \(path)") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
            guard count > 0 else { throw .system("cannot write \(path)") }
            written += count
        }
        guard !durably || fsync(descriptor) == 0 else { throw .system("cannot sync \(path)") }
    }

    static func syncDirectory(_ path: String) throws(BrokerError) {
        let descriptor = open(path.isEmpty ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("cannot open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system("cannot sync \(path)") }
    }
}
