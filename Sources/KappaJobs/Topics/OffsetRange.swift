package import KappaCore

/// Where to start in each partition and where to end, as `-o` says it.
///
/// The grammar is the sum of kcat's and rpk's: `beginning start earliest end latest stored N -N +N N:M :M @TIME
/// @FROM:TO :end s@MS e@MS`. Whatever is not in it is refused.
package struct OffsetRange: Sendable, Equatable {
    package enum Bound: Sendable, Equatable {
        case beginning
        case end
        /// The group's committed place.
        case stored
        case offset(Int64)
        /// This many after the beginning.
        case afterBeginning(Int64)
        /// This many before the end.
        case beforeEnd(Int64)
        case time(Timestamp)
    }

    package var start: Bound?
    /// The first offset that is not wanted any more.
    package var end: Bound?

    package init(start: Bound? = nil, end: Bound? = nil) {
        self.start = start
        self.end = end
    }
}

extension OffsetRange {
    package init(word: String, now: Timestamp) throws(WordError) {
        if word.hasPrefix("s@"), let milliseconds = Int64(word.dropFirst(2)) {
            self.init(start: .time(Timestamp(milliseconds: milliseconds)))
        } else if word.hasPrefix("e@"), let milliseconds = Int64(word.dropFirst(2)) {
            self.init(end: .time(Timestamp(milliseconds: milliseconds)))
        } else if let bound = Bound(word: word, now: now) {
            self.init(start: bound)
        } else if let range = OffsetRange(parts: word, now: now) {
            self = try range.forward("'\(word)'")
        } else {
            throw WordError(
                "'\(word)' is not an offset",
                hint: "such as beginning, end, stored, 42, -5, +5, 10:20, @2022-04-15T22:06:38Z, @-1h:end or :end")
        }
    }

    /// At the first colon where both sides read; a time has colons of its own.
    private init?(parts word: String, now: Timestamp) {
        for index in word.indices where word[index] == ":" {
            let left = String(word[..<index])
            let right = String(word[word.index(after: index)...])
            let isTime = left.hasPrefix("@")
            let start = left.isEmpty ? nil : Bound(word: left, now: now)
            let end =
                right.isEmpty
                ? nil : Bound(word: right, now: now) ?? (isTime ? Bound(word: "@" + right, now: now) : nil)
            guard (start != nil) != left.isEmpty, (end != nil) != right.isEmpty, start != nil || end != nil else {
                continue
            }
            if isTime, case .offset? = end { continue }
            // Where a group stands is a place to start from, and no end.
            guard end != .stored else { return nil }
            self.init(start: start, end: end)
            return
        }
        return nil
    }

    /// Whether it holds nothing whatever the log holds, as far as the words alone can tell.
    private var isBackward: Bool {
        switch (start, end) {
        case (.offset(let from)?, .offset(let to)?), (.afterBeginning(let from)?, .afterBeginning(let to)?): from > to
        case (.beforeEnd(let from)?, .beforeEnd(let to)?): from < to
        case (.time(let from)?, .time(let to)?): from > to
        case (.end?, .beginning?), (.end?, .beforeEnd?): true
        default: false
        }
    }

    private func forward(_ what: String) throws(WordError) -> OffsetRange {
        guard !isBackward else { throw WordError("\(what) ends before it begins", hint: "swap its sides") }
        return self
    }

    /// Two words, as kcat takes a start and an end apart.
    package func joined(with other: OffsetRange) throws(WordError) -> OffsetRange {
        guard start == nil || other.start == nil, end == nil || other.end == nil else {
            throw WordError("two starts or two ends were given")
        }
        return try OffsetRange(start: start ?? other.start, end: end ?? other.end).forward("the range")
    }
}

extension OffsetRange.Bound {
    package init?(word: String, now: Timestamp) {
        switch word {
        case "beginning", "start", "earliest": self = .beginning
        case "end", "latest": self = .end
        case "stored": self = .stored
        default:
            if word.hasPrefix("@") {
                guard let time = OffsetRange.Bound.time(word, now: now) else { return nil }
                self = .time(time)
            } else if let number = Int64(word), word != "-0" {
                self =
                    word.hasPrefix("+") ? .afterBeginning(number) : number < 0 ? .beforeEnd(-number) : .offset(number)
            } else {
                return nil
            }
        }
    }

    /// `@1650060398`, `@-1h`, `@2022-04-15`, `@today`.
    private static func time(_ word: String, now: Timestamp) -> Timestamp? {
        if let time = try? Timestamp(expression: word, now: now) { return time }
        return try? Timestamp(expression: String(word.dropFirst()), now: now)
    }
}
