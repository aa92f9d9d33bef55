import KappaCore

extension AvroCursor {
    @inline(__always)
    mutating func read(_ moment: AvroMoment) throws(AvroFault) -> Int64 {
        moment.isInt ? Int64(try int()) : try long()
    }
}

extension AvroMoment {
    var isInt: Bool { self == .date || self == .timeMillis }

    /// How many of them are a second; nothing for dates.
    var perSecond: Int64 {
        switch self {
        case .date: 0
        case .timeMillis, .timestampMillis, .localTimestampMillis: 1000
        case .timeMicros, .timestampMicros, .localTimestampMicros: 1_000_000
        case .timestampNanos, .localTimestampNanos: 1_000_000_000
        }
    }

    private var isTimeOfDay: Bool { self == .timeMillis || self == .timeMicros }

    private var isLocal: Bool {
        self == .localTimestampMillis || self == .localTimestampMicros || self == .localTimestampNanos
    }

    /// Whether it is a moment of a calendar, and not a time of any day.
    var isTimestamp: Bool { self != .date && !isTimeOfDay }

    /// The milliseconds of a timestamp that has a year of four digits; others are not read as times.
    @inline(__always)
    func milliseconds(_ value: Int64) -> Int64? {
        guard isTimestamp else { return nil }
        let milliseconds =
            perSecond == 1000 ? value : value.flooredQuotientAndRemainder(dividingBy: perSecond / 1000).quotient
        guard milliseconds >= -62_167_219_200_000, milliseconds < 253_402_300_800_000 else { return nil }
        return milliseconds
    }

    /// Writes the text; a number that stands for no day or time that has a text is written as a number.
    func write(_ value: Int64, _ writer: inout ByteWriter) {
        if self == .date {
            guard (-719_528...2_932_896).contains(value) else { return writer.append(decimal: value) }
            writer.append(literal: "\"")
            AvroMoment.write(days: Int(value), &writer)
            return writer.append(literal: "\"")
        }
        let (seconds, rest) = value.flooredQuotientAndRemainder(dividingBy: perSecond)
        let (days, inDay) = seconds.flooredQuotientAndRemainder(dividingBy: 86_400)
        guard isTimeOfDay ? days == 0 : (-719_528...2_932_896).contains(days) else {
            return writer.append(decimal: value)
        }
        writer.append(literal: "\"")
        if !isTimeOfDay {
            AvroMoment.write(days: Int(days), &writer)
            writer.append(literal: "T")
        }
        for (index, part) in [inDay / 3600, inDay / 60 % 60, inDay % 60].enumerated() {
            if index > 0 { writer.append(literal: ":") }
            writer.append(part, width: 2)
        }
        writer.append(literal: ".")
        writer.append(rest, width: perSecond == 1000 ? 3 : perSecond == 1_000_000 ? 6 : 9)
        writer.append(text: isTimestamp && !isLocal ? "Z\"" : "\"")
    }

    private static func write(days: Int, _ writer: inout ByteWriter) {
        let date = Timestamp.civil(daysSinceEpoch: days)
        writer.append(Int64(date.year), width: 4)
        writer.append(literal: "-")
        writer.append(Int64(date.month), width: 2)
        writer.append(literal: "-")
        writer.append(Int64(date.day), width: 2)
    }

    /// The number that a text stands for; nil where it is no such text.
    func read(_ text: String) -> Int64? {
        if self == .date {
            guard text.utf8.count == 10, let day = Timestamp(rfc3339: text + "T00:00:00Z") else { return nil }
            return day.milliseconds.flooredQuotientAndRemainder(dividingBy: 86_400_000).quotient
        }
        guard let time = Timestamp(rfc3339: isTimeOfDay ? "1970-01-01T\(text)" : text) else { return nil }
        let second = time.milliseconds.flooredQuotientAndRemainder(dividingBy: 1000).quotient
        let (whole, overflows) = second.multipliedReportingOverflow(by: perSecond)
        guard let fraction = fraction(of: text), !overflows else { return nil }
        return whole.addingReportingOverflow(fraction).overflow ? nil : whole + fraction
    }

    /// The digits behind the point in this unit; more than it holds would be lost without a word, so they are none.
    private func fraction(of text: String) -> Int64? {
        guard let point = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return 0 }
        var unit = perSecond
        var value: Int64 = 0
        for byte in text.utf8[text.utf8.index(after: point)...] {
            let digit = Int64(byte) - 48
            guard (0...9).contains(digit) else { break }
            unit /= 10
            guard unit > 0 || digit == 0 else { return nil }
            value += digit * unit
        }
        return value
    }
}

extension ByteWriter {
    mutating func append(_ value: Int64, width: Int) {
        var divisor: Int64 = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}
