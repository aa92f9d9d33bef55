import Glibc

/// Whole files of text: settings, properties, secrets.
package enum FileText {
    package enum Outcome {
        case text(String)
        case missing
        case unreadable(String)
    }

    package static func read(_ path: String) -> Outcome {
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
}
