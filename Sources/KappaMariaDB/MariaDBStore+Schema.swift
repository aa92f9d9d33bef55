package import KappaStores

extension MariaDBStore {
    package func relation(_ schema: String?, _ name: String) throws(StoreError) -> SQLRelation? {
        let found = try connection.values(
            """
            SELECT table_type FROM information_schema.tables \
            WHERE table_schema = coalesce(?, database()) AND table_name = ?
            """, [schema.map { .text($0) } ?? .null, .text(name)])
        switch found.first?[0] {
        case nil: return nil
        case "BASE TABLE": return .table
        case "VIEW": return .view
        default: return .other
        }
    }

    /// MariaDB tells a width that says nothing: bigint(20).
    package func columnTypes(of target: ViewTarget) throws(StoreError) -> [String: String] {
        let found = try connection.values(
            """
            SELECT column_name, column_type FROM information_schema.columns \
            WHERE table_schema = coalesce(?, database()) AND table_name = ?
            """, [target.view.schema.map { .text($0) } ?? .null, .text(target.tableName)])
        return Dictionary(
            found.map { row in
                let type = row[1] ?? ""
                return (row[0] ?? "", type.hasPrefix("bigint") ? "bigint" : type)
            }
        ) { $1 }
    }

    package func hasIndex(_ name: String, of target: ViewTarget) throws(StoreError) -> Bool {
        try !connection.values(
            """
            SELECT 1 FROM information_schema.statistics \
            WHERE table_schema = coalesce(?, database()) AND table_name = ? AND index_name = ? LIMIT 1
            """, [target.view.schema.map { .text($0) } ?? .null, .text(target.tableName), .text(name)]
        ).isEmpty
    }

    /// InnoDB's own estimate, but a count where the table is small.
    package func rowEstimate(_ target: ViewTarget) throws(StoreError) -> Int64? {
        let found = try connection.values(
            """
            SELECT table_rows FROM information_schema.tables \
            WHERE table_schema = coalesce(?, database()) AND table_name = ?
            """, [target.view.schema.map { .text($0) } ?? .null, .text(target.tableName)])
        if let text = found.first?[0], let estimate = Int64(text), estimate > 100_000 { return estimate }
        return try connection.values("SELECT count(*) FROM \(target.quotedTable)", []).first?[0].flatMap { Int64($0) }
    }

    /// What the table it shows now lacks of the columns a view had is null, so that who reads it goes on.
    package func createView(_ target: ViewTarget) throws(StoreError) -> [String] {
        let own = target.columns.map(\.name)
        let shown = try connection.values(
            """
            SELECT column_name FROM information_schema.columns WHERE table_schema = coalesce(?, database()) \
            AND table_name = ? ORDER BY ordinal_position
            """, [target.view.schema.map { .text($0) } ?? .null, .text(target.view.name)]
        ).compactMap { $0[0] }
        let kept = shown.map { own.contains($0) ? "\"\($0)\"" : "NULL AS \"\($0)\"" }
        let more = own.filter { !shown.contains($0) }.map { "\"\($0)\"" }
        let list = (kept + more).joined(separator: ", ")
        return dialect.replaceView(target.view.quoted, "SELECT \(list) FROM \(target.quotedTable)")
    }
}
