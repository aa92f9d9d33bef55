package import KappaStores

extension SQLiteStore {
    package func execute(_ statement: SQLStatement) throws(StoreError) -> Int {
        try connection.execute(statement.sql, statement.parameters)
    }

    package func values(_ statement: SQLStatement) throws(StoreError) -> [[String?]] {
        let prepared = try connection.prepare(statement.sql, statement.parameters)
        var rows: [[String?]] = []
        while try prepared.step() { rows.append((0..<prepared.columnCount).map { prepared.text($0) }) }
        return rows
    }

    // MARK: What is there

    package func relation(_ schema: String?, _ name: String) throws(StoreError) -> SQLRelation? {
        guard schema == nil else {
            throw StoreError(.usage, "'\(schema ?? "").\(name)' names a schema, and SQLite has none")
        }
        let found = try values("SELECT type FROM sqlite_master WHERE name = ?1 AND type <> 'trigger'", [.text(name)])
        guard let kind = found.first?[0] else { return nil }
        return kind == "table" ? .table : kind == "view" ? .view : .other
    }

    package func columnTypes(of target: ViewTarget) throws(StoreError) -> [String: String] {
        let found = try values("SELECT name, type FROM pragma_table_info(?1)", [.text(target.tableName)])
        return Dictionary(found.map { ($0[0] ?? "", $0[1] ?? "") }) { $1 }
    }

    package func hasIndex(_ name: String, of target: ViewTarget) throws(StoreError) -> Bool {
        try relation(nil, name) != nil
    }

    package func rowEstimate(_ target: ViewTarget) throws(StoreError) -> Int64? {
        try values("SELECT count(*) FROM \(target.quotedTable)").first?[0].flatMap { Int64($0) }
    }
}
