import Glibc

/// Whole files of text: settings, properties, secrets.
enum FileText {
    enum Outcome {
        case text(String)
        case missing
        case unreadable(String)
    }

    static func read(_ path: String) -> Outcome {
        guard let file = fopen(path, "r") else {
            let code = errno
            return code == ENOENT || code == ENOTDIR ? .missing : .unreadable(String(cString: strerror(code)))
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
        guard ferror(file) == 0 else { return .unreadable(String(cString: strerror(errno))) }
        return .text(String(decoding: bytes, as: UTF8.self))
    }

    /// The text of a file that must be there; the error names it.
    static func required(_ path: String, as what: String) throws -> String {
        switch read(path) {
        case .text(let text): return text
        case .missing: throw UsageError("\(what) \(path) does not exist")
        case .unreadable(let reason): throw UsageError("\(what) \(path) cannot be read: \(reason)")
        }
    }
}

/// The environment of the process.
enum Environment {
    static func value(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
