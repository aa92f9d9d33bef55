import KappaCore
import KappaHTTP
import KappaStores

// Questions about many instruments at once.

extension ViewAnswers {
    static let mostSeries = 700

    /// One kind of instrument in many boreholes.
    func compare(_ request: HTTPRequest) throws -> HTTPResponse {
        let (from, to) = try request.range(standard: 86_400_000)
        let columns = try request.whole("columns", 240, in: 10...2000)
        var query = ViewQuery(
            borehole: request.parameter("borehole"), instrument: request.parameter("instrument"), from: from, to: to)
        query.isUnordered = true
        var found: [String: (series: M4, unit: String?, length: Int64)] = [:]
        var isTruncated = false
        try ask(for: request) { view in
            let cursor = try view.rows(query, ["boreholenumber", "window_start", "window_end", "reading", "units"])
            while let row = try cursor.next() {
                guard let name = row[0].words, let time = row[1].milliseconds, let value = row[3].real else { continue }
                if found[name] == nil {
                    guard found.count < Self.mostSeries else {
                        isTruncated = true
                        continue
                    }
                    let length = (row[2].milliseconds ?? time + 60_000) - time
                    found[name] = (M4(from: from, to: to, columns: Int(columns)), row[4].words, length)
                }
                found[name]?.series.add(time, value, floor: value, ceiling: value)
            }
        }
        return answer {
            $0.object { json in
                json.key("columns", columns)
                json.key("truncated", isTruncated)
                json.key("series")
                json.array { json in
                    for (name, one) in found.sorted(by: { $0.key < $1.key }) {
                        json.object {
                            $0.key("borehole", name)
                            $0.key("unit", one.unit)
                            $0.key("gap", max(one.length * 5 / 2, one.series.isReduced ? (to - from) / columns * 3 : 0))
                            $0.numbers("t", one.series.line.map(\.time))
                            $0.numbers("v", one.series.line.map(\.value))
                        }
                    }
                }
            }
        }
    }

    /// What has moved most, each kind measured by how much its kind moves: metres and microstrain do not compare.
    func movers(_ request: HTTPRequest) throws -> HTTPResponse {
        let hours = try request.whole("hours", 24, in: 1...744)
        let limit = try request.whole("limit", 10, in: 1...100)
        let now = Timestamp.now.milliseconds
        var query = ViewQuery(from: now - hours * 3_600_000, to: now + 3_600_000)
        query.oldestFirst = true
        let grouping = Grouping(bucketSeconds: max(300, hours * 3600 / 48), dimensions: [.borehole, .instrument])
        var lines: [String: Mover] = [:]
        try ask(for: request) { view in
            let cursor = try view.buckets(query, grouping, [.mean])
            while let row = try cursor.next() {
                guard let time = row[0].milliseconds, let borehole = row[1].words, let instrument = row[2].words,
                    let value = row[3].real
                else { continue }
                let unit = row[4].words
                lines["\(borehole)\0\(instrument)", default: Mover(borehole, instrument, unit)].add(time, value)
            }
        }
        let ranked = Mover.ranked(lines.values.filter { $0.values.count > 1 }).prefix(Int(limit))
        return answer {
            $0.object { json in
                json.key("rows")
                json.array { json in for mover in ranked { mover.write(&json) } }
            }
        }
    }

    // MARK: Pivot

    enum Side: String, CaseIterable { case borehole, instrument, time }

    func pivot(_ request: HTTPRequest) throws -> PivotTable {
        let (from, to) = try request.range(standard: 7 * 86_400_000)
        let rows = try request.choice("rows", Side.borehole)
        let columns = try request.choice("columns", Side.instrument)
        guard rows != columns else { throw BadRequest(message: "'rows' and 'columns' are the same") }
        let value = try request.choice("value", Aggregate.max)
        let bucket = try request.whole("bucket", 86_400, in: 1...31_536_000)
        let query = ViewQuery(
            borehole: request.parameter("borehole"), instrument: request.parameter("instrument"), from: from, to: to)
        let sides = [rows, columns]
        let dimensions: [Grouping.Dimension] =
            (sides.contains(.borehole) ? [.borehole] : []) + (sides.contains(.instrument) ? [.instrument] : [])
        let grouping = Grouping(bucketSeconds: sides.contains(.time) ? bucket : nil, dimensions: dimensions)
        var order: [Side] = sides.contains(.time) ? [.time] : []
        order += sides.contains(.borehole) ? [.borehole] : []
        order += sides.contains(.instrument) ? [.instrument] : []
        return try ask(for: request) { view in
            var table = PivotTable(rowSide: rows, columnSide: columns)
            let cursor = try view.buckets(query, grouping, [value])
            while let row = try cursor.next() {
                let keys = order.indices.map { index in
                    order[index] == .time ? String(row[index].milliseconds ?? 0) : row[index].words ?? ""
                }
                guard let cell = row[order.count].real else { continue }
                let place = order.firstIndex(of: rows) == 0 ? (keys[0], keys[1]) : (keys[1], keys[0])
                try table.add(cell, row: place.0, column: place.1)
            }
            return table
        }
    }
}

/// How an instrument went over the last day.
struct Mover {
    var borehole: String
    var instrument: String
    var unit: String?
    private(set) var values: [(time: Int64, value: Double)] = []

    init(_ borehole: String, _ instrument: String, _ unit: String?) {
        self.borehole = borehole
        self.instrument = instrument
        self.unit = unit
    }

    mutating func add(_ time: Int64, _ value: Double) { values.append((time, value)) }

    var change: Double { (values.last?.value ?? 0) - (values.first?.value ?? 0) }

    /// The change beside the median change of its kind, the greatest first.
    static func ranked(_ movers: [Mover]) -> [Mover] {
        let kinds = Dictionary(grouping: movers, by: \.instrument).mapValues { kind in
            kind.map { abs($0.change) }.sorted()[kind.count / 2]
        }
        return movers.map { mover in (mover, abs(mover.change) / max(kinds[mover.instrument] ?? 1, 1e-9)) }
            .sorted { $0.1 > $1.1 }.map(\.0)
    }

    func write(_ json: inout JSONWriter) {
        json.object {
            $0.key("borehole", borehole)
            $0.key("instrument", instrument)
            $0.key("unit", unit)
            $0.key("value", values.last?.value)
            $0.key("t", values.last?.time)
            $0.key("change", change)
            $0.numbers("line", values.map(\.value))
        }
    }
}
