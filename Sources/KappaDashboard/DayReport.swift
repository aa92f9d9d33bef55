import KappaCore
import KappaHTTP
package import KappaStores

/// A day of the site on paper: what stands in one HTML file that needs nothing else, for cron, print and archive.
package struct DayReport: Sendable {
    struct Line: Sendable {
        var borehole: String
        var instrument: String
        var unit: String?
        var series: M4
        var readings: Int64 = 0
        var length: Int64
    }

    let site: String
    let day: String
    let range: (from: Int64, to: Int64)
    let zone: SiteZone
    let store: String
    let generation: Int?
    let lines: [Line]
    let completeness: Completeness
    let made: Int64

    /// Points of a chart: as many columns as it has points of width on paper.
    private static let columns = 220

    /// One pass over the day's results, and one over its windows.
    package init(
        site: String, day: String, zone: SiteZone, pool: StorePool, view: ViewName
    ) throws {
        guard let range = zone.day(day) else { throw HTTPError(.usage, "'\(day)' is not a day such as 2026-11-28") }
        let answers = ViewAnswers(pool: pool, view: view)
        self.site = site
        self.day = day
        self.range = range
        self.zone = zone
        store = pool.address.name
        made = Timestamp.now.milliseconds
        generation = try answers.ask { try $0.status().generation }
        lines = try DayReport.read(answers, range)
        completeness = try answers.completeness(from: range.from, to: min(range.to, made), zone: zone)
    }

    private static func read(_ answers: ViewAnswers, _ range: (from: Int64, to: Int64)) throws -> [Line] {
        var query = ViewQuery(from: range.from, to: range.to)
        query.isUnordered = true
        var found: [String: Line] = [:]
        try answers.ask { view in
            let columns = [
                "boreholenumber", "instrument", "units", "window_start", "window_end", "reading", "min", "max", "count",
            ]
            let cursor = try view.rows(query, columns)
            while let row = try cursor.next() {
                guard let borehole = row[0].words, let instrument = row[1].words, let time = row[3].milliseconds,
                    let value = row[5].real
                else { continue }
                let key = "\(instrument)\0\(borehole)"
                let length = (row[4].milliseconds ?? time + 60_000) - time
                found[
                    key,
                    default: Line(
                        borehole: borehole, instrument: instrument, unit: row[2].words,
                        series: M4(from: range.from, to: range.to, columns: DayReport.columns),
                        length: length)
                ].add(time, value, row[6].real ?? value, row[7].real ?? value, row[8].whole ?? 1)
            }
        }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Why this is not the whole day, where it is not.
    var caution: String? {
        made < range.to ? "The day is not over: this holds what had come by \(zone.stamp(made))." : nil
    }
}

extension DayReport.Line {
    mutating func add(_ time: Int64, _ value: Double, _ floor: Double, _ ceiling: Double, _ count: Int64) {
        series.add(time, value, floor: floor, ceiling: ceiling)
        readings += count
    }
}
