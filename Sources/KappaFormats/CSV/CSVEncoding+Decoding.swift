import KappaCore

extension CSVEncoding {
    /// The text of a field, with its quotes single and in UTF-8; false where the bytes are not of this encoding.
    func decode(_ field: CSVField, into text: inout ByteWriter) -> Bool {
        if self == .utf8, field.traits.contains(.beyondASCII), !UTF8Check.isValid(field.bytes) { return false }
        guard field.traits.contains(.doubled) || (self == .windows1252 && field.traits.contains(.beyondASCII)) else {
            text.append(field.bytes)
            return true
        }
        var isSecond = false
        for byte in field.bytes {
            if byte == UInt8(ascii: "\""), field.traits.contains(.doubled) {
                isSecond.toggle()
                if !isSecond { continue }
            }
            if self == .utf8 || byte < 0x80 {
                text.append(byte)
            } else {
                guard let scalar = CSVEncoding.scalar(byte) else { return false }
                for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { text.append(unit) }
            }
        }
        return true
    }

    /// Windows-1252 is Latin-1 but for these 32; five of them say nothing.
    private static let upper: [UInt16] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
        0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
        0x0178,
    ]

    private static func scalar(_ byte: UInt8) -> Unicode.Scalar? {
        guard byte < 0xA0 else { return Unicode.Scalar(byte) }
        let code = upper[Int(byte - 0x80)]
        return code == 0 ? nil : Unicode.Scalar(code)
    }
}
