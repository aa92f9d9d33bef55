import KappaCore

/// What a name in a store's catalogue stands for.
package enum SQLRelation: Sendable, Equatable {
    case table, view, other
}

/// A store that is asked in SQL: it answers every question by the same few statements.
package protocol SQLStore: ViewStore {
    var dialect: any SQLDialect { get }

    /// Answers a statement that only reads.
    func read(_ statement: SQLStatement) throws(StoreError) -> any RowCursor

    /// Runs one statement; returns how many rows it met.
    func execute(_ statement: SQLStatement) throws(StoreError) -> Int
    /// A small answer, as texts.
    func values(_ statement: SQLStatement) throws(StoreError) -> [[String?]]
    /// Runs `body` between BEGIN and COMMIT; whatever it throws undoes it all.
    func transaction<Answer>(_ body: () throws(StoreError) -> Answer) throws(StoreError) -> Answer
    /// Keeps other migrations out until the transaction ends, however many sinks start together.
    func lockSchema() throws(StoreError)

    /// What bears this name; nil where nothing does.
    func relation(_ schema: String?, _ name: String) throws(StoreError) -> SQLRelation?
    func columnTypes(of target: ViewTarget) throws(StoreError) -> [String: String]
    func hasIndex(_ name: String, of target: ViewTarget) throws(StoreError) -> Bool
    func rowEstimate(_ target: ViewTarget) throws(StoreError) -> Int64?
    /// The statements that let the stable name show a table.
    func createView(_ target: ViewTarget) throws(StoreError) -> [String]

    /// What a statement of ours failed of: the view may be missing, or be another one than of results.
    func explain(_ error: StoreError, asked view: ViewName) -> StoreError

    /// Below the greatest id there may be ids of transactions that are still open: so many are looked at again.
    var idsInDoubt: Int64 { get }
    /// The oldest transaction that is still open, and the first that is yet to begin; nil where rows appear in the
    /// order of their ids.
    func openTransactions() throws(StoreError) -> (oldest: Int64, next: Int64)?
}

extension SQLStore {
    package var idsInDoubt: Int64 { 0 }
    package func lockSchema() throws(StoreError) {}
    package func createView(_ target: ViewTarget) throws(StoreError) -> [String] {
        SchemaText(target, dialect).createView
    }
    package func openTransactions() throws(StoreError) -> (oldest: Int64, next: Int64)? { nil }

    package func answer(_ question: ViewQuestion, of view: ViewName) throws(StoreError) -> any RowCursor {
        if case .own(let words) = question { return try read(SQLStatement(sql: words)) }
        let statement = try statement(question, of: view)
        return try ask(statement, view)
    }

    private func statement(_ question: ViewQuestion, of view: ViewName) throws(StoreError) -> SQLStatement {
        var text = QueryText(view, dialect, try schema(of: view) ?? .standard)
        switch question {
        case .rows(let query, let columns): return try rows(query, columns, of: view, text)
        case .count(let query): return try text.count(query)
        case .windows(let query): return try text.windows(query)
        case .buckets(let query, let grouping, let aggregates):
            return try text.aggregate(query, grouping, aggregates)
        case .totals: return text.totals()
        case .own(let words): return SQLStatement(sql: words)
        }
    }

    /// Few rows of some names are looked for among the newest of all, then by the view's keys; a scan of all rows for
    /// a name that fell silent long ago would take as long as the view is old.
    private func rows(
        _ query: ViewQuery, _ columns: [String], of view: ViewName, _ text: QueryText
    ) throws(StoreError) -> SQLStatement {
        var text = text
        guard query.isForFew, text.hasUsualKeys else {
            return try text.rows(query, columns: columns)
        }
        guard !query.namesKeys else { return try text.byKey(query, columns: columns) }
        var counting = text
        let found = try number(try counting.recentCount(query), view)
        return found == query.limit.map { Int64($0) }
            ? try text.recent(query, columns: columns) : try text.byKey(query, columns: columns)
    }

    func ask(_ statement: SQLStatement, _ view: ViewName) throws(StoreError) -> any RowCursor {
        do {
            return try read(statement)
        } catch {
            throw explain(error, asked: view)
        }
    }

    /// The one number that a statement answers.
    func number(_ statement: SQLStatement, _ view: ViewName) throws(StoreError) -> Int64? {
        let cursor = try ask(statement, view)
        let row = try cursor.next()
        // The cell's bytes are the cursor's.
        return withExtendedLifetime(cursor) { row?.first?.integer }
    }

    package func follow(
        _ query: ViewQuery, columns: [String], of view: ViewName, after place: FollowPlace?
    ) throws(StoreError) -> any RowFollower {
        try IdentityFollower(self, query, columns, view, after: place)
    }
}
