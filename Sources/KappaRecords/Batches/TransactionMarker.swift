/// The control record that ends a producer's transaction on one partition.
package enum TransactionMarker: Int16, Sendable {
    case abort = 0
    case commit = 1

    /// A control batch of one record: its key is the version and the type, its value the version and the
    /// coordinator's epoch.
    package func batch(
        producerId: Int64, producerEpoch: Int16, coordinatorEpoch: Int32, timestamp: Int64
    ) -> [UInt8] {
        var builder = RecordBatchBuilder()
        builder.attributes = [.control, .transactional]
        builder.producerId = producerId
        builder.producerEpoch = producerEpoch
        var key: [UInt8] = []
        key.appendBigEndian(Int16(0))
        key.appendBigEndian(rawValue)
        var value: [UInt8] = []
        value.appendBigEndian(Int16(0))
        value.appendBigEndian(coordinatorEpoch)
        builder.append(timestamp: timestamp, key: key, value: value)
        return builder.build()
    }

    /// The epoch of the coordinator that wrote a marker; nil where its batch does not tell.
    package static func coordinatorEpoch(of batch: RecordBatch) -> Int32? {
        var records = RecordReader(batch)
        guard let record = try? records.next(), let value = record.value, value.count >= 6 else { return nil }
        return value.bigEndian(at: 2, as: Int32.self)
    }

    /// The marker in a control batch; nil for other control records, which carry nothing for a log to do.
    package init?(_ batch: RecordBatch) {
        guard batch.isControl, batch.attributes.codec == RecordBatch.Codec.none else { return nil }
        var records = RecordReader(batch)
        guard let record = try? records.next(), let key = record.key, key.count >= 4 else { return nil }
        self.init(rawValue: key.bigEndian(at: 2, as: Int16.self))
    }
}
