package import KappaCore

/// The tables of a view: made, looked at, shown and dropped in the same way by every store that is asked in SQL.
extension SQLStore {
    package func migrate(_ target: ViewTarget) throws(StoreError) -> [String] {
        // The usual case: a sink starts and all is there. It takes no lock.
        guard try status(of: target).state != .current else { return [] }
        return try transaction { () throws(StoreError) in
            try lockSchema()
            return try migrateLocked(target)
        }
    }

    private func migrateLocked(_ wanted: ViewTarget) throws(StoreError) -> [String] {
        let found = try schema(of: wanted)
        let plan = try TablePlan(wanted, found: found, in: name) { () throws(StoreError) in
            try values("SELECT 1 FROM \(wanted.quotedTable) LIMIT 1").isEmpty
        }
        if case .replace(let target) = plan { try forget(target) }
        let target = plan.target
        let text = SchemaText(target, dialect)
        var done: [String] = []
        switch try status(of: target).state {
        case .current: return []
        case .foreign(let reason):
            throw StoreError(.schema, reason, of: name, hint: "Name another table with --table.")
        case .missing:
            done.append("created table \(target.tableName)")
            try run([text.createTable])
        case .older(let missing):
            let columns = target.columns.filter { missing.contains("column \($0.name)") }
            try run(columns.map(text.addColumn))
            done += missing.map { "added \($0)" }
        }
        try run(text.createOwnTables)
        for index in text.createIndexes where try !hasIndex(index.name, of: target) { try run([index.sql]) }
        try run(text.comments)
        try writeFields(of: target, text)
        try point(target, text, onlyIfNew: true)
        return done
    }

    /// Takes a table away that never had a row, and the view if it shows it.
    private func forget(_ target: ViewTarget) throws(StoreError) {
        if try pointer(of: target.view)?.generation == target.generation {
            try run(["DROP VIEW IF EXISTS \(target.view.quoted)"])
        }
        try run(["DROP TABLE \(target.quotedTable)"])
    }

    package func run(_ statements: [String]) throws(StoreError) {
        for statement in statements { _ = try execute(SQLStatement(sql: statement)) }
    }

    package func values(_ sql: String, _ parameters: [StoreValue] = []) throws(StoreError) -> [[String?]] {
        try values(SQLStatement(sql: sql, parameters: parameters))
    }

    // MARK: The stable name

    private func pointer(of view: ViewName) throws(StoreError) -> (generation: Int, row: [String?])? {
        guard try relation(view.schema, "kappa_view") != nil else { return nil }
        let own = view.qualified("\"kappa_view\"")
        let row = try values(
            "SELECT generation, version, identity, shape FROM \(own) WHERE \"view\" = \(dialect.mark(1))",
            [.text(view.name)]
        ).first
        guard let row, let generation = row[0].flatMap({ Int($0) }) else { return nil }
        return (generation, row)
    }

    /// Lets the stable name show `target`, and writes down that it does.
    private func point(_ target: ViewTarget, _ text: SchemaText, onlyIfNew: Bool) throws(StoreError) {
        let shown = try pointer(of: target.view)
        if let shown, onlyIfNew, shown.generation != target.generation { return }
        // Where a store ends a transaction with each such statement, what is written down must not run ahead.
        try run(try createView(target) + text.viewComments)
        let own = text.own("kappa_view")
        let (generation, version) = (Int64(target.generation), Int64(ViewShape.version))
        if let shown {
            let time = shown.generation == target.generation ? "changed_at" : dialect.now
            let sql = """
                UPDATE \(own) SET generation = \(dialect.mark(1)), version = \(dialect.mark(2)), \
                changed_at = \(time) WHERE "view" = \(dialect.mark(3))
                """
            _ = try execute(
                SQLStatement(sql: sql, parameters: [.integer(generation), .integer(version), .text(target.view.name)]))
        } else {
            let marks = (1...5).map(dialect.mark).joined(separator: ", ")
            _ = try execute(
                SQLStatement(
                    sql: "INSERT INTO \(own) VALUES (\(marks), \(dialect.now))",
                    parameters: [
                        .text(target.view.name), .text(target.shape.rawValue), .integer(generation), .integer(version),
                        .text(ViewStatus.makeIdentity()),
                    ]))
        }
    }

    package func show(_ wanted: ViewTarget) throws(StoreError) {
        try transaction { () throws(StoreError) in
            try lockSchema()
            var target = wanted
            if let fields = try schema(of: wanted) { target.results = fields }
            try point(target, SchemaText(target, dialect), onlyIfNew: false)
        }
    }

