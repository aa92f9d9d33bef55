import KappaCore

/// What of a batch is written row by row in SQL: windows that were withdrawn, and records that were refused.
extension RowBatch {
    package func withdrawals(from target: ViewTarget, _ dialect: any SQLDialect) -> [SQLStatement] {
        guard !withdrawals.isEmpty else { return [] }
        let conditions = target.key.enumerated().map { "\"\($1)\" = \(dialect.mark($0 + 1))" }
        let sql = "DELETE FROM \(target.quotedTable) WHERE \(conditions.joined(separator: " AND "))"
        return withdrawals.map { SQLStatement(sql: sql, parameters: keyValues(of: $0)) }
    }

    /// The values of the columns of `ViewTarget.key`.
    private func keyValues(of row: BatchRow) -> [StoreValue] {
        let cells = cells(of: row)
        let keys = schema.fields.indices.filter { schema.fields[$0].isKey }
        guard !keys.isEmpty else {
            let source = sources[row.source]
            return [.text(source.topic), .integer(Int64(source.partition)), .integer(row.offset)]
        }
        return keys.map { index in
            switch schema.fields[index].kind {
            case .text, .any: .text(String(decoding: arena.bytes(cells[index].slice), as: UTF8.self))
            case .number: .real(cells[index].double)
            case .whole: .integer(cells[index].whole)
            case .time: .time(Timestamp(milliseconds: cells[index].whole))
            }
        }
    }

    private static let letterKey = ["sink", "topic", "partition", "offset"]

    /// Keeps a refused record. The second time it is refused there is nothing to be done.
    package func deadLetter(
        _ refusal: BatchRefusal, of target: ViewTarget, _ dialect: any SQLDialect
    ) -> SQLStatement {
        let parameters = refusal.parameters(of: self, sink: target.sink)
        let marks = parameters.indices.map { dialect.mark($0 + 1) }.joined(separator: ", ")
        let table = SchemaText(target, dialect).own("kappa_dead_letter")
        return SQLStatement(
            sql: "INSERT INTO \(table) VALUES (\(marks), \(dialect.now)) \(dialect.unlessPresent(RowBatch.letterKey))",
            parameters: parameters)
    }
}
