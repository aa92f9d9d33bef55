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
    package enum Dimension: String, CaseIterable, Sendable {
        case borehole, instrument, day
    }

    /// The length of a bucket of time.
    package var bucketSeconds: Int64?
    package var dimensions: [Dimension]

    package init(bucketSeconds: Int64? = nil, dimensions: [Dimension] = [.borehole, .instrument]) {
        self.bucketSeconds = bucketSeconds
        self.dimensions = dimensions
    }
}

/// Columns of a view under the names by which people ask for them.
package enum QueryColumn {
    /// The columns that a table for people shows.
    package static let short = ["ts", "boreholenumber", "instrument", "reading", "units", "min", "max", "count"]
    package static let all = ViewShape.results.columns.map(\.name)

    private static let aliases = [
        "borehole": "boreholenumber", "borehole_number": "boreholenumber", "surface_level": "surfacelevel",
        "timestamp": "ts", "time": "ts", "unit": "units", "value": "reading", "mean": "reading",
    ]

    package static func named(_ word: String) throws(StoreError) -> ColumnDefinition {
        let columns = ViewShape.results.columns
        let name = aliases[word] ?? word
        guard let column = columns.first(where: { $0.name == name }) else {
            throw StoreError(
                .usage, "there is no column '\(word)'",
                hint: "The columns are \(columns.map(\.name).joined(separator: ", ")).")
        }
        return column
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
