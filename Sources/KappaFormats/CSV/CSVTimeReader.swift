import KappaCore

/// Reads the times of a column. Most lie in the same day as the one before, and that day is looked up once.
struct CSVTimeReader {
    private let pattern: CSVTimePattern?
    private let zone: ZoneClock
    private var plain = TimestampReader()
    /// The civil day that `offset` holds for.
    private var day = Int.min
    private var offset = 0

    init(pattern: CSVTimePattern?, zone: ZoneClock) {
        (self.pattern, self.zone) = (pattern, zone)
    }

    mutating func read(_ bytes: UnsafeRawBufferPointer) throws(CSVFault) -> Timestamp {
        if pattern == nil, let last = bytes.last, last == UInt8(ascii: "Z"), let time = plain.read(bytes) {
            return time
        }
        guard let civil = pattern.map({ $0.read(bytes) }) ?? CSVTimeReader.iso(bytes) else {
            throw CSVFault(message: "is no time\(pattern == nil ? " such as 2024-01-31 13:45:00" : " of that form")")
        }
        let seconds = civil.seconds
        if let own = civil.offset { return CSVTimeReader.timestamp(seconds - own, civil) }
        let found = seconds.flooredQuotientAndRemainder(dividingBy: 86_400).quotient
        if found == day { return CSVTimeReader.timestamp(seconds - offset, civil) }
        if let steady = zone.steadyOffset(found * 86_400, found * 86_400 + 86_399) {
            (day, offset) = (found, steady)
            return CSVTimeReader.timestamp(seconds - steady, civil)
        }
        guard let moment = zone.moment(ofCivil: seconds) else {
            throw CSVFault(message: "is a time that the clock of the zone has left out")
        }
        return CSVTimeReader.timestamp(moment, civil)
    }

    private static func timestamp(_ seconds: Int, _ civil: CivilTime) -> Timestamp {
        Timestamp(milliseconds: Int64(seconds) * 1000 + Int64(civil.millisecond))
    }

    /// A date, or a date and a time with or without seconds, fraction and zone.
    private static func iso(_ bytes: UnsafeRawBufferPointer) -> CivilTime? {
        var cursor = CSVTimeCursor(bytes)
        var time = CivilTime()
        guard let year = cursor.number(4...4), cursor.take(0x2D), let month = cursor.number(2...2), cursor.take(0x2D),
            let day = cursor.number(2...2)
        else { return nil }
        (time.year, time.month, time.day) = (year, month, day)
        if cursor.isAtEnd { return time.isPossible ? time : nil }
        guard cursor.take(UInt8(ascii: "T")) || cursor.takeBlanks(), let hour = cursor.number(2...2), cursor.take(0x3A),
            let minute = cursor.number(2...2)
        else { return nil }
        (time.hour, time.minute) = (hour, minute)
        if cursor.take(0x3A) {
            guard let second = cursor.number(2...2), let fraction = cursor.fraction() else { return nil }
            (time.second, time.millisecond) = (second, fraction)
        }
        if !cursor.isAtEnd {
            _ = cursor.takeBlanks()
            time.offset = cursor.offset()
            guard time.offset != nil, cursor.isAtEnd else { return nil }
        }
        return time.isPossible ? time : nil
    }
}
