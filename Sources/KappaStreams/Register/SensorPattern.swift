import KappaCore

/// Which sensors a line of the register is for: a word for each key field, in which * stands for any letters.
struct SensorPattern: Hashable, Sendable, CustomStringConvertible {
    var words: [String]

    var description: String { words.joined(separator: ",") }

    var isExact: Bool { !words.contains { $0.contains("*") } }

    /// Of two patterns that both fit, the line of the greater one counts: exact names before patterns, from the left,
    /// then the longer text.
    var rank: [Int] {
        words.map { $0.contains("*") ? 0 : 1 } + words.map { $0.utf8.count { $0 != UInt8(ascii: "*") } }
    }

    /// Whether it fits the bytes that stand for a key (see `KeyText`).
    func fits(_ key: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        for word in words {
            guard place < key.count else { return false }
            let part = KeyText.part(of: key, at: &place)
            guard SensorPattern.fits(Array(word.utf8), part.text) else { return false }
        }
        return place == key.count
    }

    /// Goes back to the last star at most, so the time is bounded by the product of the lengths.
    private static func fits(_ pattern: [UInt8], _ text: UnsafeRawBufferPointer) -> Bool {
        var (at, place) = (0, 0)
        var star: (at: Int, place: Int)?
        while place < text.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                star = (at, place)
                at += 1
            } else if at < pattern.count, pattern[at] == text[place] {
                at += 1
                place += 1
            } else if let last = star {
                at = last.at + 1
                place = last.place + 1
                star = (last.at, place)
            } else {
                return false
            }
        }
        while at < pattern.count, pattern[at] == UInt8(ascii: "*") { at += 1 }
        return at == pattern.count
    }
}
