import KappaCore
package import KappaStores

/// What the page asks of a view.
package struct ViewQuestions {
    let store: any ViewStore
    let view: ViewName

    package init(_ store: any ViewStore, _ view: ViewName) {
        self.store = store
        self.view = view
    }

    package func rows(_ query: ViewQuery, _ columns: [String]) throws -> any RowCursor {
        try store.answer(.rows(query, columns: columns), of: view)
    }

    package func buckets(_ query: ViewQuery, _ grouping: Grouping, _ aggregates: [Aggregate]) throws -> any RowCursor {
        try store.answer(.buckets(query, grouping, aggregates), of: view)
    }

    package func windows(_ query: ViewQuery) throws -> any RowCursor {
        try store.answer(.windows(query), of: view)
    }

    /// What comes into the view from now on, or from a place on.
    package func follow(_ columns: [String], after place: FollowPlace?) throws -> any RowFollower {
        try store.follow(ViewQuery(now: .now), columns: columns, of: view, after: place)
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
        self.init(now: .now)
        if let borehole, !borehole.isEmpty { boreholes = [borehole] }
        if let instrument, !instrument.isEmpty { instruments = [instrument] }
        since = from.map { Timestamp(milliseconds: $0) }
        until = to.map { Timestamp(milliseconds: $0) }
    }
}
