/// Why a word cannot be read as what it stands for: a sentence that quotes the word and says what would have been
/// right.
package struct WordError: Error, Equatable {
    package var message: String
    package var hint: String?

    package init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

extension Duration {
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    /// `10s`, `5m`, `1.5h`, `250ms`, `7d`, or a sum of them (`1h30m`). A number needs its unit, but for zero.
    package init(word: String) throws(WordError) {
        let seconds = try Units.sum(
            word,
            units: [("ms", 0.001), ("us", 1e-6), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800)],
            what: "a duration such as 10s, 5m, 1.5h or 250ms")
        guard abs(seconds) < 1e11 else { throw WordError("'\(word)' is too long a duration") }
        self = .nanoseconds(Int64((seconds * 1e9).rounded()))
    }

    /// The shortest exact word: `10s`, `1500ms`, `2h`.
    package var word: String {
        let milliseconds = wholeMilliseconds
        guard milliseconds != 0 else { return "0s" }
        for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] as [(String, Int64)]
        where milliseconds % size == 0 {
            return "\(milliseconds / size)\(unit)"
        }
        return "\(milliseconds)ms"
    }
}

/// A number of bytes: `64MiB`, `10kB`, `512`.
package struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var bytes: Int

    package init(bytes: Int) { self.bytes = bytes }

    package init(word: String) throws(WordError) {
        let value = try Units.sum(
            word,
            units: [
                ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
                ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12),
                ("K", 1024), ("k", 1024), ("M", 1_048_576), ("G", 1_073_741_824), ("T", 1_099_511_627_776), ("B", 1),
                ("", 1),
            ], what: "a size such as 64MiB, 10kB or 512")
        guard value >= 0, value < 9e18, value.rounded() == value else {
            throw WordError("'\(word)' is not a whole number of bytes")
        }
        bytes = Int(value)
    }

    package static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }

    /// For reading: `1.5 MiB`.
    package var description: String {
        var value = Double(bytes)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if value < 1024 { return unit == "B" ? "\(bytes) B" : "\(Units.short(value)) \(unit)" }
            value /= 1024
        }
        return "\(Units.short(value)) TiB"
    }
}

/// Events per second: `1000/s`, `90/m`, `5k/s`.
package struct Rate: Hashable, Sendable {
    package var perSecond: Double

    package init(perSecond: Double) { self.perSecond = perSecond }

    package init(word: String) throws(WordError) {
        let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let spans = ["s": 1.0, "m": 60, "min": 60, "h": 3600, "d": 86_400]
        guard let span = parts.count == 2 ? spans[String(parts[1])] : 1 else {
            throw WordError("'\(word)' is not a rate such as 1000/s, 5k/s or 90/m")
        }
        let count = try Units.sum(
            String(parts[0]), units: [("k", 1e3), ("M", 1e6), ("", 1)], what: "a rate such as 1000/s, 5k/s or 90/m")
        guard count > 0 else { throw WordError("a rate must be above zero, not '\(word)'") }
        perSecond = count / span
    }
}

/// A share of the whole: `2%`, `0.02`.
package struct Share: Hashable, Sendable {
    package var fraction: Double

    package init(fraction: Double) { self.fraction = fraction }

    package init(word: String) throws(WordError) {
        let value = try Units.sum(word, units: [("%", 0.01), ("", 1)], what: "a share such as 2% or 0.02")
        guard (0...1).contains(value) else {
            throw WordError("'\(word)' is not between 0% and 100%")
        }
        fraction = value
    }
}

enum Units {
    /// Adds up `1h30m`; a unit is taken by its longest spelling, and "" means that a bare number is fine.
    static func sum(
        _ word: String, units: [(name: String, size: Double)], what: String
    ) throws(WordError) -> Double {
        let wrong = WordError("'\(word)' is not \(what)")
        var rest = Substring(word)
        let sign: Double = rest.first == "-" ? -1 : 1
        if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
        guard !rest.isEmpty else { throw wrong }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "_") }
            guard let number = Double(digits.filter { $0 != "_" }) else { throw wrong }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { !($0.isASCII && $0.isNumber) }
            rest = rest.dropFirst(name.count)
            guard let unit = units.first(where: { $0.name == name }) ?? (number == 0 && name.isEmpty ? ("", 0) : nil)
            else { throw wrong }
            total += number * unit.size
        }
        return sign * total
    }

    /// One decimal at most, none where it is zero or the number is large.
    static func short(_ value: Double) -> String {
        guard value < 100 else { return String(Int(value.rounded())) }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
    }
}
