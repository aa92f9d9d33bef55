package import KappaLog

/// The records of one batch, decompressed, in memory of their own.
///
/// Unchecked: the thread that fetched it lets go of it before another one takes it.
package final class FetchedBlock: @unchecked Sendable {
    /// The place of its partition among those that were asked for.
    package let source: Int
    /// Records before it were not asked for; batches come whole.
    private let from: Int64
    private let baseOffset: Int64
    private var memory = UnpackedBytes()
    private var reader: RecordReader

    init(_ batch: RecordBatch, source: Int, from: Int64) throws(RecordBatch.Damage) {
        self.source = source
        self.from = from
        baseOffset = batch.baseOffset
        try batch.unpack(into: &memory)
        reader = RecordReader(batch, records: memory.bytes)
    }

    /// How much memory it takes.
    var size: Int { memory.bytes.count }

    /// The next record, borrowed for as long as the block lives.
    package func next() throws(FetchFailure) -> Record? {
        do throws(RecordBatch.Damage) {
            while let record = try reader.next() {
                if record.offset >= from { return record }
            }
            return nil
        } catch {
            throw FetchFailure("the batch at \(baseOffset) \(error.words)")
        }
    }
}
