package import KappaCore

/// Writes the SQL of a query. Whatever a person typed becomes a bound parameter; the text is made of our own words.
package struct QueryText {
    let view: String
    let dialect: any SQLDialect
    let columns: QueryColumns
    private var parameters: [StoreValue] = []

    package init(_ view: ViewName, _ dialect: any SQLDialect, _ schema: ResultSchema = .standard) {
        self.view = view.quoted
        self.dialect = dialect
        columns = QueryColumns(schema)
    }

    func statement(_ sql: String) -> SQLStatement { SQLStatement(sql: sql, parameters: parameters) }

    mutating func bind(_ value: StoreValue) -> String {
        parameters.append(value)
        return dialect.mark(parameters.count)
    }

    // MARK: Rows

    package mutating func rows(_ query: ViewQuery, columns: [String]) throws(StoreError) -> SQLStatement {
        let names = try list(columns)
        if query.latestOnly { return try latest(query, names) }
        let filter = try filter(query)
        let order = query.isUnordered && query.limit == nil ? "" : " ORDER BY \(order(query))"
        var sql = "SELECT \(names) FROM \(view)\(filter)\(order)"
        if let limit = query.limit { sql += " LIMIT \(bind(.integer(Int64(limit))))" }
        return statement(sql)
    }

    func list(_ words: [String]) throws(StoreError) -> String {
        var names: [String] = []
        for word in words { names.append(try columns.named(word).name) }
        return names.quotedList
    }

    /// The newest first, or the oldest; rows of one time in the order of their keys.
    func order(_ query: ViewQuery) -> String {
        let direction = query.oldestFirst ? "ASC" : "DESC"
        let keys = columns.keys.map { ", \"\($0)\"" }.joined()
        return "\"\(columns.time ?? "id")\" \(direction)\(columns.time == nil ? "" : keys)"
    }

    package mutating func count(_ query: ViewQuery) throws(StoreError) -> SQLStatement {
        let filter = try filter(query)
        return statement("SELECT count(*) AS count FROM \(view)\(filter)")
    }

    /// All windows, key by key in the order of time.
    package mutating func windows(_ query: ViewQuery) throws(StoreError) -> SQLStatement {
        guard columns.has("window_start"), columns.has("window_end"), !columns.keys.isEmpty else {
            throw StoreError(.usage, "these rows are not windows, so none can be missing")
        }
        let filter = try filter(query)
        let keys = columns.keys.quotedList
        return statement(
            "SELECT \(keys), window_start, window_end FROM \(view)\(filter) ORDER BY \(keys), window_start")
    }

    package func totals() -> SQLStatement {
        let readings = columns.has("count") ? "coalesce(sum(\"count\"), 0)" : "count(*)"
        return SQLStatement(
            sql: """
                SELECT count(*) AS row_count, \(readings) AS readings, coalesce(max(id), 0) AS place FROM \(view)
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
        let names = try list(columns)
        let condition = "id > \(bind(.integer(id)))"
        let filter = try filter(query, and: condition)
        return statement("SELECT id, \(names) FROM \(view)\(filter) ORDER BY id")
    }

    // MARK: Aggregates

    package mutating func aggregate(
        _ query: ViewQuery, _ grouping: Grouping, _ aggregates: [Aggregate]
    ) throws(StoreError) -> SQLStatement {
        let keys = try keys(grouping)
        let filter = try filter(query)
        var values: [String] = []
        for aggregate in aggregates { values.append("\(try sql(aggregate, query)) AS \"\(aggregate.rawValue)\"") }
        let units = columns.units.map { "max(\"\($0)\")" } ?? "NULL"
        let list = keys.map { "\($0.sql) AS \"\($0.name)\"" } + values + ["\(units) AS units"]
        let places = keys.indices.map { String($0 + 1) }.joined(separator: ", ")
        var sql = "SELECT \(list.joined(separator: ", ")) FROM \(view)\(filter)"
        if !keys.isEmpty {
            let direction = grouping.bucketSeconds != nil && !query.oldestFirst ? " DESC" : ""
            let order = "1\(direction)" + keys.indices.dropFirst().map { ", \($0 + 1)" }.joined()
            sql += " GROUP BY \(places) ORDER BY \(order)"
        }
        if let limit = query.limit { sql += " LIMIT \(bind(.integer(Int64(limit))))" }
        return statement(sql)
    }

    private func keys(_ grouping: Grouping) throws(StoreError) -> [(sql: String, name: String)] {
        var keys: [(sql: String, name: String)] = []
        if let seconds = grouping.bucketSeconds { keys.append((try bucket(seconds), "bucket")) }
        for dimension in grouping.dimensions ?? columns.keys.map({ .field($0) }) {
            switch dimension {
            case .day: keys.append((try bucket(86_400), "day"))
            case .field(let word):
                let name = try columns.named(word).name
                keys.append(("\"\(name)\"", name))
            }
        }
        return keys
    }

    private func bucket(_ seconds: Int64) throws(StoreError) -> String {
        guard let time = columns.time else {
            throw StoreError(.usage, "these rows have no time, so they cannot be put into buckets")
        }
        return dialect.bucket(of: "\"\(time)\"", seconds: seconds)
    }

    /// Of the value that the windows are about, from their own sums and counts, so that a mean of windows is the mean
    /// of their readings; of any other number as it stands in the rows.
    private func sql(_ aggregate: Aggregate, _ query: ViewQuery) throws(StoreError) -> String {
        if aggregate == .rows { return "count(*)" }
        guard let word = query.value ?? columns.value else {
            throw StoreError(.usage, "these rows have no value of their own", hint: "Name a column with --value.")
        }
        let column = try columns.named(word)
        guard column.content == .real || column.content == .whole else {
            throw StoreError(.usage, "'\(word)' is not a number, so there is no \(aggregate.rawValue) of it")
        }
        let (isOwn, value) = (column.name == columns.value, column.quoted)
        func own(_ name: String) -> String { isOwn && columns.has(name) ? "coalesce(\"\(name)\", \(value))" : value }
        let count = columns.has("count") ? #"sum("count")"# : "count(*)"
        let weighted = columns.has("count") ? "\(value) * \"count\"" : value
        let sum = columns.has("sum") ? "sum(coalesce(\"sum\", \(weighted)))" : "sum(\(weighted))"
        return switch aggregate {
        case .mean: isOwn ? "\(sum) / \(count)" : "avg(\(value))"
        case .min: "min(\(own("min")))"
        case .max: "max(\(own("max")))"
        case .sum: isOwn ? sum : "sum(\(value))"
        case .count: count
        case .rows: "count(*)"
        }
    }

    // MARK: Conditions

    mutating func filter(_ query: ViewQuery, and condition: String? = nil) throws(StoreError) -> String {
        var conditions = condition.map { [$0] } ?? []
        for (words, column) in [(query.instruments, "instrument"), (query.boreholes, "boreholenumber")]
        where !words.isEmpty {
            guard columns.has(column) else {
                throw StoreError(
                    .usage, "these rows have no column '\(column)'",
                    hint: "--where tests any of \(columns.all.joined(separator: ", ")).")
            }
            if let names = names(words, column) { conditions.append(names) }
        }
        if query.since != nil || query.until != nil {
            guard let time = columns.time else { throw StoreError(.usage, "these rows have no time") }
            if let since = query.since { conditions.append("\"\(time)\" >= \(bind(.time(since)))") }
            if let until = query.until { conditions.append("\"\(time)\" < \(bind(.time(until)))") }
        }
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
        let column = try columns.named(predicate.path.description)
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
