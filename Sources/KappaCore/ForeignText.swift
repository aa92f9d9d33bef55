/// Text that others wrote, made fit for a terminal or a log: a key, a client's name or a message must not move the
/// cursor, set the title, forge a line or turn the direction of reading.
package enum ForeignText {
    /// The text on one line, with every control character written out.
    package static func line(_ text: String) -> String { written(text) { _ in false } }

    /// The same, but for the ends of lines and tabs, which belong to it.
    package static func lines(_ text: String) -> String { written(text) { $0 == "\n" || $0 == "\t" } }

    private static func written(_ text: String, keeping isKept: (Unicode.Scalar) -> Bool) -> String {
        guard text.unicodeScalars.contains(where: { isControl($0) && !isKept($0) }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            guard isControl(scalar), !isKept(scalar) else {
                result.unicodeScalars.append(scalar)
                continue
            }
            switch scalar {
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where scalar.value > 0xFF: result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            }
        }
        return result
    }

    /// Bytes that may be text: what is not is written out, and so are control characters but tabs and ends of lines.
    package static func lines(_ bytes: UnsafeRawBufferPointer) -> String {
        var decoder = UTF8()
        var source = bytes.makeIterator()
        var place = 0
        var result = ""
        while true {
            switch decoder.decode(&source) {
            case .emptyInput: return lines(result)
            case .scalarValue(let scalar):
                result.unicodeScalars.append(scalar)
                place += UTF8.width(scalar)
            case .error:
                // The decoder takes one byte at least; what it could not use is found again by its place.
                result += "\\x" + (bytes[place] < 16 ? "0" : "") + String(bytes[place], radix: 16)
                place += 1
                source = UnsafeRawBufferPointer(rebasing: bytes[place...]).makeIterator()
                decoder = UTF8()
            }
        }
    }

    /// C0, DEL and C1, and the characters that only change the direction of what follows.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value)
    }
}
