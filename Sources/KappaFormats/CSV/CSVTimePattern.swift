package import KappaCore

/// How times are written in a file, with strptime's words: `%d.%m.%Y %H:%M`.
package struct CSVTimePattern: Sendable {
    private enum Piece: Equatable {
        case literal(UInt8)
        /// Any number of blanks.
        case blank
        case year, shortYear, month, monthName, day, hour, hour12, minute, second, half, offset, epoch
    }

    private let pieces: [Piece]

    private static let words: [Character: [Piece]] = [
        "Y": [.year], "y": [.shortYear], "m": [.month], "b": [.monthName], "d": [.day], "H": [.hour], "I": [.hour12],
        "M": [.minute], "S": [.second], "p": [.half], "z": [.offset], "s": [.epoch], "%": [.literal(0x25)],
        "F": [.year, .literal(0x2D), .month, .literal(0x2D), .day],
        "T": [.hour, .literal(0x3A), .minute, .literal(0x3A), .second],
    ]

    package init(word: String) throws(WordError) {
        var pieces: [Piece] = []
        var rest = Substring(word)
        while let character = rest.popFirst() {
            if character == " " {
                if pieces.last != .blank { pieces.append(.blank) }
            } else if character == "%" {
                let letter = rest.popFirst()
                guard let found = letter.flatMap({ CSVTimePattern.words[$0] }) else {
                    throw WordError(
                        "'%\(letter.map(String.init) ?? "")' is no part of a time",
                        hint: "%Y %y %m %b %d, %H %I %p %M %S (with its fraction), %z, %s since 1970, %F, %T, %%")
                }
                pieces += found
            } else {
                pieces += character.utf8.map { .literal($0) }
            }
        }
        let hasDate =
            pieces.contains(.day) && (pieces.contains(.month) || pieces.contains(.monthName))
            && (pieces.contains(.year) || pieces.contains(.shortYear))
        guard hasDate || pieces.contains(.epoch) else {
            throw WordError("'\(word)' has no day, month and year", hint: "such as '%d.%m.%Y %H:%M'")
        }
        self.pieces = pieces
    }

    func read(_ bytes: UnsafeRawBufferPointer) -> CivilTime? {
        var cursor = CSVTimeCursor(bytes)
        var time = CivilTime()
        var (isAfternoon, isTwelve) = (false, false)
        for piece in pieces {
            switch piece {
            case .literal(let byte): guard cursor.take(byte) else { return nil }
            case .blank: guard cursor.takeBlanks() else { return nil }
            case .half:
                guard let half = cursor.half() else { return nil }
                isAfternoon = half
            case .hour12:
                guard let hour = cursor.number(1...2), (1...12).contains(hour) else { return nil }
                (time.hour, isTwelve) = (hour, true)
            default: guard CSVTimePattern.read(piece, &cursor, &time) else { return nil }
            }
        }
        guard cursor.isAtEnd else { return nil }
        if isTwelve { time.hour = time.hour % 12 + (isAfternoon ? 12 : 0) }
        return time.isPossible ? time : nil
    }

    private static func read(_ piece: Piece, _ cursor: inout CSVTimeCursor, _ time: inout CivilTime) -> Bool {
        switch piece {
        case .year: return set(&time.year, cursor.number(4...4))
        case .shortYear: return set(&time.year, cursor.number(2...2).map { $0 + ($0 < 69 ? 2000 : 1900) })
        case .month: return set(&time.month, cursor.number(1...2))
        case .monthName: return set(&time.month, cursor.monthName())
        case .day: return set(&time.day, cursor.number(1...2))
        case .hour: return set(&time.hour, cursor.number(1...2))
        case .minute: return set(&time.minute, cursor.number(1...2))
        case .second: return set(&time.second, cursor.number(1...2)) && set(&time.millisecond, cursor.fraction())
        case .offset:
            time.offset = cursor.offset()
            return time.offset != nil
        case .epoch:
            guard let seconds = cursor.number(1...12), let fraction = cursor.fraction() else { return false }
            let days = seconds.quotientAndRemainder(dividingBy: 86_400)
            let date = Timestamp.civil(daysSinceEpoch: days.quotient)
            (time.year, time.month, time.day) = (date.year, date.month, date.day)
            (time.hour, time.minute) = (days.remainder / 3600, days.remainder / 60 % 60)
            (time.second, time.millisecond, time.offset) = (days.remainder % 60, fraction, 0)
            return true
        default: return false
        }
    }
}

