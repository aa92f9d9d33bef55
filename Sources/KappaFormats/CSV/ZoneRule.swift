import KappaCore

/// A zone's rule for all years, as POSIX writes it in TZ: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Sendable, Equatable {
    private struct Change: Equatable {
        var month: Int, week: Int, weekday: Int
        /// Seconds after that day's midnight, on the clock before the change.
        var time: Int
    }

    private var standard = 0
    private var summer: (offset: Int, from: Change, to: Change)?

    static func == (left: Self, right: Self) -> Bool {
        left.standard == right.standard && left.summer?.offset == right.summer?.offset
            && left.summer?.from == right.summer?.from && left.summer?.to == right.summer?.to
    }

    init?(_ text: String) {
        var rest = Substring(text)
        guard ZoneRule.name(&rest), let west = ZoneRule.time(&rest) else { return nil }
        standard = -west
        guard !rest.isEmpty else { return }
        guard ZoneRule.name(&rest) else { return nil }
        let offset = rest.first == "," ? standard + 3600 : -(ZoneRule.time(&rest) ?? 0)
        guard let from = ZoneRule.change(&rest), let to = ZoneRule.change(&rest), rest.isEmpty else { return nil }
        summer = (offset, from, to)
    }

    private static func name(_ rest: inout Substring) -> Bool {
        let isQuoted = rest.first == "<"
        let name = rest.prefix { isQuoted ? $0 != ">" : $0.isLetter }
        rest = rest.dropFirst(name.count + (isQuoted ? 1 : 0))
        return name.count >= 3
    }

    /// `[-]h[:mm[:ss]]` in seconds.
    private static func time(_ rest: inout Substring) -> Int? {
        let word = rest.prefix { $0.isNumber || $0 == ":" || $0 == "-" || $0 == "+" }
        rest = rest.dropFirst(word.count)
        let isNegative = word.first == "-"
        let parts = word.drop { $0 == "-" || $0 == "+" }.split(separator: ":").map { Int($0) }
        guard !parts.isEmpty, parts.count <= 3, !parts.contains(nil) else { return nil }
        let seconds = zip(parts, [3600, 60, 1]).reduce(0) { $0 + ($1.0 ?? 0) * $1.1 }
        return isNegative ? -seconds : seconds
    }

    /// `,Mm.w.d[/time]`.
    private static func change(_ rest: inout Substring) -> Change? {
        guard rest.hasPrefix(",M") else { return nil }
        let word = rest.dropFirst(2).prefix { $0.isNumber || $0 == "." }
        rest = rest.dropFirst(2 + word.count)
        let parts = word.split(separator: ".").compactMap { Int($0) }
        guard parts.count == 3, (1...12).contains(parts[0]), (1...5).contains(parts[1]), (0...6).contains(parts[2])
        else { return nil }
        var seconds = 7200
        if rest.first == "/" {
            rest = rest.dropFirst()
            guard let own = time(&rest) else { return nil }
            seconds = own
        }
        return Change(month: parts[0], week: parts[1], weekday: parts[2], time: seconds)
    }

    func offset(at moment: Int) -> Int {
        guard let summer else { return standard }
        let days = (moment + standard).flooredQuotientAndRemainder(dividingBy: 86_400).quotient
        let year = Timestamp.civil(daysSinceEpoch: days).year
        let from = ZoneRule.moment(summer.from, year) - standard
        let to = ZoneRule.moment(summer.to, year) - summer.offset
        // South of the equator summer lies over the turn of the year.
        let isSummer = from < to ? moment >= from && moment < to : moment >= from || moment < to
        return isSummer ? summer.offset : standard
    }

    /// The civil second of a change: the weekday of the first, second, … or last week of the month.
    private static func moment(_ change: Change, _ year: Int) -> Int {
        let first = Timestamp.daysSinceEpoch(year: year, month: change.month, day: 1)
        // 1970-01-01 was a Thursday.
        let weekday = (first + 4).flooredQuotientAndRemainder(dividingBy: 7).remainder
        var day = first + (change.weekday - weekday + 7) % 7 + (change.week - 1) * 7
        let (next, nextYear) = change.month == 12 ? (1, year + 1) : (change.month + 1, year)
        while day >= Timestamp.daysSinceEpoch(year: nextYear, month: next, day: 1) { day -= 7 }
        return day * 86_400 + change.time
    }
}
