import KappaCore
package import KappaStores

extension PostgresStore {
    /// After a batch met a key that was there, so many more go through the temporary table: such batches come in runs.
    private static let stagedRun = 16

    package func write(
        _ batch: RowBatch, to target: ViewTarget, advancing advances: [SinkAdvance]
    ) throws(StoreError) -> WriteOutcome {
        if stagedBatchesLeft == 0 {
            do {
                return try attempt(batch, target, advances, [], copyStraight)
            } catch  where error.code == .duplicateKey || error.code == .refusedData {
                stagedBatchesLeft = PostgresStore.stagedRun
            }
        } else {
            stagedBatchesLeft -= 1
        }
        return try attempt(batch, target, advances, staging(target), copyStaged)
    }

    private typealias Load = (RowBatch, ViewTarget) throws(StoreError) -> (rows: Int, refused: Int)

    /// One transaction: first the positions, which fences every other sink out, then the rows. All before the rows is
    /// one round trip; the COPY takes two of its own, and what follows it goes along.
    private func attempt(
        _ batch: RowBatch, _ target: ViewTarget, _ advances: [SinkAdvance], _ preparations: [SQLStatement],
        _ load: Load
    ) throws(StoreError) -> WriteOutcome {
        do {
            let refusals = batch.refusals.map { batch.deadLetter($0, of: target, dialect) }
            let withdrawals = batch.withdrawals(from: target, dialect)
            let results = try connection.executeTogether(
                [SQLStatement(sql: "BEGIN"), advance(target, advances)] + refusals + withdrawals + preparations)
            guard results[1].affectedRows == advances.count else {
                connection.rollBack()
                return .fenced
            }
            let loaded = try load(batch, target)
            return .stored(rows: loaded.rows, refused: loaded.refused + refusals.count)
        } catch {
            connection.rollBack()
            throw error
        }
    }

    // MARK: The fast way

    /// The rows go straight into the table, and COMMIT goes with them: no round trip of its own.
    private func copyStraight(_ batch: RowBatch, _ target: ViewTarget) throws(StoreError) -> (rows: Int, refused: Int) {
        guard !batch.rows.isEmpty else {
            _ = try connection.execute("COMMIT")
            return (0, 0)
        }
        copy.encode(batch.rows[...], of: batch)
        try connection.copyIn(copyStatement(into: target.quotedTable, target) + "; COMMIT", copy.bytes)
        return (batch.rows.count, 0)
    }

    private func copyStatement(into table: String, _ target: ViewTarget) -> String {
        let columns = SchemaText(target, dialect).writtenColumnList
        return "COPY \(table) (\(columns)) FROM STDIN (FORMAT binary)"
    }

    // MARK: The careful way

    private func staging(_ target: ViewTarget) -> [SQLStatement] {
        let columns = SchemaText(target, dialect).writtenColumnList
        let table = """
            CREATE TEMPORARY TABLE IF NOT EXISTS \(stage(target)) ON COMMIT DELETE ROWS AS \
            SELECT \(columns) FROM \(target.quotedTable) WITH NO DATA
            """
        return [SQLStatement(sql: table), SQLStatement(sql: "SAVEPOINT kappa_rows")]
    }

    private func copyStaged(_ batch: RowBatch, _ target: ViewTarget) throws(StoreError) -> (rows: Int, refused: Int) {
        guard !batch.rows.isEmpty else {
            _ = try connection.execute("COMMIT")
            return (0, 0)
        }
        do {
            try mergeWhole(batch.rows[...], of: batch, target, then: "COMMIT")
            return (batch.rows.count, 0)
        } catch  where error.code == .refusedData || error.code == .duplicateKey {
            let refused = try divide(batch.rows[...], error, of: batch, target)
            _ = try connection.execute("COMMIT")
            return (batch.rows.count - refused, refused)
        }
    }

    private func stage(_ target: ViewTarget) -> String { "pg_temp.\"kappa_\(target.tableName)\"" }

    /// Puts the rows in; where the store refuses one of many, halves them until the refused ones stand alone.
    private func merge(
        _ rows: ArraySlice<BatchRow>, of batch: RowBatch, _ target: ViewTarget
    ) throws(StoreError) -> Int {
        guard !rows.isEmpty else { return 0 }
        _ = try connection.execute("SAVEPOINT kappa_rows")
        do {
            try mergeWhole(rows, of: batch, target, then: "DELETE FROM \(stage(target)); RELEASE SAVEPOINT kappa_rows")
            return 0
        } catch  where error.code == .refusedData || error.code == .duplicateKey {
            return try divide(rows, error, of: batch, target)
        }
    }

    /// After rows were refused together: each half for itself. Returns how many are refused in the end.
    private func divide(
        _ rows: ArraySlice<BatchRow>, _ error: StoreError, of batch: RowBatch, _ target: ViewTarget
    ) throws(StoreError) -> Int {
        _ = try connection.execute("ROLLBACK TO SAVEPOINT kappa_rows; RELEASE SAVEPOINT kappa_rows")
        guard rows.count > 1 else {
            try refuse(rows[rows.startIndex], error, of: batch, target)
            return 1
        }
        let middle = rows.startIndex + rows.count / 2
        return try merge(rows[..<middle], of: batch, target) + merge(rows[middle...], of: batch, target)
    }

    /// By way of the temporary table, which the end of the transaction empties; `rest` goes along.
    private func mergeWhole(
        _ rows: ArraySlice<BatchRow>, of batch: RowBatch, _ target: ViewTarget, then rest: String
    ) throws(StoreError) {
        let text = SchemaText(target, dialect)
        let (key, source) = (target.key.quotedList, target.sourceColumns)
        let insert = """
            INSERT INTO \(target.quotedTable) AS existing (\(text.writtenColumnList)) \
            SELECT DISTINCT ON (\(key)) \(text.writtenColumnList) FROM \(stage(target)) \
            ORDER BY \(key), "\(source.topic)", "\(source.partition)", "\(source.offset)" DESC \
            \(text.onConflict(existing: "existing"))
            """
        copy.encode(rows, of: batch)
        try connection.copyIn("\(copyStatement(into: stage(target), target)); \(insert); \(rest)", copy.bytes)
    }

    // MARK: Refused rows

    private func refuse(
        _ row: BatchRow, _ error: StoreError, of batch: RowBatch, _ target: ViewTarget
    ) throws(StoreError) {
        let refusal = BatchRefusal(row: row, reason: error.reason, state: error.state)
        let letter = batch.deadLetter(refusal, of: target, dialect)
        _ = try connection.execute(letter.sql, letter.parameters)
    }
}
