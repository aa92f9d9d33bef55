/// A moment, in whole milliseconds since 1970-01-01T00:00:00Z, as Kafka's records carry it.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var milliseconds: Int64

    @inlinable
    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    @inlinable
    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension Timestamp {
    /// Reads RFC 3339 from UTF-8 bytes: `2022-04-15T22:06:38.737Z`.
    ///
    /// A space may stand for the `T`, any number of fraction digits is taken (cut to milliseconds), and a time without
    /// a zone is UTC, as the older producers wrote it. Everything else is nil: a wrong month length, a stray byte.
    package init?(rfc3339 bytes: UnsafeRawBufferPointer) {
        var digits = DigitReader(bytes)
        guard let year = digits.number(4), digits.take("-"), let month = digits.number(2), digits.take("-"),
            let day = digits.number(2), digits.take("T") || digits.take("t") || digits.take(" "),
            let hour = digits.number(2), digits.take(":"), let minute = digits.number(2), digits.take(":"),
            let second = digits.number(2), let fraction = digits.fraction(), let zone = digits.zone(),
            digits.isAtEnd
        else { return nil }
        guard (1...12).contains(month), day >= 1, day <= Timestamp.days(inMonth: month, of: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        let days = Timestamp.daysSinceEpoch(year: year, month: month, day: day)
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - zone
        self.init(milliseconds: Int64(seconds) * 1000 + Int64(fraction))
    }

    package init?(rfc3339 text: String) {
        var text = text
        guard let read = text.withUTF8({ Timestamp(rfc3339: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = read
    }

    /// `2022-04-15T22:06:38.737Z`: always three fraction digits, always Z, so that text sorts as time does.
    package var rfc3339: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            write(rfc3339: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// Writes the 24 bytes of `rfc3339` (more beyond the year 9999) and returns how many they were.
    package func write(rfc3339 buffer: UnsafeMutableRawBufferPointer) -> Int {
        let (days, inDay) = milliseconds.flooredQuotientAndRemainder(dividingBy: 86_400_000)
        let date = Timestamp.civil(daysSinceEpoch: Int(days))
        var writer = DigitWriter(buffer)
        writer.put(year: date.year)
        writer.put("-")
        writer.put(date.month, width: 2)
        writer.put("-")
        writer.put(date.day, width: 2)
        writer.put("T")
        let rest = Int(inDay)
        writer.put(rest / 3_600_000, width: 2)
        writer.put(":")
        writer.put(rest / 60_000 % 60, width: 2)
        writer.put(":")
        writer.put(rest / 1000 % 60, width: 2)
        writer.put(".")
        writer.put(rest % 1000, width: 3)
        writer.put("Z")
        return writer.count
    }

    package func advanced(by duration: Duration) -> Timestamp {
        Timestamp(milliseconds: milliseconds + duration.wholeMilliseconds)
    }
}

extension Timestamp: CustomStringConvertible {
    package var description: String { rfc3339 }
}

// MARK: The calendar: proleptic Gregorian, after Howard Hinnant's "chrono-compatible low-level date algorithms".

extension Timestamp {
    package static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.flooredQuotientAndRemainder(dividingBy: 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = era.remainder * 365 + era.remainder / 4 - era.remainder / 100 + dayOfYear
        return era.quotient * 146_097 + dayOfEra - 719_468
    }

    package static func civil(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = (days + 719_468).flooredQuotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

private struct DigitReader {
    let bytes: UnsafeRawBufferPointer
    var index = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: scalar) else { return false }
        index += 1
        return true
    }

    mutating func digit() -> Int? {
        guard index < bytes.count else { return nil }
        let value = bytes[index] &- UInt8(ascii: "0")
        guard value < 10 else { return nil }
        index += 1
        return Int(value)
    }

    mutating func number(_ width: Int) -> Int? {
        var value = 0
        for _ in 0..<width {
            guard let next = digit() else { return nil }
            value = value * 10 + next
        }
        return value
    }

    /// The milliseconds after a point, 0 where there is no point, nil where a point has no digit.
    mutating func fraction() -> Int? {
        guard take(".") else { return 0 }
        guard var value = digit() else { return nil }
        var seen = 1
        while let next = digit() {
            if seen < 3 { value = value * 10 + next }
            seen += 1
        }
        for _ in seen..<max(seen, 3) { value *= 10 }
        return value
    }

    /// The zone's seconds east of UTC.
    mutating func zone() -> Int? {
        if isAtEnd || take("Z") || take("z") { return 0 }
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        guard sign != 0, let hour = number(2) else { return nil }
        _ = take(":")
        guard let minute = number(2), hour < 24, minute < 60 else { return nil }
        return sign * (hour * 3600 + minute * 60)
    }
}

private struct DigitWriter {
    let buffer: UnsafeMutableRawBufferPointer
    var count = 0

    init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    mutating func put(_ scalar: Unicode.Scalar) {
        buffer[count] = UInt8(ascii: scalar)
        count += 1
    }

    mutating func put(_ value: Int, width: Int) {
        var rest = value
        for place in stride(from: width - 1, through: 0, by: -1) {
            buffer[count + place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        count += width
    }

    /// Four digits, or ISO 8601's signed longer form outside 0…9999.
    mutating func put(year: Int) {
        guard !(0...9999).contains(year) else { return put(year, width: 4) }
        put(year < 0 ? "-" : "+")
        put(abs(year), width: String(abs(year)).utf8.count < 6 ? 6 : String(abs(year)).utf8.count)
    }
}
