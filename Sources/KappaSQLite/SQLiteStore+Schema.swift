package import KappaStores

extension SQLiteStore {
    package func migrate(_ target: ViewTarget) throws(StoreError) -> [String] {
        guard try status(of: target).state != .current else { return [] }
        let text = try text(target)
        return try transaction { () throws(StoreError) in
            var done: [String] = []
            switch try status(of: target).state {
            case .current: return []
            case .foreign(let reason):
                throw StoreError(.schema, "\(name): \(reason)", hint: "Name another table with --table.")
            case .missing:
                done.append("created table \(target.tableName)")
                try run([text.createTable])
            case .older(let missing):
                let columns = target.shape.columns.filter { missing.contains("column \($0.name)") }
                try run(columns.map(text.addColumn))
                done += missing.map { "added \($0)" }
            }
            try run(text.createOwnTables + text.createIndexes.map(\.sql))
            try point(target, text, onlyIfNew: true)
            return done
        }
    }

    private func run(_ statements: [String]) throws(StoreError) {
        for statement in statements { try connection.execute(statement) }
    }

    private func point(_ target: ViewTarget, _ text: SchemaText, onlyIfNew: Bool) throws(StoreError) {
        let conflict =
            onlyIfNew
            ? "DO UPDATE SET version = excluded.version WHERE generation = excluded.generation"
            : "DO UPDATE SET generation = excluded.generation, version = excluded.version, changed_at = excluded.changed_at"
        let changed = try connection.execute(
            "INSERT INTO kappa_view VALUES (?1, ?2, ?3, ?4, ?5, \(dialect.now)) ON CONFLICT (view) \(conflict)",
            [
                .text(target.view.name), .text(target.shape.rawValue), .integer(Int64(target.generation)),
                .integer(Int64(ViewShape.version)), .text(ViewStatus.makeIdentity()),
            ])
        guard changed == 1 else { return }
        try run(text.createView)
    }

    package func show(_ target: ViewTarget) throws(StoreError) {
        let text = try text(target)
        try transaction { () throws(StoreError) in try point(target, text, onlyIfNew: false) }
    }

    package func drop(_ target: ViewTarget) throws(StoreError) {
        let text = try text(target)
        try transaction { () throws(StoreError) in
            let status = try status(of: target)
            guard status.generation != target.generation else { throw StoreError.shown(target, in: name) }
            try run(["DROP TABLE IF EXISTS \(target.quotedTable)"])
            for own in ["kappa_offset", "kappa_dead_letter"] where try has("table", own) {
                _ = try connection.execute("DELETE FROM \(text.own(own)) WHERE sink = ?1", [.text(target.sink)])
            }
        }
    }

    // MARK: What is there

    package func status(of target: ViewTarget) throws(StoreError) -> ViewStatus {
        let text = try text(target)
        var status = ViewStatus(state: .missing)
        if try has("table", "kappa_view") {
            let row = try connection.prepare(
                "SELECT version, generation, identity FROM kappa_view WHERE view = ?1", [.text(target.view.name)])
            if try row.step() {
                status.version = row.integer(0).map { Int($0) }
                status.generation = row.integer(1).map { Int($0) }
                status.identity = row.text(2)
            }
        }
        let hasView = try has("view", target.view.name)
        if try has("table", target.view.name) || (hasView && status.generation == nil) {
            status.state = .foreign("'\(target.view)' is there already and is not kappa's")
        } else if try has("table", target.tableName) {
            status.state = try state(of: target, text, hasView: hasView)
            status.rows = try number("SELECT count(*) FROM \(target.quotedTable)")
            if try has("table", "kappa_dead_letter") {
                let sql = "SELECT count(*) FROM kappa_dead_letter WHERE sink = ?1"
                status.deadLetters = try number(sql, [.text(target.sink)])
            }
        }
        return status
    }

    func has(_ kind: String, _ name: String) throws(StoreError) -> Bool {
        try number(
            "SELECT count(*) FROM sqlite_master WHERE type = ?1 AND name = ?2", [.text(kind), .text(name)]) == 1
    }

    private func number(_ sql: String, _ parameters: [StoreValue] = []) throws(StoreError) -> Int64? {
        let row = try connection.prepare(sql, parameters)
        return try row.step() ? row.integer(0) : nil
    }

    private func state(
        of target: ViewTarget, _ text: SchemaText, hasView: Bool
    ) throws(StoreError) -> ViewStatus.State {
        let found = try connection.prepare(
            "SELECT name, type FROM pragma_table_info(?1)", [.text(target.tableName)])
        var types: [String: String] = [:]
        while try found.step() { types[found.text(0) ?? ""] = found.text(1) }
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
        for index in text.createIndexes where try !has("index", index.name) { missing.append("index \(index.name)") }
        for own in SchemaText.ownTables where try !has("table", own) { missing.append("table \(own)") }
        if !hasView && target.generation == 1 { missing.append("view \(target.view)") }
        return missing.isEmpty ? .current : .older(missing: missing)
    }
}
