import CSQLite
import KappaCore
package import KappaStores

extension SQLiteStore {
    /// One transaction: the positions, the rows, and the refused ones. A row that SQLite refuses undoes only itself.
    package func write(
        _ batch: RowBatch, to target: ViewTarget, advancing advances: [SinkAdvance]
    ) throws(StoreError) -> WriteOutcome {
        let insert = try insert(into: target)
        do {
            try connection.execute("BEGIN IMMEDIATE")
            guard try advance(target, advances) else {
                connection.rollBack()
                return .fenced
            }
            var refusals = batch.refusals
            for statement in batch.withdrawals(from: target, dialect) {
                try connection.execute(statement.sql, statement.parameters)
            }
            let kinds = batch.schema.fields.map(\.kind)
            times.makeRoom(kinds.count)
            for row in batch.rows {
                if let refusal = try put(row, of: batch, insert, kinds) { refusals.append(refusal) }
            }
            try keep(refusals, of: batch, target)
            try connection.execute("COMMIT")
            let refused = refusals.count - batch.refusals.count
            return .stored(rows: batch.rows.count - refused, refused: refusals.count)
        } catch {
            insert.reset()
            connection.rollBack()
            throw error
        }
    }

    private func insert(into target: ViewTarget) throws(StoreError) -> SQLiteStatement {
        if let statement = inserts[target] { return statement }
        let text = try text(target)
        let places = target.writtenColumns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        let statement = try SQLiteStatement(
            """
            INSERT INTO \(target.quotedTable) (\(text.writtenColumnList)) VALUES (\(places)) \
            \(text.onConflict(existing: target.quotedTable))
            """, on: connection, isPersistent: true)
        inserts[target] = statement
        return statement
    }

    private func put(
        _ row: BatchRow, of batch: RowBatch, _ statement: SQLiteStatement, _ kinds: [ResultField.Kind]
    ) throws(StoreError) -> BatchRefusal? {
        var binder = RowBinder(statement: statement.handle, batch: batch, times: times)
        switch batch.shape {
        case .results: binder.bindResult(row, kinds)
        case .raw: binder.bindRaw(row)
        }
        let code = sqlite3_step(statement.handle)
        defer { statement.reset() }
        guard code != SQLITE_DONE else { return nil }
        let error = connection.error(code)
        guard error.code == .refusedData else { throw error }
        return BatchRefusal(row: row, reason: error.reason, state: nil)
    }

    private func keep(_ refusals: [BatchRefusal], of batch: RowBatch, _ target: ViewTarget) throws(StoreError) {
        for refusal in refusals {
            let statement = batch.deadLetter(refusal, of: target, dialect)
            try connection.execute(statement.sql, statement.parameters)
        }
    }
}

/// Binds a row's fields where they lie; nothing is copied, for the row outlives the step.
private struct RowBinder {
    let statement: OpaquePointer
    let batch: RowBatch
    let times: TimeTexts
    var place: Int32 = 0

    init(statement: OpaquePointer, batch: RowBatch, times: TimeTexts) {
        self.statement = statement
        self.batch = batch
        self.times = times
    }

    mutating func bindResult(_ row: BatchRow, _ kinds: [ResultField.Kind]) {
        let cells = batch.cells(of: row)
        for index in cells.indices {
            let cell = cells[index]
            guard !cell.isNull else {
                put(nil)
                continue
            }
            switch kinds[index] {
            case .text, .any: put(batch.arena.bytes(cell.slice))
            case .number: put(cell.double)
            case .whole: put(cell.whole)
            case .time: put(times.text(cell.whole, at: index))
            }
        }
        put(batch.topics[row.source])
        put(Int64(batch.sources[row.source].partition))
        put(row.offset)
    }

    mutating func bindRaw(_ row: BatchRow) {
        put(batch.topics[row.source])
        put(Int64(batch.sources[row.source].partition))
        put(row.offset)
        put(times.text(row.milliseconds, at: 0))
        put(row.key)
        put(row.value)
        put(row.headers)
    }

    private mutating func put(_ slice: ByteArena.Slice?) {
        guard let slice else {
            place += 1
            sqlite3_bind_null(statement, place)
            return
        }
        put(batch.arena.bytes(slice))
    }

    private mutating func put(_ bytes: UnsafeRawBufferPointer) {
        place += 1
        let start = bytes.baseAddress.map { $0.assumingMemoryBound(to: CChar.self) }
        sqlite3_bind_text(statement, place, start, Int32(bytes.count), SQLiteStatement.stays)
    }

    private mutating func put(_ number: Double) {
        place += 1
        sqlite3_bind_double(statement, place, number)
    }

    private mutating func put(_ number: Int64) {
        place += 1
        sqlite3_bind_int64(statement, place, number)
    }
}
