package import KappaCore

/// Writes the SQL of a query. Whatever a person typed becomes a bound parameter; the text is made of our own words.
package struct QueryText {
    let view: String
    let dialect: Dialect
    private let now: Timestamp
    private var parameters: [StoreValue] = []

    package init(_ view: ViewName, _ dialect: Dialect, now: Timestamp) {
        self.view = view.quoted
        self.dialect = dialect
        self.now = now
    }

    func statement(_ sql: String) -> ReadStatement { ReadStatement(sql: sql, parameters: parameters) }

    mutating func bind(_ value: StoreValue) -> String {
        parameters.append(value)
        return dialect == .postgres ? "$\(parameters.count)" : "?\(parameters.count)"
    }

    // MARK: Rows

    /// The columns that a table for people shows.
    package static let shortColumns = [
        "ts", "boreholenumber", "instrument", "reading", "units", "min", "max", "count",
    ]

    package static let allColumns = ViewShape.results.columns.map(\.name)

    package mutating func rows(_ query: ViewQuery, columns: [String]) throws(StoreError) -> ReadStatement {
        let names = columns.quotedList
        if query.latestOnly { return try latest(query, names) }
        let filter = try filter(query)
        let direction = query.oldestFirst ? "ASC" : "DESC"
        var sql = "SELECT \(names) FROM \(view)\(filter) ORDER BY ts \(direction), boreholenumber, instrument"
        if let limit = query.limit { sql += " LIMIT \(bind(.integer(Int64(limit))))" }
        return statement(sql)
    }

    package mutating func count(_ query: ViewQuery) throws(StoreError) -> ReadStatement {
        let filter = try filter(query)
        return statement("SELECT count(*) AS count FROM \(view)\(filter)")
    }

    /// All windows, key by key in the order of time.
    package mutating func windows(_ query: ViewQuery) throws(StoreError) -> ReadStatement {
        let filter = try filter(query)
        return statement(
            """
            SELECT boreholenumber, instrument, window_start, window_end FROM \(view)\(filter) \
            ORDER BY boreholenumber, instrument, window_start
            """)
    }

    /// Rows that came after these positions, in the order of their partitions.
    package mutating func following(_ query: ViewQuery, columns: [String], id: Int64) throws(StoreError)
        -> ReadStatement
    {
        let condition = "id > \(bind(.integer(id)))"
        let filter = try filter(query, and: condition)
        return statement("SELECT id, \(columns.quotedList) FROM \(view)\(filter) ORDER BY id")
    }

    // MARK: Aggregates

    package mutating func aggregate(
        _ query: ViewQuery, _ grouping: Grouping, _ aggregates: [Aggregate]
    ) throws(StoreError) -> ReadStatement {
        var keys: [(sql: String, name: String)] = []
        if let seconds = grouping.bucketSeconds { keys.append((bucket(seconds), "bucket")) }
        for dimension in grouping.dimensions {
            switch dimension {
            case .borehole: keys.append(("boreholenumber", "boreholenumber"))
            case .instrument: keys.append(("instrument", "instrument"))
            case .day: keys.append((bucket(86_400), "day"))
            }
        }
        let filter = try filter(query)
        let values = aggregates.map { "\(QueryText.sql($0)) AS \"\($0.rawValue)\"" }
        let columns = keys.map { "\($0.sql) AS \"\($0.name)\"" } + values + ["max(units) AS units"]
        let places = keys.indices.map { String($0 + 1) }.joined(separator: ", ")
        var sql = "SELECT \(columns.joined(separator: ", ")) FROM \(view)\(filter)"
        if !keys.isEmpty {
            let direction = grouping.bucketSeconds != nil && !query.oldestFirst ? " DESC" : ""
            let order = "1\(direction)" + keys.indices.dropFirst().map { ", \($0 + 1)" }.joined()
            sql += " GROUP BY \(places) ORDER BY \(order)"
        }
        if let limit = query.limit { sql += " LIMIT \(bind(.integer(Int64(limit))))" }
        return statement(sql)
    }

    /// From the windows' own sums and counts, so that a mean of windows is the mean of their readings.
    private static func sql(_ aggregate: Aggregate) -> String {
        let sum = #"sum(coalesce("sum", reading * "count"))"#
        return switch aggregate {
        case .mean: "\(sum) / sum(\"count\")"
        case .min: #"min(coalesce("min", reading))"#
        case .max: #"max(coalesce("max", reading))"#
        case .sum: sum
        case .count: #"sum("count")"#
        case .rows: "count(*)"
        }
    }

    /// The start of the bucket that holds `ts`.
    private mutating func bucket(_ seconds: Int64) -> String {
        switch dialect {
        case .postgres: return "to_timestamp(floor(extract(epoch FROM ts) / \(seconds)) * \(seconds))"
        case .sqlite:
            let epoch = "CAST(strftime('%s', ts) AS INTEGER)"
            // SQLite's % takes the sign of its left side; times before 1970 need the floor.
            let start = "\(epoch) - ((\(epoch) % \(seconds)) + \(seconds)) % \(seconds)"
            return "strftime('%Y-%m-%dT%H:%M:%S.000Z', \(start), 'unixepoch')"
        }
    }

    // MARK: Conditions

    mutating func filter(_ query: ViewQuery, and condition: String? = nil) throws(StoreError) -> String {
        var conditions = condition.map { [$0] } ?? []
        if let names = names(query.instruments, "instrument") { conditions.append(names) }
        if let names = names(query.boreholes, "boreholenumber") { conditions.append(names) }
        if let since = query.since { conditions.append("ts >= \(bind(.time(since)))") }
        if let until = query.until { conditions.append("ts < \(bind(.time(until)))") }
        for predicate in query.predicates { conditions.append(try self.condition(predicate)) }
        return conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
    }

    mutating func names(_ names: [String], _ column: String) -> String? {
        guard !names.isEmpty else { return nil }
        var choices: [String] = []
        for name in names {
            if name.isPattern {
                let place = bind(.text(dialect == .postgres ? name.likePattern : name.globPattern))
                choices.append(dialect == .postgres ? "\(column) LIKE \(place) ESCAPE '\\'" : "\(column) GLOB \(place)")
            } else {
                choices.append("\(column) = \(bind(.text(name)))")
            }
        }
        return "(\(choices.joined(separator: " OR ")))"
    }

    private mutating func condition(_ predicate: FieldPredicate) throws(StoreError) -> String {
        let column = try QueryColumn.named(predicate.path.description)
        let comparison = predicate.comparison
        if predicate.operand == "null", comparison == .equal || comparison == .notEqual {
            return "\(column.quoted) IS \(comparison == .equal ? "" : "NOT ")NULL"
        }
        if comparison == .contains {
            let place = bind(.text(predicate.operand))
            let text = "CAST(\(column.quoted) AS text)"
            return dialect == .postgres ? "strpos(\(text), \(place)) > 0" : "instr(\(text), \(place)) > 0"
        }
        let sign = comparison == .notEqual ? "<>" : comparison.rawValue
        let (value, cast) = try operand(predicate, column)
        return "\(column.quoted) \(sign) \(bind(value))\(dialect == .postgres ? cast : "")"
    }

    private func operand(
        _ predicate: FieldPredicate, _ column: ColumnDefinition
    ) throws(StoreError) -> (StoreValue, cast: String) {
        let word = predicate.operand
        switch column.content {
        case .text, .json: return (.text(word), "::text")
        case .identity, .whole, .real:
            guard let number = Double(word), number.isFinite else {
                throw StoreError(.usage, "'\(word)' is not a number, as '\(column.name)' is")
            }
            return (.real(number), "::double precision")
        case .time:
            do {
                return (.time(try Timestamp(expression: word, now: now)), "::timestamptz")
            } catch {
                throw StoreError(.usage, error.message)
            }
        }
    }
}

extension String {
    var isPattern: Bool { contains("*") || contains("?") }

    /// A glob as LIKE has it: `*` is %, `?` is _, and those two themselves are escaped.
    fileprivate var likePattern: String {
        reduce(into: "") { pattern, character in
            switch character {
            case "*": pattern.append("%")
            case "?": pattern.append("_")
            case "%", "_", "\\": pattern.append("\\\(character)")
            default: pattern.append(character)
            }
        }
    }

    /// A glob as SQLite has it, whose brackets mean nothing here.
    fileprivate var globPattern: String {
        reduce(into: "") { pattern, character in
            if character == "[" { pattern.append("[[]") } else { pattern.append(character) }
        }
    }
}
