import KappaCore
package import KappaStores

/// What the page asks of a view.
package struct ViewQuestions {
    let store: any ViewStore
    let view: ViewName
    private let isOver: (@Sendable () -> Bool)?

    package init(_ store: any ViewStore, _ view: ViewName, isOver: (@Sendable () -> Bool)? = nil) {
        self.store = store
        self.view = view
        self.isOver = isOver
    }

    private func answer(_ question: ViewQuestion) throws -> any RowCursor {
        let cursor = try store.answer(question, of: view)
        guard let isOver else { return cursor }
        return WatchedCursor(cursor, isOver)
    }

    package func rows(_ query: ViewQuery, _ columns: [String]) throws -> any RowCursor {
        try answer(.rows(query, columns: columns))
    }

    package func buckets(_ query: ViewQuery, _ grouping: Grouping, _ aggregates: [Aggregate]) throws -> any RowCursor {
        try answer(.buckets(query, grouping, aggregates))
    }

    package func windows(_ query: ViewQuery) throws -> any RowCursor {
        try answer(.windows(query))
    }

    /// What comes into the view from now on, or from a place on.
    package func follow(_ columns: [String], after place: FollowPlace?) throws -> any RowFollower {
        try store.follow(ViewQuery(now: .now), columns: columns, of: view, after: place)
    }

    package func status() throws -> ViewStatus { try store.status(of: ViewTarget(view: view)) }
}

/// Rows of which nobody may want more: that is looked at now and then.
private final class WatchedCursor: RowCursor {
    private let cursor: any RowCursor
    private let isOver: @Sendable () -> Bool
    private var count = 0

    init(_ cursor: any RowCursor, _ isOver: @escaping @Sendable () -> Bool) {
        self.cursor = cursor
        self.isOver = isOver
    }

    var columns: [ResultColumn] { cursor.columns }

    func next() throws(StoreError) -> UnsafeBufferPointer<StoreCell>? {
        count += 1
        if count % 1024 == 0, isOver() { throw StoreError(.stopped, "the question was ended") }
        return try cursor.next()
    }
}

/// A question that took longer than anybody waits for a page.
struct TookTooLong: Error {
    var seconds: Int64
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
    /// A test of a time, such as `window_start <`.
    mutating func add(_ test: String, _ time: Int64) throws {
        predicates.append(try FieldPredicate("\(test) \(Timestamp(milliseconds: time).rfc3339)"))
    }

    /// Exactly this borehole's instrument, or all of these names with * and ?; times in milliseconds.
    init(borehole: String? = nil, instrument: String? = nil, from: Int64? = nil, to: Int64? = nil) {
        self.init(now: .now)
        if let borehole, !borehole.isEmpty { boreholes = [borehole] }
        if let instrument, !instrument.isEmpty { instruments = [instrument] }
        since = from.map { Timestamp(milliseconds: $0) }
        until = to.map { Timestamp(milliseconds: $0) }
    }
}
