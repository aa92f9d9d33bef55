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

    package var hexadecimal: String {
        [high, low].map { part in
            let word = String(part, radix: 16)
            return String(repeating: "0", count: 16 - word.count) + word
        }.joined()
    }
}
