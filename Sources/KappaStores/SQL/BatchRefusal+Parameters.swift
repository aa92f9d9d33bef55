package import KappaCore

extension BatchRefusal {
    /// sink, topic, partition, offset, time, key, value, reason, state: the columns of the dead letters' table.
    package func parameters(of batch: RowBatch, sink: String) -> [StoreValue] {
        let source = batch.sources[row.source]
        func bytes(_ slice: ByteArena.Slice?) -> StoreValue {
            slice.map { .bytes([UInt8](batch.arena.bytes($0))) } ?? .null
        }
        let time = Timestamp(milliseconds: row.milliseconds)
        return [
            .text(sink), .text(source.topic), .integer(Int64(source.partition)), .integer(row.offset),
            TimeBounds.storable.contains(time) ? .time(time) : .null, bytes(row.key), bytes(row.value),
            .text(reason), state.map { .text($0) } ?? .null,
        ]
    }
}

/// The times that every store holds alike: the years that RFC 3339 can write.
package enum TimeBounds {
    package static let storable =
        Timestamp(milliseconds: -62_135_596_800_000)...Timestamp(milliseconds: 253_402_300_799_999)
}
