package import KappaStores

extension PostgresStore {
    package func migrate(_ target: ViewTarget) throws(StoreError) -> [String] {
        // The usual case: a sink starts and all is there. It takes no lock.
        guard try status(of: target).state != .current else { return [] }
        return try transaction { () throws(StoreError) in
            // "kappa" in ASCII: one migration at a time in a database, however many sinks start together.
            _ = try connection.execute("SELECT pg_advisory_xact_lock(461212086369)")
            return try migrateLocked(target)
        }
    }

    private func migrateLocked(_ target: ViewTarget) throws(StoreError) -> [String] {
        let text = SchemaText(target, dialect)
        var done: [String] = []
        switch try status(of: target).state {
        case .current: return []
        case .foreign(let reason): throw foreign(reason)
        case .missing:
            done.append("created table \(target.tableName)")
            try run([text.createTable])
        case .older(let missing):
            let columns = target.shape.columns.filter { missing.contains("column \($0.name)") }
            try run(columns.map(text.addColumn))
            done += missing.map { "added \($0)" }
        }
        try run(text.createOwnTables + text.createIndexes.map(\.sql) + text.comments)
        try point(target, text, onlyIfNew: true)
        return done
    }

    private func foreign(_ reason: String) -> StoreError {
        StoreError(.schema, "\(name): \(reason)", hint: "Name another table with --table.")
    }

    private func run(_ statements: [String]) throws(StoreError) {
        for statement in statements { _ = try connection.execute(statement) }
    }

    /// Lets the stable name show `target`, and writes down that it does.
    private func point(_ target: ViewTarget, _ text: SchemaText, onlyIfNew: Bool) throws(StoreError) {
        let conflict =
            onlyIfNew
            ? "DO UPDATE SET version = excluded.version WHERE shown.generation = excluded.generation"
            : "DO UPDATE SET generation = excluded.generation, version = excluded.version, changed_at = now()"
        let pointed = try connection.execute(
            """
            INSERT INTO \(text.own("kappa_view")) AS shown VALUES ($1, $2, $3, $4, $5, now()) ON CONFLICT (view) \(conflict)
            """,
            [
                .text(target.view.name), .text(target.shape.rawValue), .integer(Int64(target.generation)),
                .integer(Int64(ViewShape.version)), .text(ViewStatus.makeIdentity()),
            ])
        guard pointed.affectedRows == 1 else { return }
        try run(text.createView + text.viewComments)
    }

    package func show(_ target: ViewTarget) throws(StoreError) {
        try transaction { () throws(StoreError) in
            _ = try connection.execute("SELECT pg_advisory_xact_lock(461212086369)")
            try point(target, SchemaText(target, dialect), onlyIfNew: false)
        }
    }

    package func drop(_ target: ViewTarget) throws(StoreError) {
        let text = SchemaText(target, dialect)
        try transaction { () throws(StoreError) in
            _ = try connection.execute("SELECT pg_advisory_xact_lock(461212086369)")
            let status = try status(of: target)
            guard status.generation != target.generation else { throw StoreError.shown(target, in: name) }
            _ = try connection.execute("DROP TABLE IF EXISTS \(target.quotedTable)")
            for own in ["kappa_offset", "kappa_dead_letter"] where try relation(text.own(own)) != nil {
                _ = try connection.execute("DELETE FROM \(text.own(own)) WHERE sink = $1", [.text(target.sink)])
            }
        }
    }

    // MARK: What is there

    package func status(of target: ViewTarget) throws(StoreError) -> ViewStatus {
        let text = SchemaText(target, dialect)
        let table = try relation(target.quotedTable)
        let view = try relation(target.view.quoted)
        var status = ViewStatus(state: .missing)
        if try relation(text.own("kappa_view")) != nil {
            let row = try connection.execute(
                "SELECT version, generation, identity FROM \(text.own("kappa_view")) WHERE view = $1",
                [.text(target.view.name)])
            status.version = row.rowCount == 1 ? row.integer(0, 0).map { Int($0) } : nil
            status.generation = row.rowCount == 1 ? row.integer(0, 1).map { Int($0) } : nil
            status.identity = row.rowCount == 1 ? row.text(0, 2) : nil
        }
        if let view, view != "v" || status.generation == nil {
            status.state = .foreign("'\(target.view)' is there already and is not kappa's")
        } else if table != nil {
            status.state = try state(of: target, text, hasView: view != nil)
            status.rows = try rowEstimate(target)
            if try relation(text.own("kappa_dead_letter")) != nil {
                let sql = "SELECT count(*) FROM \(text.own("kappa_dead_letter")) WHERE sink = $1"
                status.deadLetters = try connection.execute(sql, [.text(target.sink)]).integer(0, 0)
            }
        }
        return status
    }

    /// The kind of the relation of that name (r a table, v a view), nil if there is none.
    private func relation(_ quotedName: String) throws(StoreError) -> String? {
        let row = try connection.execute(
            "SELECT relkind FROM pg_class WHERE oid = to_regclass($1)", [.text(quotedName)])
        return row.rowCount == 1 ? row.text(0, 0) : nil
    }

    private func state(
        of target: ViewTarget, _ text: SchemaText, hasView: Bool
    ) throws(StoreError) -> ViewStatus.State {
        let found = try connection.execute(
            """
            SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute \
            WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped
            """, [.text(target.quotedTable)])
        var types: [String: String] = [:]
        for row in 0..<found.rowCount { types[found.text(row, 0) ?? ""] = found.text(row, 1) }
        var missing: [String] = []
        for column in target.shape.columns {
            guard let type = types[column.name] else {
                missing.append("column \(column.name)")
                continue
            }
            let wanted = dialect.type(of: column.content)
            guard type == wanted else {
                return .foreign("column '\(column.name)' of '\(target.tableName)' is \(type), not \(wanted)")
            }
        }
        for index in text.createIndexes where try relation(target.view.qualified("\"\(index.name)\"")) == nil {
            missing.append("index \(index.name)")
        }
        for own in SchemaText.ownTables where try relation(text.own(own)) == nil { missing.append("table \(own)") }
        if !hasView && target.generation == 1 { missing.append("view \(target.view)") }
        return missing.isEmpty ? .current : .older(missing: missing)
    }

    /// The planner's estimate, but a count where the table is small or was never looked at.
    private func rowEstimate(_ target: ViewTarget) throws(StoreError) -> Int64? {
        let row = try connection.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass($1)", [.text(target.quotedTable)])
        if let estimate = row.integer(0, 0), estimate > 100_000 { return estimate }
        return try connection.execute("SELECT count(*) FROM \(target.quotedTable)").integer(0, 0)
    }
}
