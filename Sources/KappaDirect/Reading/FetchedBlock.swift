package import KappaRecords

/// The records of one batch, decompressed, in memory of their own; zeros stand behind them.
///
/// Unchecked: the thread that fetched it lets go of it before another one takes it.
package final class FetchedBlock: @unchecked Sendable {
    /// The place of its partition among those that were asked for.
    package private(set) var source = 0
    /// How many records the batch has, those before the wanted offset among them.
    package private(set) var recordCount = 0
    /// Whether the broker, not the producer, said the time of its records.
    package private(set) var isLogAppendTime = false
    /// What was made of it on the thread that fetched it; what was made of an earlier one, before that.
    package var findings: AnyObject?
    /// Records before it were not asked for; batches come whole.
    private var from: Int64 = 0
    private var baseOffset: Int64 = 0
    private var memory = UnpackedBytes()
    private var reader: RecordReader?

    /// Takes in a batch, in the memory of the one before it.
    func load(_ batch: RecordBatch, source: Int, from: Int64) throws(RecordBatch.Damage) {
        self.source = source
        self.from = from
        baseOffset = batch.baseOffset
        recordCount = Int(batch.recordCount)
        isLogAppendTime = batch.attributes.contains(.logAppendTime)
        try batch.unpack(into: &memory)
        reader = RecordReader(batch, records: memory.bytes)
    }

    /// How many bytes its records take.
    package var size: Int { memory.bytes.count }

    /// The next record, borrowed for as long as the block lives, and its place in the block.
    package func next() throws(ConnectionFailure) -> (record: Record, place: Int)? {
        do throws(RecordBatch.Damage) {
            var place = reader?.place ?? 0
            while let record = try reader?.next() {
                if record.offset >= from { return (record, place) }
                place = reader?.place ?? 0
            }
            return nil
        } catch {
            throw failure(error)
        }
    }

    /// The record at a place that `next` told.
    package func record(at place: Int) throws(ConnectionFailure) -> Record {
        guard let reader else { throw failure(.truncated) }
        do throws(RecordBatch.Damage) {
            return try reader.record(at: place)
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ damage: RecordBatch.Damage) -> ConnectionFailure {
        ConnectionFailure("the batch at \(baseOffset) \(damage.words)")
    }
}
