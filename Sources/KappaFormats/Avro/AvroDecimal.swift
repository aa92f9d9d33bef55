import KappaCore

/// Decimals: a whole number in two's complement, the most significant byte first, and a scale from the schema.
enum AvroDecimal {
    /// More digits than anybody counts with; work on a number grows with their square.
    static let mostDigits = 1000
    private static let mostBytes = 416

    /// Writes `"-12.34"`.
    static func write(
        _ bytes: UnsafeRawBufferPointer, scale: Int, _ writer: inout ByteWriter
    ) throws(AvroFault) {
        guard bytes.count <= mostBytes else { throw .badDecimal }
        let isNegative = (bytes.first ?? 0) >= 0x80
        var magnitude = isNegative ? negated(Array(bytes)) : Array(bytes)
        var digits: [UInt8] = []
        while magnitude.contains(where: { $0 != 0 }) {
            var rest = 0
            for index in magnitude.indices {
                let value = rest << 8 | Int(magnitude[index])
                magnitude[index] = UInt8(value / 10)
                rest = value % 10
            }
            digits.append(UInt8(ascii: "0") + UInt8(rest))
        }
        while digits.count <= scale { digits.append(UInt8(ascii: "0")) }
        writer.append(text: isNegative ? "\"-" : "\"")
        for (index, digit) in digits.reversed().enumerated() {
            if index == digits.count - scale { writer.append(literal: ".") }
            writer.append(digit)
        }
        writer.append(literal: "\"")
    }

    /// The bytes of a number such as `-12.34`, as few as hold it; nil where it is none, or has more digits than the
    /// type allows.
    static func bytes(of text: String, precision: Int, scale: Int) -> [UInt8]? {
        var rest = text[...]
        let isNegative = rest.hasPrefix("-")
        if isNegative { rest.removeFirst() }
        let parts = rest.split(separator: Character("."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, parts.count == 1 || !parts[1].isEmpty else { return nil }
        var fraction = parts.count == 2 ? parts[1] : ""
        while fraction.count > scale, fraction.last == "0" { fraction.removeLast() }
        guard fraction.count <= scale, whole.utf8.count <= mostDigits else { return nil }
        let digits = whole + fraction + String(repeating: "0", count: scale - fraction.count)
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }), digits.drop(while: { $0 == "0" }).count <= precision
        else { return nil }
        var magnitude: [UInt8] = [0]
        for digit in digits.utf8 {
            var carry = Int(digit) - 48
            for index in magnitude.indices.reversed() {
                let value = Int(magnitude[index]) * 10 + carry
                magnitude[index] = UInt8(truncatingIfNeeded: value)
                carry = value >> 8
            }
            if carry > 0 { magnitude.insert(UInt8(carry), at: 0) }
        }
        return shortest(isNegative ? negated([0] + magnitude) : [0] + magnitude)
    }

    private static func negated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes.map { ~$0 }
        for index in bytes.indices.reversed() {
            bytes[index] &+= 1
            if bytes[index] != 0 { break }
        }
        return bytes
    }

    /// Without the bytes in front that only repeat the sign.
    private static func shortest(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes[...]
        while bytes.count > 1, let first = bytes.first {
            let next = bytes[bytes.startIndex + 1]
            guard (first == 0 && next < 0x80) || (first == 0xFF && next >= 0x80) else { break }
            bytes.removeFirst()
        }
        return Array(bytes)
    }

    /// The same number in so many bytes; nil where they are too few.
    static func widened(_ bytes: [UInt8], to size: Int) -> [UInt8]? {
        guard bytes.count <= size else { return nil }
        let sign: UInt8 = (bytes.first ?? 0) >= 0x80 ? 0xFF : 0
        return [UInt8](repeating: sign, count: size - bytes.count) + bytes
    }
}
