package import KappaCore

/// The conditions of a query, each of one column, for stores that have no language of their own. All must hold; a
/// column that is null passes none but the test for null.
package struct ScanFilter: Sendable {
    package enum Condition: Sendable {
        /// One of these names, or what a glob with * and ? matches.
        case names([String])
        case compare(FieldPredicate.Comparison, StoreValue)
        case contains(String)
        case isNull(Bool)
        /// No value passes: a whole number is never 2.5.
        case never
    }

    package var conditions: [(column: ColumnDefinition, condition: Condition)] = []

    package init(_ query: ViewQuery, _ columns: QueryColumns) throws(StoreError) {
        for (words, name) in [(query.instruments, "instrument"), (query.boreholes, "boreholenumber")]
        where !words.isEmpty {
            guard let column = columns.definitions.first(where: { $0.name == name }) else {
                throw StoreError(
                    .usage, "these rows have no column '\(name)'",
                    hint: "--where tests any of \(columns.all.joined(separator: ", ")).")
            }
            conditions.append((column, .names(words)))
        }
        if query.since != nil || query.until != nil {
            guard let name = columns.time else { throw StoreError(.usage, "these rows have no time") }
            let time = try columns.column(name)
            if let since = query.since { conditions.append((time, .compare(.atLeast, .time(since)))) }
            if let until = query.until { conditions.append((time, .compare(.less, .time(until)))) }
        }
        for predicate in query.predicates { try add(predicate, columns, query.now) }
    }

    private mutating func add(
        _ predicate: FieldPredicate, _ columns: QueryColumns, _ now: Timestamp
    ) throws(StoreError) {
        let column = try columns.named(predicate.path.description)
        let comparison = predicate.comparison
        if predicate.operand == "null", comparison == .equal || comparison == .notEqual {
            return conditions.append((column, .isNull(comparison == .equal)))
        }
        guard comparison != .contains else { return conditions.append((column, .contains(predicate.operand))) }
        let value = try column.value(predicate.operand, now: now)
        if case .real(let number) = value, column.content == .whole || column.content == .identity,
            Int64(exactly: number) == nil, comparison == .equal || comparison == .notEqual
        {
            return conditions.append((column, comparison == .equal ? .never : .isNull(false)))
        }
        conditions.append((column, .compare(comparison, value)))
    }
}

/// The rows that a question needs, and the columns of them.
package struct ScanRequest {
    package var filter: ScanFilter
    package var columns: [ColumnDefinition]
    /// Empty where the order is of no account.
    package var order: [(column: ColumnDefinition, isDescending: Bool)]
    package var limit: Int?

    package init(
        _ filter: ScanFilter, _ columns: [ColumnDefinition],
        order: [(column: ColumnDefinition, isDescending: Bool)] = [], limit: Int? = nil
    ) {
        self.filter = filter
        self.columns = columns
        self.order = order
        self.limit = limit
    }
}
