import CMariaDB
import KappaCore
package import KappaStores

extension MariaDBStore {
    /// Rows of one message where the server does not take many at once.
    private static let rowsOfOneStatement = 500

    /// One transaction: first the positions, which fences every other sink out, then the rows.
    package func write(
        _ batch: RowBatch, to target: ViewTarget, advancing advances: [SinkAdvance]
    ) throws(StoreError) -> WriteOutcome {
        do {
            try connection.execute("START TRANSACTION")
            guard try advance(target, advances) else {
                connection.rollBack()
                return .fenced
            }
            for refusal in batch.refusals { _ = try execute(batch.deadLetter(refusal, of: target, dialect)) }
            for statement in batch.withdrawals(from: target, dialect) { _ = try execute(statement) }
            let refused = try put(batch.rows[...], of: batch, target)
            try connection.execute("COMMIT")
            return .stored(rows: batch.rows.count - refused, refused: refused + batch.refusals.count)
        } catch {
            // A statement bound for another state of the connection is not used again.
            inserts.removeAll()
            connection.rollBack()
            throw error
        }
    }

    /// Whether every position still stood at `from` and was moved on; the rows are locked in one order.
    private func advance(_ target: ViewTarget, _ advances: [SinkAdvance]) throws(StoreError) -> Bool {
        let own = target.view.qualified("\"kappa_offset\"")
        let sql = """
            UPDATE \(own) SET next_offset = ?, witness_offset = coalesce(?, witness_offset), \
            witness_digest = coalesce(?, witness_digest), updated_at = \(dialect.now) \
            WHERE sink = ? AND topic = ? AND "partition" = ? AND next_offset = ?
            """
        for step in advances.sorted(by: { $0.source < $1.source }) {
            let met = try connection.execute(
                sql,
                [
                    .integer(step.to), step.witness.map { .integer($0.offset) } ?? .null,
                    step.witness.map { .integer($0.digest) } ?? .null, .text(target.sink), .text(step.source.topic),
                    .integer(Int64(step.source.partition)), .integer(step.from),
                ])
            guard met == 1 else { return false }
        }
        return true
    }

    // MARK: Rows

    /// Puts the rows in; where the server refuses one of many, halves them until the refused ones stand alone: a
    /// statement that fails leaves nothing of itself. Returns how many are refused in the end.
    private func put(
        _ rows: ArraySlice<BatchRow>, of batch: RowBatch, _ target: ViewTarget
    ) throws(StoreError) -> Int {
        guard !rows.isEmpty else { return 0 }
        do {
            try putWhole(rows, of: batch, target)
            return 0
        } catch  where error.code == .refusedData || error.code == .duplicateKey {
            guard rows.count > 1 else {
                let refusal = BatchRefusal(row: rows[rows.startIndex], reason: error.reason, state: error.state)
                _ = try execute(batch.deadLetter(refusal, of: target, dialect))
                return 1
            }
            let middle = rows.startIndex + rows.count / 2
            return try put(rows[..<middle], of: batch, target) + put(rows[middle...], of: batch, target)
        }
    }

    private func putWhole(
        _ rows: ArraySlice<BatchRow>, of batch: RowBatch, _ target: ViewTarget
    ) throws(StoreError) {
        columns.load(rows, of: batch)
        if usesBulk {
            let statement = try insert(into: target)
            try columns.bindAll(to: statement)
            return try statement.run()
        }
        var first = 0
        while first < rows.count {
            let count = min(MariaDBStore.rowsOfOneStatement, rows.count - first)
            let statement = try MariaDBStatement(insertText(target, rows: count), on: connection)
            try columns.bind(first..<first + count, to: statement)
            try statement.run()
            first += count
        }
    }

    private func insert(into target: ViewTarget) throws(StoreError) -> MariaDBStatement {
        if let statement = inserts[target] { return statement }
        let statement = try MariaDBStatement(insertText(target, rows: 1), on: connection)
        inserts[target] = statement
        return statement
    }

    /// What is written to a row that is there goes from left to right, and what comes later sees what came before: so
    /// where the row came from, which decides, comes last.
    private func insertText(_ target: ViewTarget, rows: Int) -> String {
        let source = target.sourceColumns
        let last = [source.offset, source.partition, source.topic]
        let others = target.writtenColumns.map(\.name).filter { !target.key.contains($0) && !last.contains($0) }
        func same(_ name: String, _ sign: String) -> String { "\"\(name)\" \(sign) VALUES(\"\(name)\")" }
        let isOld = "\(same(source.topic, "=")) AND \(same(source.partition, "=")) AND \(same(source.offset, ">="))"
        let sets = (others + last.filter { !target.key.contains($0) }).map {
            "\"\($0)\" = IF(\(isOld), \"\($0)\", VALUES(\"\($0)\"))"
        }
        // A row that is its own source has nothing to be written over.
        let list = sets.isEmpty ? ["\"\(source.topic)\" = \"\(source.topic)\""] : sets
        let places = "(\(target.writtenColumns.map { _ in "?" }.joined(separator: ", ")))"
        let values = [String](repeating: places, count: rows).joined(separator: ", ")
        return """
            INSERT INTO \(target.quotedTable) (\(SchemaText(target, dialect).writtenColumnList)) VALUES \(values) \
            ON DUPLICATE KEY UPDATE \(list.joined(separator: ", "))
            """
    }
}
