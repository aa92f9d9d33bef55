import Glibc

/// The one reader of the files that people write: settings, calibrations, declarations, users, properties, secrets.
///
/// Editors of every system save them, so a byte order mark is dropped and CR LF and a lone CR are line ends as LF is.
/// What cannot be right is refused by name: UTF-16, zero bytes, bytes that are no UTF-8.
package enum TextFile {
    /// The whole text, with LF as its only line end; `-` is standard input.
    ///
    /// - Parameter what: what the error calls the file: "the properties file".
    package static func read(
        _ path: String, as what: String = "", otherwise fallback: TextFallback = .refuse
    ) throws(TextFileFailure) -> String {
        let name = (what.isEmpty ? "" : what + " ") + (path == "-" ? "standard input" : "'\(path)'")
        return try text(of: try bytes(of: path, name), name, otherwise: fallback)
    }

    /// The same of bytes that are at hand.
    package static func text(
        of bytes: [UInt8], _ name: String, otherwise fallback: TextFallback = .refuse
    ) throws(TextFileFailure) -> String {
        if let fault = TextEncoding.fault(in: bytes) { throw TextFileFailure("\(name) \(fault.message)", fault.hint) }
        let content = bytes.starts(with: TextEncoding.mark) ? bytes[TextEncoding.mark.count...] : bytes[...]
        guard let wrong = firstLineThatIsNotUTF8(content) else { return withPlainLineEnds(utf8: content) }
        if fallback == .latin1 {
            return withPlainLineEnds(utf8: content.flatMap { Array(String(Unicode.Scalar($0)).utf8) }[...])
        }
        throw TextFileFailure(
            "\(name), line \(wrong): a byte that is not UTF-8", "save the file as UTF-8; it looks like Windows-1252")
    }

    private static func firstLineThatIsNotUTF8(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard !bytes.withUnsafeBytes(UTF8Check.isValid) else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return 1 + (lines.firstIndex { !$0.withUnsafeBytes(UTF8Check.isValid) } ?? 0)
    }

    private static func withPlainLineEnds(utf8 bytes: ArraySlice<UInt8>) -> String {
        guard bytes.contains(UInt8(ascii: "\r")) else { return String(decoding: bytes, as: UTF8.self) }
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var previous: UInt8 = 0
        for byte in bytes {
            if byte == UInt8(ascii: "\r") {
                plain.append(UInt8(ascii: "\n"))
            } else if byte != UInt8(ascii: "\n") || previous != UInt8(ascii: "\r") {
                plain.append(byte)
            }
            previous = byte
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private static func bytes(of path: String, _ name: String) throws(TextFileFailure) -> [UInt8] {
        let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TextFileFailure(reading: name, errno) }
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw TextFileFailure(reading: name, errno) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// Writes it anew; `-` is standard output.
    package static func write(_ text: String, to path: String) throws(TextFileFailure) {
        let descriptor = path == "-" ? 1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw TextFileFailure(writing: path, errno) }
        defer { if path != "-" { close(descriptor) } }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw TextFileFailure(writing: path, errno) }
            rest = rest.dropFirst(count)
        }
    }
}

/// What bytes that are no UTF-8 are taken for.
package enum TextFallback: Sendable {
    case refuse
    /// Java's properties files are Latin-1 by their definition.
    case latin1
}

/// A file that cannot be read as text, or written.
package struct TextFileFailure: Failure, Equatable {
    package let kind: FailureKind
    package let message: String
    package let hint: String?
    /// Of the operating system, where the file itself could not be opened or read.
    package let code: Int32?

    init(_ message: String, _ hint: String?) {
        (self.message, self.hint, kind, code) = (message, hint, .usage, nil)
    }

    init(reading name: String, _ code: Int32) {
        (message, hint) = ("cannot read \(name): \(String(cString: strerror(code)))", nil)
        (kind, self.code) = (.usage, code)
    }

    init(writing path: String, _ code: Int32) {
        (message, hint) = ("cannot write '\(path)': \(String(cString: strerror(code)))", nil)
        (kind, self.code) = (.failed, code)
    }

    /// Whether there is no such file.
    package var isMissing: Bool { code == ENOENT || code == ENOTDIR }
}

extension StringProtocol {
    /// The lines, without the blanks at their ends; the text is one that `TextFile` read.
    package var textLines: [SubSequence] {
        split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var line = line
            while line.last == " " || line.last == "\t" { line.removeLast() }
            return line
        }
    }
}
