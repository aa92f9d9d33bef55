/// Any text as one word of a small file: what is not a plain visible character of ASCII is written `%41`.
enum FileWord {
    static func encode(_ text: String) -> String {
        var word = ""
        for byte in text.utf8 {
            if (0x21...0x7E).contains(byte), byte != percent {
                word.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                word += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        // An empty word would not be seen.
        return word.isEmpty ? "%" : word
    }

    static func decode(_ word: Substring) -> String? {
        if word == "%" { return "" }
        var bytes: [UInt8] = []
        var rest = word.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == percent else {
                guard (0x21...0x7E).contains(byte) else { return nil }
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(code)
            rest = rest.dropFirst(2)
        }
        return word.isEmpty ? nil : String(validating: bytes, as: UTF8.self)
    }

    private static let percent = UInt8(ascii: "%")
}
