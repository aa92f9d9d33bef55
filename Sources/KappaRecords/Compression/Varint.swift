/// Reads the variable-length integers of records: seven bits to a byte, lowest first, zigzag for the signed ones.
struct VarintReader {
    let bytes: UnsafeRawBufferPointer
    var index: Int

    init(_ bytes: UnsafeRawBufferPointer, at index: Int = 0) {
        self.bytes = bytes
        self.index = index
    }

    var remaining: Int { bytes.count - index }

    mutating func unsigned() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < bytes.count, shift < 64 {
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    mutating func signed() -> Int64? {
        guard let raw = unsigned() else { return nil }
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    /// A length and that many bytes; a length of -1 is null, any other that does not fit is damage.
    mutating func sizedBytes() -> Sized {
        guard let length = signed() else { return .damaged }
        guard length >= 0 else { return length == -1 ? .null : .damaged }
        guard length <= Int64(remaining) else { return .damaged }
        defer { index += Int(length) }
        return .bytes(bytes.part(index..<index + Int(length)))
    }

    enum Sized {
        case null, damaged
        case bytes(UnsafeRawBufferPointer)
    }
}

extension Array where Element == UInt8 {
    mutating func appendVarint(_ value: Int64) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
}

func varintSize(_ value: Int64) -> Int {
    let raw = UInt64(bitPattern: (value << 1) ^ (value >> 63))
    return max(1, (64 - raw.leadingZeroBitCount + 6) / 7)
}
