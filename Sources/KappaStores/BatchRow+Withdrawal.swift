import KappaCore

extension BatchRow {
    /// Takes the row of a window out that a correction has withdrawn.
    func withdrawal(of batch: RowBatch, from target: ViewTarget, _ dialect: Dialect) -> ReadStatement {
        func text(_ slice: ByteArena.Slice) -> StoreValue {
            .text(String(decoding: batch.arena.bytes(slice), as: UTF8.self))
        }
        let mark = dialect == .postgres ? "$" : "?"
        return ReadStatement(
            sql: """
                DELETE FROM \(target.quotedTable) WHERE boreholenumber = \(mark)1 AND instrument = \(mark)2 \
                AND window_start = \(mark)3
                """,
            parameters: [
                text(result.borehole), text(result.instrument), .time(Timestamp(milliseconds: result.windowStart)),
            ])
    }
}
