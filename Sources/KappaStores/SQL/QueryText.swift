import KappaCore

/// Writes the SQL of a query. Whatever a person typed becomes a bound parameter; the text is made of our own words.
package struct QueryText {
    let view: String
    let dialect: any SQLDialect
    private var parameters: [StoreValue] = []

    package init(_ view: ViewName, _ dialect: any SQLDialect) {
        self.view = view.quoted
        self.dialect = dialect
    }

    func statement(_ sql: String) -> SQLStatement { SQLStatement(sql: sql, parameters: parameters) }

    mutating func bind(_ value: StoreValue) -> String {
        parameters.append(value)
        return dialect.mark(parameters.count)
    }

    // MARK: Rows

    package mutating func rows(_ query: ViewQuery, columns: [String]) throws(StoreError) -> SQLStatement {
        let names = columns.quotedList
        if query.latestOnly { return try latest(query, names) }
        let filter = try filter(query)
        let direction = query.oldestFirst ? "ASC" : "DESC"
        var sql = "SELECT \(names) FROM \(view)\(filter) ORDER BY ts \(direction), boreholenumber, instrument"
        if let limit = query.limit { sql += " LIMIT \(bind(.integer(Int64(limit))))" }
        return statement(sql)
    }

    package mutating func count(_ query: ViewQuery) throws(StoreError) -> SQLStatement {
        let filter = try filter(query)
        return statement("SELECT count(*) AS count FROM \(view)\(filter)")
    }

    /// All windows, key by key in the order of time.
    package mutating func windows(_ query: ViewQuery) throws(StoreError) -> SQLStatement {
        let filter = try filter(query)
        return statement(
            """
            SELECT boreholenumber, instrument, window_start, window_end FROM \(view)\(filter) \
            ORDER BY boreholenumber, instrument, window_start
            """)
    }

    package func totals() -> SQLStatement {
        SQLStatement(
            sql: """
                SELECT count(*) AS "rows", coalesce(sum("count"), 0) AS readings, coalesce(max(id), 0) AS place \
                FROM \(view)
                """)
    }

    var greatestID: SQLStatement { SQLStatement(sql: "SELECT coalesce(max(id), 0) AS id FROM \(view)") }

    mutating func ids(after id: Int64) -> SQLStatement {
        let place = bind(.integer(id))
        return statement("SELECT id FROM \(view) WHERE id > \(place)")
    }

    /// Rows that got a greater number on arrival, in the order of their numbers.
    package mutating func following(_ query: ViewQuery, columns: [String], id: Int64) throws(StoreError)
        -> SQLStatement
    {
        let condition = "id > \(bind(.integer(id)))"
        let filter = try filter(query, and: condition)
        return statement("SELECT id, \(columns.quotedList) FROM \(view)\(filter) ORDER BY id")
    }

    // MARK: Aggregates

    package mutating func aggregate(
        _ query: ViewQuery, _ grouping: Grouping, _ aggregates: [Aggregate]
    ) throws(StoreError) -> SQLStatement {
        var keys: [(sql: String, name: String)] = []
        if let seconds = grouping.bucketSeconds { keys.append((dialect.bucket(of: "ts", seconds: seconds), "bucket")) }
        for dimension in grouping.dimensions {
            switch dimension {
            case .borehole: keys.append(("boreholenumber", "boreholenumber"))
            case .instrument: keys.append(("instrument", "instrument"))
            case .day: keys.append((dialect.bucket(of: "ts", seconds: 86_400), "day"))
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

    // MARK: Conditions

    mutating func filter(_ query: ViewQuery, and condition: String? = nil) throws(StoreError) -> String {
        var conditions = condition.map { [$0] } ?? []
        if let names = names(query.instruments, "instrument") { conditions.append(names) }
        if let names = names(query.boreholes, "boreholenumber") { conditions.append(names) }
        if let since = query.since { conditions.append("ts >= \(bind(.time(since)))") }
        if let until = query.until { conditions.append("ts < \(bind(.time(until)))") }
        for predicate in query.predicates { conditions.append(try self.condition(predicate, now: query.now)) }
        return conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
    }

    mutating func names(_ names: [String], _ column: String) -> String? {
        guard !names.isEmpty else { return nil }
        var choices: [String] = []
        for name in names {
            if name.isPattern {
                choices.append(dialect.matches(column, name) { bind(.text($0)) })
            } else {
                choices.append("\(column) = \(bind(.text(name)))")
            }
        }
        return "(\(choices.joined(separator: " OR ")))"
    }

    private mutating func condition(_ predicate: FieldPredicate, now: Timestamp) throws(StoreError) -> String {
        let column = try QueryColumn.named(predicate.path.description)
        let comparison = predicate.comparison
        if predicate.operand == "null", comparison == .equal || comparison == .notEqual {
            return "\(column.quoted) IS \(comparison == .equal ? "" : "NOT ")NULL"
        }
        if comparison == .contains { return dialect.contains(column.quoted, bind(.text(predicate.operand))) }
        let sign = comparison == .notEqual ? "<>" : comparison.rawValue
        let place = bind(try column.value(predicate.operand, now: now))
        return "\(column.quoted) \(sign) \(dialect.cast(place, to: column.content))"
    }
}

extension String {
    var isPattern: Bool { contains("*") || contains("?") }
}