/// Sets a part of a time, where one was read.
private func set(_ place: inout Int, _ value: Int?) -> Bool {
    guard let value else { return false }
    place = value
    return true
}

/// A date and a time of day as a clock on a wall shows them.
struct CivilTime {
    var year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0
    /// Seconds east of UTC, where the time says so itself.
    var offset: Int?

    /// Seconds since 1970 on that clock.
    var seconds: Int {
        ((Timestamp.daysSinceEpoch(year: year, month: month, day: day) * 24 + hour) * 60 + minute) * 60 + second
    }

    /// Whether there is such a day and such a time of day.
    var isPossible: Bool {
        guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60 else {
            return false
        }
        let back = Timestamp.civil(daysSinceEpoch: Timestamp.daysSinceEpoch(year: year, month: month, day: day))
        return back.month == month && back.day == day
    }
}

/// Reads the parts of a time one after the other.
struct CSVTimeCursor {
    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index += 1
        return true
    }

    mutating func takeBlanks() -> Bool {
        let start = index
        while next == 0x20 || next == 0x09 { index += 1 }
        return index > start
    }

    mutating func number(_ width: ClosedRange<Int>) -> Int? {
        let start = index
        var value = 0
        while index - start < width.upperBound, let digit = next.map({ $0 &- 0x30 }), digit < 10 {
            value = value * 10 + Int(digit)
            index += 1
        }
        return index - start >= width.lowerBound ? value : nil
    }

    /// The milliseconds behind a point or a comma, 0 where there is none.
    mutating func fraction() -> Int? {
        guard next == UInt8(ascii: ".") || next == UInt8(ascii: ",") else { return 0 }
        index += 1
        guard let first = next, first &- 0x30 < 10 else { return nil }
        var (value, scale) = (0, 100)
        while let digit = next.map({ $0 &- 0x30 }), digit < 10 {
            value += Int(digit) * scale
            scale /= 10
            index += 1
        }
        return value
    }

    /// `Z`, `+01:00`, `+0100` or `+01`, as seconds east of UTC.
    mutating func offset() -> Int? {
        if take(UInt8(ascii: "Z")) || take(UInt8(ascii: "z")) { return 0 }
        let sign = take(UInt8(ascii: "+")) ? 1 : take(UInt8(ascii: "-")) ? -1 : 0
        guard sign != 0, let hours = number(2...2), hours < 24 else { return nil }
        let hasColon = take(UInt8(ascii: ":"))
        let minutes = number(2...2)
        guard minutes != nil || !hasColon, minutes ?? 0 < 60 else { return nil }
        return sign * (hours * 3600 + (minutes ?? 0) * 60)
    }

    /// Whether it is `pm`, in any case.
    mutating func half() -> Bool? {
        guard index + 2 <= bytes.count, bytes[index + 1] | 0x20 == UInt8(ascii: "m") else { return nil }
        let letter = bytes[index] | 0x20
        guard letter == UInt8(ascii: "a") || letter == UInt8(ascii: "p") else { return nil }
        index += 2
        return letter == UInt8(ascii: "p")
    }

    private static let months = Array("janfebmaraprmayjunjulaugsepoctnovdec".utf8)

    /// The number of a month by its first three letters in English.
    mutating func monthName() -> Int? {
        guard index + 3 <= bytes.count else { return nil }
        let letters = (0..<3).map { bytes[index + $0] | 0x20 }
        guard let month = (0..<12).first(where: { Array(Self.months[($0 * 3)..<($0 * 3 + 3)]) == letters }) else {
            return nil
        }
        index += 3
        return month + 1
    }
}
