package import KappaStores

extension PostgresStore {
    package func execute(_ statement: SQLStatement) throws(StoreError) -> Int {
        try connection.execute(statement.sql, statement.parameters).affectedRows
    }

    package func values(_ statement: SQLStatement) throws(StoreError) -> [[String?]] {
        let found = try connection.execute(statement.sql, statement.parameters)
        return (0..<found.rowCount).map { row in (0..<found.columnCount).map { found.text(row, $0) } }
    }

    /// "kappa" in ASCII: one migration at a time in a database.
    package func lockSchema() throws(StoreError) {
        _ = try connection.execute("SELECT pg_advisory_xact_lock(461212086369)")
    }

    // MARK: What is there

    /// By the letters of pg_class: r a table, v a view.
    package func relation(_ schema: String?, _ name: String) throws(StoreError) -> SQLRelation? {
        let quoted = (schema.map { "\"\($0)\"." } ?? "") + "\"\(name)\""
        let row = try connection.execute(
            "SELECT relkind FROM pg_class WHERE oid = to_regclass($1)", [.text(quoted)])
        guard row.rowCount == 1 else { return nil }
        switch row.text(0, 0) {
        case "r": return .table
        case "v": return .view
        default: return .other
        }
    }

    package func columnTypes(of target: ViewTarget) throws(StoreError) -> [String: String] {
        Dictionary(try columns(of: target.quotedTable).map { ($0.name, $0.type) }) { $1 }
    }

    private func columns(of quotedName: String) throws(StoreError) -> [(name: String, type: String)] {
        let found = try connection.execute(
            """
            SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute \
            WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
            """, [.text(quotedName)])
        return (0..<found.rowCount).map { (found.text($0, 0) ?? "", found.text($0, 1) ?? "") }
    }

    package func hasIndex(_ name: String, of target: ViewTarget) throws(StoreError) -> Bool {
        try relation(target.view.schema, name) != nil
    }

    /// A view in place can only get more columns at its end; in this way it keeps the rights that were given on it.
    /// What the table it shows now lacks of the columns it had is null.
    package func createView(_ target: ViewTarget) throws(StoreError) -> [String] {
        let own = target.columns.map(\.name)
        let shown = try columns(of: target.view.quoted)
        let kept = shown.map { own.contains($0.name) ? "\"\($0.name)\"" : "NULL::\($0.type) AS \"\($0.name)\"" }
        let more = own.filter { name in !shown.contains { $0.name == name } }.map { "\"\($0)\"" }
        let list = (kept + more).joined(separator: ", ")
        return dialect.replaceView(target.view.quoted, "SELECT \(list) FROM \(target.quotedTable)")
    }

    /// The planner's estimate, but a count where the table is small or was never looked at.
    package func rowEstimate(_ target: ViewTarget) throws(StoreError) -> Int64? {
        let row = try connection.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass($1)", [.text(target.quotedTable)])
        if let estimate = row.integer(0, 0), estimate > 100_000 { return estimate }
        return try connection.execute("SELECT count(*) FROM \(target.quotedTable)").integer(0, 0)
    }
}
