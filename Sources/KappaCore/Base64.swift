/// Base64 of RFC 4648, with padding.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func write(_ bytes: UnsafeRawBufferPointer, into writer: inout ByteWriter) {
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group = UInt32(bytes[start]) << 16
            if count > 1 { group |= UInt32(bytes[start + 1]) << 8 }
            if count > 2 { group |= UInt32(bytes[start + 2]) }
            for place in 0..<4 {
                writer.append(
                    place <= count ? alphabet[Int(group >> (18 - 6 * UInt32(place))) & 63] : UInt8(ascii: "="))
            }
        }
    }

    package static func text(_ bytes: [UInt8]) -> String {
        var writer = ByteWriter()
        bytes.withUnsafeBytes { write($0, into: &writer) }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Nil for anything but whole, padded groups of the alphabet.
    package static func read(_ text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 4 * 3)
        for start in stride(from: 0, to: characters.count, by: 4) {
            let isLast = start + 4 == characters.count
            var group: UInt32 = 0
            var padding = 0
            for character in characters[start..<start + 4] {
                let isPad = character == UInt8(ascii: "=")
                guard let value = isPad ? 0 : value(of: character), isPad ? isLast : padding == 0 else { return nil }
                padding += isPad ? 1 : 0
                group = group << 6 | value
            }
            guard padding <= 2 else { return nil }
            for shift in [UInt32(16), 8, 0].prefix(3 - padding) {
                bytes.append(UInt8(truncatingIfNeeded: group >> shift))
            }
        }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
