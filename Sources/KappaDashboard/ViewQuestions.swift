import KappaCore
package import KappaStores

/// What the page asks of a view, and the one place that puts it into the store's terms.
package struct ViewQuestions {
    let store: any ViewStore
    let view: ViewName

    package init(_ store: any ViewStore, _ view: ViewName) {
        self.store = store
        self.view = view
    }

    private func text() -> QueryText { QueryText(view, store.dialect, now: .now) }

    package func rows(_ query: ViewQuery, _ columns: [String]) throws -> any RowCursor {
        var text = text()
        return try store.read(try text.rows(query, columns: columns))
    }

    package func buckets(_ query: ViewQuery, _ grouping: Grouping, _ aggregates: [Aggregate]) throws -> any RowCursor {
        var text = text()
        return try store.read(try text.aggregate(query, grouping, aggregates))
    }

    package func windows(_ query: ViewQuery) throws -> any RowCursor {
        var text = text()
        return try store.read(try text.windows(query))
    }

    /// Rows that came after the one with this number, in the order of their coming; `id` comes first.
    package func arrivals(after id: Int64, _ columns: [String]) throws -> any RowCursor {
        var text = text()
        return try store.read(try text.following(ViewQuery(), columns: columns, id: id))
    }

    /// The number of the row that came last; 0 where there is none.
    package func newest() throws -> Int64 {
        let cursor = try store.read(ReadStatement(sql: "SELECT max(id) AS id FROM \(view.inSQL)"))
        guard let row = try cursor.next() else { return 0 }
        return withExtendedLifetime(cursor) { row[0].whole ?? 0 }
    }

    package func status() throws -> ViewStatus { try store.status(of: ViewTarget(view: view)) }
}

extension ViewName {
    /// Its letters are plain; the quotes are for reserved words.
    var inSQL: String { description.split(separator: ".").map { "\"\($0)\"" }.joined(separator: ".") }
}

extension StoreCell {
    /// The cell as a text; nil where it is null.
    var words: String? {
        switch self {
        case .null: nil
        case .integer(let value): String(value)
        case .real(let value): String(value)
        case .boolean(let value): String(value)
        case .number(let bytes), .time(let bytes), .text(let bytes), .json(let bytes):
            String(decoding: bytes, as: UTF8.self)
        }
    }

    var real: Double? {
        switch self {
        case .null: nil
        case .real(let value): value
        case .integer(let value): Double(value)
        default: words.flatMap(Double.init)
        }
    }

    var whole: Int64? {
        if case .integer(let value) = self { return value }
        return words.flatMap { Int64($0) } ?? real.flatMap { Int64(exactly: $0.rounded()) }
    }

    var milliseconds: Int64? {
        switch self {
        case .time(let bytes), .text(let bytes): Timestamp(rfc3339: bytes)?.milliseconds
        default: nil
        }
    }
}

extension ViewQuery {
    /// Exactly this borehole's instrument, or all of these names with * and ?; times in milliseconds.
    init(borehole: String? = nil, instrument: String? = nil, from: Int64? = nil, to: Int64? = nil) {
        self.init()
        if let borehole, !borehole.isEmpty { boreholes = [borehole] }
        if let instrument, !instrument.isEmpty { instruments = [instrument] }
        since = from.map { Timestamp(milliseconds: $0) }
        until = to.map { Timestamp(milliseconds: $0) }
    }
}
