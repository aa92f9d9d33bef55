/// An identity of sixteen bytes, such as a topic's. Zero means none.
package struct WireUUID: WireValue, Hashable, Sendable, CustomStringConvertible {
    package var high: UInt64 = 0
    package var low: UInt64 = 0

    package init() {}

    /// From 32 hexadecimal digits; nil where they are not that.
    package init?(hexadecimal word: some StringProtocol) {
        guard word.utf8.count == 32, let high = UInt64(word.prefix(16), radix: 16),
            let low = UInt64(word.suffix(16), radix: 16)
        else { return nil }
        (self.high, self.low) = (high, low)
    }

    package var isZero: Bool { high == 0 && low == 0 }

    package mutating func code(_ wire: inout WireCoder) throws(WireError) {
        try wire.integer(&high)
        try wire.integer(&low)
    }

    /// In groups of 8, 4, 4, 4 and 12 digits.
    package var description: String {
        let digits = hexadecimal
        var groups: [Substring] = []
        var rest = digits[...]
        for length in [8, 4, 4, 4, 12] {
            groups.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return groups.joined(separator: "-")
    }

    /// As Kafka writes ids for people: base64 with '-' and '_', without padding.
    package var base64: String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        // 128 bits are 21 digits of six bits and two bits more.
        var text = ""
        for number in 0..<22 {
            var six = 0
            for bit in number * 6..<number * 6 + 6 where bit < 128 {
                let part = bit < 64 ? high >> UInt64(63 - bit) : low >> UInt64(127 - bit)
                six |= Int(part & 1) << (5 - bit % 6)
            }
            text.append(digits[six])
        }
        return text
    }

    package var hexadecimal: String {
        [high, low].map { part in
            let word = String(part, radix: 16)
            return String(repeating: "0", count: 16 - word.count) + word
        }.joined()
    }
}
