package import KappaCore

/// What is asked of a view of results, in the words of the person who asks.
package struct ViewQuery: Sendable {
    /// Names, or globs with * and ?.
    package var instruments: [String] = []
    package var boreholes: [String] = []
    /// From this moment on …
    package var since: Timestamp?
    /// … and before this one.
    package var until: Timestamp?
    package var predicates: [FieldPredicate] = []
    package var limit: Int?
    package var oldestFirst = false
    package var latestOnly = false
    /// For whoever needs no order, or makes it: to sort a million rows takes longer than to read them.
    package var isUnordered = false
    /// The number that is put together, where it is not the one that the results are about.
    package var value: String?
    /// What relative times in `predicates` are reckoned from.
    package var now: Timestamp

    package init(now: Timestamp) { self.now = now }
}

/// How readings become one value.
package enum Aggregate: String, CaseIterable, Sendable {
    case mean, min, max, sum, count, rows
}

/// What the rows of an aggregation stand for.
package struct Grouping: Sendable, Equatable {
    package enum Dimension: Sendable, Equatable {
        case day
        /// A column under a name by which people ask for it.
        case field(String)

        package static let borehole = Dimension.field("boreholenumber")
        package static let instrument = Dimension.field("instrument")

        package var word: String {
            switch self {
            case .day: "day"
            case .field(let name): name
            }
        }
    }

    /// The length of a bucket of time.
    package var bucketSeconds: Int64?
    /// nil for all fields of the view's key, without the window's start.
    package var dimensions: [Dimension]?

    package init(bucketSeconds: Int64? = nil, dimensions: [Dimension]? = nil) {
        self.bucketSeconds = bucketSeconds
        self.dimensions = dimensions
    }
}

/// Columns of a view under the names by which people ask for them.
package struct QueryColumns: Sendable {
    private let schema: ResultSchema
    package let definitions: [ColumnDefinition]

    package init(_ schema: ResultSchema) {
        self.schema = schema
        definitions = schema.columns
    }

    package var all: [String] { definitions.map(\.name) }

    /// The columns that a table for people shows.
    package var short: [String] {
        if let ofAlarms { return ofAlarms }
        let more = ["min", "max", "count"].filter { all.contains($0) && $0 != value }
        let own = [time].compactMap { $0 } + keys + [value, units].compactMap { $0 } + more
        // Results of no windows have a few columns of their own: all of them, but not where they came from.
        return schema.key.isEmpty || value == nil ? schema.fields.map(\.column) : own
    }

    /// Of alarms and their history: what happened to which sensor, at which level, and beyond which limit.
    private var ofAlarms: [String]? {
        guard has("alarm"), has("event"), has("level") else { return nil }
        let sensor = schema.fields.prefix { $0.name != "alarm" }.map(\.column)
        let happened = ["alarm", "event", "level"] + [value].compactMap { $0 } + ["limit_value", "unit"]
        return [time].compactMap { $0 } + sensor + happened.filter(has)
    }

    /// The fields by which results are told apart, without the window's start.
    package var keys: [String] { schema.key.map(\.column).filter { $0 != "window_start" } }
    package var time: String? { schema.time?.column }
    package var value: String? { schema.fields.first { $0.role == .value }?.column }
    package var units: String? { has("units") ? "units" : nil }
    /// By which the rows of one key are put in order.
    var start: String { has("window_start") ? "window_start" : time ?? "id" }

    /// The column of this very name, which a field of another column may bear, too.
    package func column(_ name: String) throws(StoreError) -> ColumnDefinition {
        guard let column = definitions.first(where: { $0.name == name }) else { return try named(name) }
        return column
    }

    func has(_ name: String) -> Bool { definitions.contains { $0.name == name } }

    private static let aliases = [
        "borehole": "boreholenumber", "time": "ts", "unit": "units",
    ]

    package func named(_ word: String) throws(StoreError) -> ColumnDefinition {
        let field = schema.fields.first { $0.name == word }?.column
        var names = [field, word, QueryColumns.aliases[word]].compactMap { $0 }
        if word == "value" || word == "mean", let value { names.append(value) }
        for name in names {
            if let column = definitions.first(where: { $0.name == name }) { return column }
        }
        throw StoreError(
            .usage, "there is no column '\(word)'", hint: "The columns are \(all.joined(separator: ", ")).")
    }
}

extension ColumnDefinition {
    /// The value that a person's word stands for beside this column.
    package func value(_ word: String, now: Timestamp) throws(StoreError) -> StoreValue {
        switch content {
        case .text, .json: return .text(word)
        case .identity, .whole, .real:
            guard let number = Double(word), number.isFinite else {
                throw StoreError(.usage, "'\(word)' is not a number, as '\(name)' is")
            }
            return .real(number)
        case .time:
            do {
                return .time(try Timestamp(expression: word, now: now))
            } catch {
                throw StoreError(.usage, error.message)
            }
        }
    }
}
