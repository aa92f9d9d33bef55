import KappaCore

/// What of a batch is written row by row in SQL: windows that were withdrawn, and records that were refused.
extension RowBatch {
    package func withdrawals(from target: ViewTarget, _ dialect: any SQLDialect) -> [SQLStatement] {
        guard !withdrawals.isEmpty else { return [] }
        let conditions = target.shape.key.enumerated().map { "\"\($1)\" = \(dialect.mark($0 + 1))" }
        let sql = "DELETE FROM \(target.quotedTable) WHERE \(conditions.joined(separator: " AND "))"
        func text(_ slice: ByteArena.Slice) -> StoreValue {
            .text(String(decoding: arena.bytes(slice), as: UTF8.self))
        }
        return withdrawals.map { row in
            SQLStatement(
                sql: sql,
                parameters: [
                    text(row.result.borehole), text(row.result.instrument),
                    .time(Timestamp(milliseconds: row.result.windowStart)),
                ])
        }
    }

    /// Keeps a refused record. The second time it is refused there is nothing to be done.
    package func deadLetter(
        _ refusal: BatchRefusal, of target: ViewTarget, _ dialect: any SQLDialect
    ) -> SQLStatement {
        let parameters = refusal.parameters(of: self, sink: target.sink)
        let marks = parameters.indices.map { dialect.mark($0 + 1) }.joined(separator: ", ")
        let table = SchemaText(target, dialect).own("kappa_dead_letter")
        return SQLStatement(
            sql: "INSERT INTO \(table) VALUES (\(marks), \(dialect.now)) ON CONFLICT DO NOTHING",
            parameters: parameters)
    }
}
