import KappaCore
import KappaHTTP
import KappaStores

/// How many of the windows that were to come have come, instrument by instrument and day by day.
struct Completeness {
    struct Gap {
        var borehole: String
        var instrument: String
        var from: Int64
        var to: Int64
        var windows: Int64
    }

    struct Row {
        var borehole: String
        var instrument: String
        /// Windows that came, and that were to come, day by day.
        var got: [Int64]
        var wanted: [Int64]
    }

    private(set) var rows: [Row] = []
    private(set) var gaps: [Gap] = []
    /// The first moment of each day, in the site's zone.
    let days: [Int64]
    private let to: Int64
    private var starts: [Int64] = []
    private var length: Int64 = 60_000
    private var key: (borehole: String, instrument: String)?

    init(from: Int64, to: Int64, zone: SiteZone) {
        days = zone.days(from: from, to: to)
        self.to = to
    }

    /// Windows in the order of their keys and times.
    mutating func add(_ borehole: String, _ instrument: String, start: Int64, end: Int64) {
        if key?.borehole != borehole || key?.instrument != instrument {
            finishKey()
            key = (borehole, instrument)
            length = max(1, end - start)
        }
        starts.append(start)
    }

    mutating func finishKey() {
        defer { starts = [] }
        guard let key, let first = starts.first else { return }
        var row = Row(
            borehole: key.borehole, instrument: key.instrument, got: Array(repeating: 0, count: days.count),
            wanted: Array(repeating: 0, count: days.count))
        for start in starts { row.got[day(of: start)] += 1 }
        // From its first window of the range on, one after the other, to the last that could have closed.
        let end = to - length
        for (index, day) in days.enumerated() {
            let next = index + 1 < days.count ? days[index + 1] : .max
            let (low, high) = (max(first, day), min(end, next - 1))
            if low <= high { row.wanted[index] = (high - low) / length + 1 }
        }
        // A window at a day's very edge may fall to either side.
        for index in days.indices { row.wanted[index] = max(row.wanted[index], row.got[index]) }
        rows.append(row)
        addGaps(key, until: end)
    }

    private mutating func addGaps(_ key: (borehole: String, instrument: String), until end: Int64) {
        var previous = starts[0]
        for start in starts.dropFirst() + [end + length] {
            let missing = (start - previous) / length - 1
            if missing > (start > end ? 1 : 0) {
                gaps.append(
                    Gap(
                        borehole: key.borehole, instrument: key.instrument, from: previous + length, to: start,
                        windows: missing))
            }
            previous = start
        }
    }

    private func day(of time: Int64) -> Int { max(0, (days.lastIndex { $0 <= time }) ?? 0) }

    private static let mostGaps = 500

    var json: [UInt8] {
        var json = JSONWriter()
        let longest = gaps.sorted { $0.to - $0.from > $1.to - $1.from }
        json.object { json in
            json.numbers("days", days)
            json.key("gapsTruncated", longest.count > Self.mostGaps)
            json.key("rows")
            json.array { json in for row in rows { Self.write(row, &json) } }
            json.key("gaps")
            json.array { json in
                for gap in longest.prefix(Self.mostGaps) {
                    json.object {
                        $0.key("borehole", gap.borehole)
                        $0.key("instrument", gap.instrument)
                        $0.key("from", gap.from)
                        $0.key("to", gap.to)
                        $0.key("windows", gap.windows)
                    }
                }
            }
        }
        return json.bytes
    }

    private static func write(_ row: Row, _ json: inout JSONWriter) {
        json.object { json in
            json.key("borehole", row.borehole)
            json.key("instrument", row.instrument)
            json.key("got", row.got.reduce(0, +))
            json.key("wanted", row.wanted.reduce(0, +))
            json.key("days")
            json.array {
                for (got, wanted) in zip(row.got, row.wanted) {
                    $0.number(wanted == 0 ? nil : (Double(got) / Double(wanted) * 10_000).rounded(.down) / 10_000)
                }
            }
        }
    }
}

extension ViewAnswers {
    func completeness(from: Int64, to: Int64, zone: SiteZone) throws -> Completeness {
        try ask { view in
            var found = Completeness(from: from, to: to, zone: zone)
            let cursor = try view.windows(ViewQuery(from: from, to: to))
            while let row = try cursor.next() {
                guard let borehole = row[0].words, let instrument = row[1].words, let start = row[2].milliseconds,
                    let end = row[3].milliseconds
                else { continue }
                found.add(borehole, instrument, start: start, end: end)
            }
            found.finishKey()
            return found
        }
    }
}
