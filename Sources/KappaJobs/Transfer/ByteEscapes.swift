package import KappaCore

/// Bytes as they are typed in a delimiter or a format: `\n`, `\t`, `\xNN`, anything else as it stands.
package enum ByteEscapes {
    package static func decode(_ word: String) throws(WordError) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(word.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            bytes.append(try escaped(&rest, word))
        }
        return bytes
    }

    private static func escaped(_ rest: inout ArraySlice<UInt8>, _ word: String) throws(WordError) -> UInt8 {
        guard let byte = rest.popFirst() else { throw WordError("'\(word)' ends with a lone backslash") }
        switch byte {
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "0"): return 0
        case UInt8(ascii: "\\"): return byte
        case UInt8(ascii: "x"):
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else {
                throw WordError("'\\x' takes two hexadecimal digits in '\(word)'")
            }
            rest = rest.dropFirst(2)
            return value
        default: throw WordError("'\\\(Character(Unicode.Scalar(byte)))' is none of \\n \\r \\t \\0 \\\\ \\xNN")
        }
    }
}
