import KappaRecords
import KappaWire

/// How far one partition has been read.
struct SourceCursor {
    /// Its place among the partitions that were asked for.
    let source: Int
    let topic: String
    let partition: Int32
    /// The next offset to ask for.
    private(set) var offset: Int64
    /// The end that was told of last.
    private var toldEnd: Int64 = -1

    init(source: Int, topic: String, partition: Int32, offset: Int64) {
        self.source = source
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }

    /// A batch that is to be given out, and the offset from which on.
    struct Found {
        var batch: RecordBatch
        var from: Int64
    }

    /// Steps over what an answer holds and says which batches are to be given out: transactions that were aborted are
    /// not, nor are the markers at their ends.
    mutating func advance(over answer: FetchResponse.Partition) throws(ConnectionFailure) -> [Found] {
        try check(answer.errorCode)
        guard case .borrowed(var rest) = answer.records else { return [] }
        var aborted = (answer.abortedTransactions ?? []).sorted { $0.firstOffset < $1.firstOffset }[...]
        var dropped: Set<Int64> = []
        var found: [Found] = []
        // The last batch may be cut off.
        while let batch = RecordBatch(startOf: rest) {
            rest = UnsafeRawBufferPointer(rebasing: rest[batch.size...])
            try validate(batch)
            while let first = aborted.first, first.firstOffset <= batch.lastOffset {
                dropped.insert(first.producerId)
                aborted.removeFirst()
            }
            guard batch.nextOffset > offset else { continue }
            if batch.isControl {
                if TransactionMarker(batch) == .abort { dropped.remove(batch.producerId) }
            } else if batch.recordCount > 0, !batch.isTransactional || !dropped.contains(batch.producerId) {
                found.append(Found(batch: batch, from: offset))
            }
            offset = batch.nextOffset
        }
        return found
    }

    /// The end, where it has been reached and not been told of.
    mutating func endToTell(_ answer: FetchResponse.Partition, committedOnly: Bool) -> Int64? {
        let end =
            committedOnly && answer.lastStableOffset >= 0 ? answer.lastStableOffset : answer.highWatermark
        guard offset >= end, offset != toldEnd else { return nil }
        toldEnd = offset
        return offset
    }

    private func check(_ code: ErrorCode) throws(ConnectionFailure) {
        guard code != .noError else { return }
        throw ConnectionFailure(
            "\(topic)[\(partition)] at \(offset): the broker answered \(code.name)", code: code)
    }

    private func validate(_ batch: RecordBatch) throws(ConnectionFailure) {
        do throws(RecordBatch.Damage) {
            try batch.validate()
        } catch {
            throw ConnectionFailure("\(topic)[\(partition)]: the batch at \(batch.baseOffset) \(error.words)")
        }
    }
}
