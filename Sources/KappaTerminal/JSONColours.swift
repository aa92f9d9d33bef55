package import KappaCore

/// JSON on one line, coloured for people: names blue, texts green, numbers yellow, null dim.
///
/// It colours by what it sees and checks nothing; what is foreign in a text is written out by `ForeignText`.
package struct JSONColours {
    private let hasColor: Bool

    package init(_ terminal: Terminal) { hasColor = terminal.hasColor }

    /// Whether the bytes look like JSON at all, which is then read as a whole.
    package static func isJSON(_ bytes: UnsafeRawBufferPointer, _ buffer: inout JSONBuffer) -> Bool {
        buffer.load(bytes)
        return (try? JSONValue(checking: buffer)) != nil
    }

    /// The bytes are JSON.
    package func append(_ bytes: UnsafeRawBufferPointer, to writer: inout ByteWriter) {
        var here = 0
        while here < bytes.count {
            let byte = bytes[here]
            if byte == UInt8(ascii: "\"") {
                let end = JSONColours.stringEnd(bytes, here)
                let isName = JSONColours.next(bytes, end) == UInt8(ascii: ":")
                append(UnsafeRawBufferPointer(rebasing: bytes[here..<end]), isName ? .blue : .green, to: &writer)
                here = end
            } else if JSONColours.isWord(byte) {
                var end = here
                while end < bytes.count, JSONColours.isWord(bytes[end]) { end += 1 }
                let style: Style = byte == UInt8(ascii: "n") ? .dim : byte > 0x39 ? .cyan : .yellow
                append(UnsafeRawBufferPointer(rebasing: bytes[here..<end]), style, to: &writer)
                here = end
            } else {
                // Blanks between the parts of it would only make the line longer.
                if byte > 0x20 { writer.append(byte) }
                here += 1
            }
        }
    }

    private func append(_ part: UnsafeRawBufferPointer, _ style: Style, to writer: inout ByteWriter) {
        if hasColor { writer.append(text: "\u{1B}[\(style.rawValue)m") }
        writer.append(text: ForeignText.line(String(decoding: part, as: UTF8.self)))
        if hasColor { writer.append(text: "\u{1B}[0m") }
    }

    private static func stringEnd(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var here = start + 1
        while here < bytes.count, bytes[here] != UInt8(ascii: "\"") {
            here += bytes[here] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(here + 1, bytes.count)
    }

    private static func next(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> UInt8? {
        bytes[start...].first { $0 > 0x20 }
    }

    /// A part of a number, of true, false or null.
    private static func isWord(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
            || (byte | 0x20) &- 0x61 < 26
    }
}
