/// The SQL that makes a view's tables, from the one declaration of its columns.
package struct SchemaText {
    package let target: ViewTarget
    package let dialect: any SQLDialect

    package init(_ target: ViewTarget, _ dialect: any SQLDialect) {
        self.target = target
        self.dialect = dialect
    }

    private func declaration(of column: ColumnDefinition) -> String {
        let start =
            "\(column.quoted) \(dialect.declaredType(of: column.content, isKey: target.key.contains(column.name)))"
        guard column.content != .identity else { return "\(start) \(dialect.identity)" }
        return start + (column.isRequired ? " NOT NULL" : "")
    }

    package var keyIndexName: String { "\(target.tableName)_key" }

    package func indexName(_ name: String) -> String { "\(target.tableName)_\(name)_index" }

    package var createTable: String {
        let columns = target.columns.map(declaration).joined(separator: ", ")
        return "CREATE TABLE IF NOT EXISTS \(target.quotedTable) (\(columns))"
    }

    /// Later columns come without NOT NULL, so that older rows stay valid and nothing is rewritten.
    package func addColumn(_ column: ColumnDefinition) -> String {
        let type = dialect.declaredType(of: column.content, isKey: target.key.contains(column.name))
        return "ALTER TABLE \(target.quotedTable) ADD COLUMN \(column.quoted) \(type)"
    }

    /// The key's index first, then the others.
    ///
    /// Two are enough, by `.make/bench-indexes` and a view of ten million rows in PostgreSQL 15 and SQLite 3.40.
    /// `(ts)`, 70 MB, gives the newest five rows in 0.2 ms and an hour's rows in 29 ms. BRIN, 80 kB, finds the hour in
    /// 79 ms, but the newest five in 900 ms: it knows no order, so it could only be one index more. `(instrument, ts)`
    /// and `(boreholenumber, ts)` cost a sixth of a sink's time each, in SQLite 0.75 of 3.5 µs a row, and gain nothing
    /// while the instrument speaks: 0.3 ms either way. For one that fell silent the scan of `(ts)` takes 1.5 s; but
    /// the key's own index leads to its last rows in 10 ms, and `QueryText.byKey` goes that way. A day of one
    /// instrument takes 0.6 s without and 0.4 s with such an index. Views made with one more index keep it.
    package var createIndexes: [(name: String, sql: String)] {
        let key = target.key.quotedList
        // In PostgreSQL an index lies in its table's schema; naming one there is an error.
        let unique = "CREATE UNIQUE INDEX \"\(keyIndexName)\" ON \(target.quotedTable) (\(key))"
        return [(keyIndexName, unique)]
            + target.indexes.map { index in
                let name = indexName(index.name)
                let columns = index.columns.quotedList
                return (name, "CREATE INDEX \"\(name)\" ON \(target.quotedTable) (\(columns))")
            }
    }

    package var createView: [String] {
        let columns = target.columns.map(\.quoted).joined(separator: ", ")
        return dialect.replaceView(target.view.quoted, "SELECT \(columns) FROM \(target.quotedTable)")
    }

    /// kappa's own tables, in the schema of the view: where sinks stand, what was refused, which generation speaks.
    package var createOwnTables: [String] {
        func type(_ content: ColumnContent, isKey: Bool = false) -> String {
            dialect.declaredType(of: content, isKey: isKey)
        }
        let (whole, time, bytes) = (type(.whole), type(.time), dialect.bytesType)
        let (name, text) = (type(.text, isKey: true), type(.text))
        func make(_ table: String, _ columns: String) -> String {
            "CREATE TABLE IF NOT EXISTS \(own(table)) (\(columns))"
        }
        return [
            make(
                "kappa_offset",
                """
                sink \(name) NOT NULL, topic \(name) NOT NULL, "partition" \(whole) NOT NULL, \
                next_offset \(whole) NOT NULL, cluster_id \(name) NOT NULL, witness_offset \(whole), \
                witness_digest \(whole), updated_at \(time) NOT NULL, PRIMARY KEY (sink, topic, "partition")
                """),
            make(
                "kappa_dead_letter",
                """
                sink \(name) NOT NULL, topic \(name) NOT NULL, "partition" \(whole) NOT NULL, \
                "offset" \(whole) NOT NULL, ts \(time), "key" \(bytes), value \(bytes), reason \(text) NOT NULL, \
                state \(name), stored_at \(time) NOT NULL, PRIMARY KEY (sink, topic, "partition", "offset")
                """),
            make(
                "kappa_view",
                """
                "view" \(name) PRIMARY KEY, shape \(name) NOT NULL, generation \(whole) NOT NULL, \
                version \(whole) NOT NULL, identity \(name) NOT NULL, changed_at \(time) NOT NULL
                """),
            make("kappa_table", "name \(name) PRIMARY KEY, fields \(text) NOT NULL"),
        ]
    }

    package static let ownTables = ["kappa_offset", "kappa_dead_letter", "kappa_view", "kappa_table"]

    package func own(_ name: String) -> String { target.view.qualified("\"\(name)\"") }

    /// What is written beside the tables for a person who meets them, where the store keeps such sentences.
    package var comments: [String] {
        let table = [("TABLE", target.quotedTable, target.comment)]
        let columns = target.columns.map { ("COLUMN", "\(target.quotedTable).\($0.quoted)", $0.comment) }
        let own = [
            ("TABLE", own("kappa_offset"), "Where each sink of kappa stands in its topics: the truth about them."),
            ("TABLE", own("kappa_dead_letter"), "Records that could not become rows, and why."),
            ("TABLE", own("kappa_view"), "Which generation of rows each view shows."),
            ("TABLE", own("kappa_table"), "Which fields of which results each table of rows has."),
        ]
        return (table + columns + own).compactMap { dialect.comment(on: $0.0, $0.1, $0.2) }
    }

    package var viewComments: [String] {
        let view = [("VIEW", target.view.quoted, target.comment)]
        let columns = target.columns.map { ("COLUMN", "\(target.view.quoted).\($0.quoted)", $0.comment) }
        return (view + columns).compactMap { dialect.comment(on: $0.0, $0.1, $0.2) }
    }

    package var writtenColumnList: String { target.writtenColumns.map(\.name).quotedList }

    /// What a row of an existing key does: the record that is later in its partition stays.
    package func onConflict(existing: String) -> String {
        let key = target.key
        let source = target.sourceColumns
        let sets = target.writtenColumns.filter { !key.contains($0.name) }
            .map { "\($0.quoted) = excluded.\($0.quoted)" }.joined(separator: ", ")
        func same(_ column: String, _ sign: String) -> String {
            "\(existing).\"\(column)\" \(sign) excluded.\"\(column)\""
        }
        return """
            ON CONFLICT (\(key.quotedList)) DO UPDATE SET \(sets) WHERE NOT (\(same(source.topic, "=")) AND \
            \(same(source.partition, "=")) AND \(same(source.offset, ">=")))
            """
    }
}