    package func drop(_ target: ViewTarget) throws(StoreError) {
        try transaction { () throws(StoreError) in
            try lockSchema()
            guard try pointer(of: target.view)?.generation != target.generation else {
                throw StoreError.shown(target, in: name)
            }
            try run(["DROP TABLE IF EXISTS \(target.quotedTable)"])
            let own = [
                ("kappa_offset", "sink", target.sink), ("kappa_dead_letter", "sink", target.sink),
                ("kappa_table", "name", target.tableName),
            ]
            for (table, column, word) in own where try relation(target.view.schema, table) != nil {
                let quoted = target.view.qualified("\"\(table)\"")
                _ = try execute(
                    SQLStatement(
                        sql: "DELETE FROM \(quoted) WHERE \(column) = \(dialect.mark(1))", parameters: [.text(word)]))
            }
        }
    }

    // MARK: Fields

    private func writeFields(of target: ViewTarget, _ text: SchemaText) throws(StoreError) {
        guard target.shape == .results else { return }
        let own = text.own("kappa_table")
        let key: [StoreValue] = [.text(target.tableName)]
        _ = try execute(SQLStatement(sql: "DELETE FROM \(own) WHERE name = \(dialect.mark(1))", parameters: key))
        _ = try execute(
            SQLStatement(
                sql: "INSERT INTO \(own) VALUES (\(dialect.mark(1)), \(dialect.mark(2)))",
                parameters: key + [.text(target.results.text)]))
    }

    package func schema(of target: ViewTarget) throws(StoreError) -> ResultSchema? {
        guard try relation(target.view.schema, target.tableName) == .table else { return nil }
        return try fields(of: target.tableName, target.view)
    }

    /// Tables that are older than the declaration have the fields that all had then.
    private func fields(of table: String, _ view: ViewName) throws(StoreError) -> ResultSchema {
        guard try relation(view.schema, "kappa_table") != nil else { return .standard }
        let own = view.qualified("\"kappa_table\"")
        let found = try values("SELECT fields FROM \(own) WHERE name = \(dialect.mark(1))", [.text(table)])
        guard let text = found.first?[0] else { return .standard }
        guard let schema = ResultSchema(text: text) else {
            throw StoreError(
                .schema, "the fields of '\(table)' cannot be read from kappa_table", of: name,
                hint: "A later version of kappa may have written them.")
        }
        return schema
    }

    package func schema(of view: ViewName) throws(StoreError) -> ResultSchema? {
        guard let shown = try pointer(of: view), shown.row[3] == ViewShape.results.rawValue else { return nil }
        return try fields(of: ViewTarget(view: view, generation: shown.generation).tableName, view)
    }

    // MARK: What is there

    package func status(of wanted: ViewTarget) throws(StoreError) -> ViewStatus {
        var status = ViewStatus(state: .missing)
        let shown = try pointer(of: wanted.view)
        if let shown {
            status.generation = shown.generation
            status.version = shown.row[1].flatMap { Int($0) }
            status.identity = shown.row[2]
        }
        let view = try relation(wanted.view.schema, wanted.view.name)
        if let view, view != .view || shown == nil {
            status.state = .foreign("'\(wanted.view)' is there already and is not kappa's")
            return status
        }
        guard let found = try schema(of: wanted) else { return status }
        var target = wanted
        switch found.meet(wanted.results) {
        case .same: target.results = found
        case .wider(let both, _): target.results = both
        case .apart(let reason) where wanted.shape == .results:
            status.state = .foreign("'\(wanted.view)' holds other results: \(reason)")
            return status
        case .apart: break
        }
        status.state = try state(of: target, hasView: view != nil)
        status.rows = try rowEstimate(target)
        if try relation(target.view.schema, "kappa_dead_letter") != nil {
            let own = target.view.qualified("\"kappa_dead_letter\"")
            let count = try values(
                "SELECT count(*) FROM \(own) WHERE sink = \(dialect.mark(1))", [.text(target.sink)])
            status.deadLetters = count.first?[0].flatMap { Int64($0) }
        }
        return status
    }

    private func state(of target: ViewTarget, hasView: Bool) throws(StoreError) -> ViewStatus.State {
        let types = try columnTypes(of: target)
        var missing: [String] = []
        for column in target.columns {
            guard let type = types[column.name] else {
                missing.append("column \(column.name)")
                continue
            }
            let wanted = dialect.type(of: column.content, isKey: target.key.contains(column.name))
            guard type == wanted else {
                return .foreign("column '\(column.name)' of '\(target.tableName)' is \(type), not \(wanted)")
            }
        }
        for index in SchemaText(target, dialect).createIndexes where try !hasIndex(index.name, of: target) {
            missing.append("index \(index.name)")
        }
        for own in SchemaText.ownTables where try relation(target.view.schema, own) == nil {
            missing.append("table \(own)")
        }
        if !hasView && target.generation == 1 { missing.append("view \(target.view)") }
        return missing.isEmpty ? .current : .older(missing: missing)
    }
}
