import KappaCore

/// A store that finds and orders rows but puts none together: what is asked beyond that is reckoned here, from rows
/// that stream by. It takes as long as reading the rows does.
package protocol ScanningStore: ViewStore {
    func scan(_ request: ScanRequest, of view: ViewName) throws(StoreError) -> any RowCursor
    func count(_ filter: ScanFilter, of view: ViewName) throws(StoreError) -> Int64
    /// The sum of a column of whole numbers.
    func sum(of column: ColumnDefinition, _ filter: ScanFilter, of view: ViewName) throws(StoreError) -> Int64
    /// The place behind the newest row.
    func place(in view: ViewName) throws(StoreError) -> FollowPlace
    /// A person's own words, in the store's language.
    func own(_ words: String, of view: ViewName) throws(StoreError) -> any RowCursor
    /// What a question to a view that is missing, or not of results, is answered with.
    func explainMissing(_ view: ViewName) -> StoreError
}

extension ScanningStore {
    package func answer(_ question: ViewQuestion, of view: ViewName) throws(StoreError) -> any RowCursor {
        if case .own(let words) = question { return try own(words, of: view) }
        guard let schema = try schema(of: view) else { throw explainMissing(view) }
        let columns = QueryColumns(schema)
        switch question {
        case .rows(let query, let names): return try rows(query, names, of: view, columns)
        case .count(let query):
            let count = try count(try ScanFilter(query, columns), of: view)
            return MemoryCursor([ResultColumn(name: "count", kind: .number)], [[.integer(count)]])
        case .windows(let query): return try windows(query, of: view, columns)
        case .buckets(let query, let grouping, let aggregates):
            let plan = try GroupPlan(query, grouping, aggregates, columns)
            let request = ScanRequest(try ScanFilter(query, columns), plan.needed)
            return try plan.group(try scan(request, of: view), limit: query.limit, oldestFirst: query.oldestFirst)
        case .totals: return try totals(of: view, columns)
        case .own(let words): return try own(words, of: view)
        }
    }

    private func definitions(_ words: [String], _ columns: QueryColumns) throws(StoreError) -> [ColumnDefinition] {
        var found: [ColumnDefinition] = []
        for word in words { found.append(try columns.named(word)) }
        return found
    }

    private func rows(
        _ query: ViewQuery, _ names: [String], of view: ViewName, _ columns: QueryColumns
    ) throws(StoreError) -> any RowCursor {
        let wanted = try definitions(names, columns)
        let filter = try ScanFilter(query, columns)
        var order = [(try columns.column(columns.time ?? "id"), !query.oldestFirst)]
        if columns.time != nil { for key in columns.keys { order.append((try columns.column(key), false)) } }
        guard query.latestOnly else {
            return try scan(ScanRequest(filter, wanted, order: order, limit: query.limit), of: view)
        }
        guard !columns.keys.isEmpty else {
            throw StoreError(.usage, "these rows have no key, so there is no latest of each")
        }
        var keys: [ColumnDefinition] = []
        for key in columns.keys { keys.append(try columns.column(key)) }
        let byKey = keys.map { ($0, false) } + [(try columns.column(columns.start), true)]
        // What is asked for, then the keys, then what the answer is ordered by.
        let request = ScanRequest(filter, wanted + keys + order.map(\.0), order: byKey)
        let latest = try LatestRows(try scan(request, of: view), key: wanted.count..<wanted.count + keys.count)
        return latest.cursor(wanted.count, order: order.map(\.1), limit: query.limit)
    }

    private func windows(
        _ query: ViewQuery, of view: ViewName, _ columns: QueryColumns
    ) throws(StoreError) -> any RowCursor {
        guard columns.has("window_start"), columns.has("window_end"), !columns.keys.isEmpty else {
            throw StoreError(.usage, "these rows are not windows, so none can be missing")
        }
        var wanted: [ColumnDefinition] = []
        for name in columns.keys + ["window_start", "window_end"] { wanted.append(try columns.column(name)) }
        let order = wanted.dropLast().map { ($0, false) }
        return try scan(ScanRequest(try ScanFilter(query, columns), wanted, order: order), of: view)
    }

    private func totals(of view: ViewName, _ columns: QueryColumns) throws(StoreError) -> any RowCursor {
        // The place is asked for first: what comes between is then counted and followed rather than left out.
        let place = try place(in: view)
        let filter = try ScanFilter(ViewQuery(now: Timestamp(milliseconds: 0)), columns)
        let rows = try count(filter, of: view)
        let readings = columns.has("count") ? try sum(of: columns.column("count"), filter, of: view) : rows
        return MemoryCursor(
            [
                ResultColumn(name: "row_count", kind: .number), ResultColumn(name: "readings", kind: .number),
                ResultColumn(name: "place", kind: .text),
            ], [[.integer(rows), .integer(readings), .text(Array(place.word.utf8))]])
    }

    package func sum(
        of column: ColumnDefinition, _ filter: ScanFilter, of view: ViewName
    ) throws(StoreError) -> Int64 {
        let cursor = try scan(ScanRequest(filter, [column]), of: view)
        var sum: Int64 = 0
        while let row = try cursor.next() { sum = sum.addingSaturated(row[0].integer ?? 0) }
        return sum
    }
}

extension ColumnDefinition {
    /// The column as an answer names it.
    package var result: ResultColumn {
        switch content {
        case .text: ResultColumn(name: name, kind: .text)
        case .identity, .real, .whole: ResultColumn(name: name, kind: .number)
        case .time: ResultColumn(name: name, kind: .time)
        case .json: ResultColumn(name: name, kind: .json)
        }
    }
}
