import KappaCore
import KappaHTTP
import KappaStores

/// What the page asks of the view: each question one answer in JSON, of constant size whatever the history.
struct ViewAnswers: Sendable {
    let pool: StorePool
    let view: ViewName

    static let mostPoints = 4000
    static let mostInstruments = 10_000

    func ask<Answer>(_ body: (ViewQuestions) throws -> Answer) throws -> Answer {
        try pool.use { try body(ViewQuestions($0, view)) }
    }

    /// For somebody who waits: the question ends with its time, or with whoever asked it.
    func ask<Answer>(for request: HTTPRequest, _ body: (ViewQuestions) throws -> Answer) throws -> Answer {
        try pool.use(for: request.life) { store, isOver in try body(ViewQuestions(store, view, isOver: isOver)) }
    }

    // MARK: Newest

    func latest() throws -> [Reading] {
        try ask { view in
            var query = ViewQuery(now: .now)
            query.latestOnly = true
            query.limit = Self.mostInstruments
            let cursor = try view.rows(query, Reading.columns)
            var readings: [Reading] = []
            while let row = try cursor.next() { if let reading = Reading(row) { readings.append(reading) } }
            return readings.sorted { ($0.borehole, $0.instrument) < ($1.borehole, $1.instrument) }
        }
    }

    func latest(_ request: HTTPRequest) throws -> HTTPResponse {
        let readings = try latest()
        return answer {
            $0.object { json in
                json.key("rows")
                json.array { for reading in readings { reading.write(&$0) } }
            }
        }
    }

    /// The names that there are, for choices.
    func kinds(_ request: HTTPRequest) throws -> HTTPResponse {
        let readings = try latest()
        return answer {
            $0.object { json in
                json.key("instruments")
                json.array { for name in Set(readings.map(\.instrument)).sorted() { $0.string(name) } }
                json.key("boreholes")
                json.array { for name in Set(readings.map(\.borehole)).sorted() { $0.string(name) } }
            }
        }
    }

    // MARK: One instrument

    func series(_ request: HTTPRequest) throws -> HTTPResponse {
        let (from, to) = try request.range(standard: 86_400_000)
        let columns = try request.whole("columns", 800, in: 10...Int64(Self.mostPoints))
        var query = ViewQuery(borehole: request.parameter("borehole"), instrument: request.parameter("instrument"))
        query.since = Timestamp(milliseconds: from)
        query.until = Timestamp(milliseconds: to)
        query.isUnordered = true
        var reduced = M4(from: from, to: to, columns: Int(columns))
        var (unit, length): (String?, Int64?) = (nil, nil)
        try ask(for: request) { view in
            let cursor = try view.rows(query, ["window_start", "window_end", "reading", "min", "max", "units"])
            while let row = try cursor.next() {
                guard let time = row[0].milliseconds, let value = row[2].real else { continue }
                if unit == nil { unit = row[5].words }
                if length == nil, let end = row[1].milliseconds { length = max(1, end - time) }
                reduced.add(time, value, floor: row[3].real ?? value, ceiling: row[4].real ?? value)
            }
        }
        let column = (to - from) / columns
        return answer {
            $0.object { json in
                json.key("unit", unit)
                json.key("gap", Double(max((length ?? 60_000) * 5 / 2, reduced.isReduced ? column * 3 : 0)))
                json.key("raw", Int64(reduced.count))
                json.key("reduced", reduced.isReduced)
                json.key("columns", columns)
                Self.write(reduced, &json)
            }
        }
    }

    private static func write(_ reduced: M4, _ json: inout JSONWriter) {
        let (line, band) = (reduced.line, reduced.band)
        json.numbers("t", line.map(\.time))
        json.numbers("v", line.map(\.value))
        json.key("band")
        json.object {
            $0.numbers("t", band.map(\.time))
            $0.numbers("lo", band.map(\.floor))
            $0.numbers("hi", band.map(\.ceiling))
        }
        json.key("first", reduced.first?.value)
        json.key("last", reduced.last?.value)
        json.key("lowest", reduced.lowest?.value)
        json.key("lowestAt", reduced.lowest?.time)
        json.key("highest", reduced.highest?.value)
        json.key("highestAt", reduced.highest?.time)
    }

    /// The newest results of a range, with the record that each came from.
    func rows(_ request: HTTPRequest) throws -> HTTPResponse {
        let (from, to) = try request.range(standard: 86_400_000)
        var query = ViewQuery(
            borehole: request.parameter("borehole"), instrument: request.parameter("instrument"), from: from, to: to)
        let limit = Int(try request.whole("limit", 50, in: 1...1000))
        // One more than is shown says whether there are others; the other way, the nearest come first.
        query.limit = limit + 1
        // By the window's start, which the index of the view's key leads to however far down the table it lies.
        if let before = try request.moment("before") { try query.add("window_start <", before) }
        if let after = try request.moment("after") {
            try query.add("window_start >", after)
            query.oldestFirst = true
        }
        let columns = Reading.columns + ["source_topic", "source_partition", "source_offset"]
        return try ask(for: request) { view in
            let cursor = try view.rows(query, columns)
            var json = JSONWriter()
            var (count, hasMore) = (0, false)
            try json.object { json in
                json.key("rows")
                try json.array { json in
                    while let row = try cursor.next() {
                        guard let reading = Reading(row) else { continue }
                        count += 1
                        guard count <= limit else {
                            hasMore = true
                            break
                        }
                        json.object {
                            $0.key("t", reading.start)
                            $0.key("value", reading.value)
                            $0.key("min", reading.lowest)
                            $0.key("max", reading.highest)
                            $0.key("count", reading.count)
                            $0.key("topic", row[13].words)
                            $0.key("partition", row[14].whole)
                            $0.key("offset", row[15].whole)
                        }
                    }
                }
                json.key("more", hasMore)
            }
            return HTTPResponse(contentType: "application/json", body: json.bytes)
        }
    }

    func answer(_ body: (inout JSONWriter) -> Void) -> HTTPResponse {
        var json = JSONWriter()
        body(&json)
        return HTTPResponse(contentType: "application/json", body: json.bytes)
    }
}
