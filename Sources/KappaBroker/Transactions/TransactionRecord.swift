import KappaWire

/// What stands in `__transaction_state`, in Kafka's own form: TransactionLogKey 0 and value 0.
enum TransactionRecord {
    static func key(_ id: String) throws(WireError) -> [UInt8] {
        var writer = WireWriter()
        writer.append(Int16(0))
        try writer.append(text: id)
        return writer.bytes
    }

    static func value(_ transaction: Transaction) throws(WireError) -> [UInt8] {
        var writer = WireWriter()
        writer.append(Int16(0))
        writer.append(transaction.producerId)
        writer.append(transaction.epoch)
        writer.append(transaction.timeoutMilliseconds)
        writer.append(transaction.state.rawValue)
        let topics = Dictionary(grouping: transaction.partitions, by: \.topic).sorted { $0.key < $1.key }
        writer.append(Int32(topics.count))
        for (topic, partitions) in topics {
            try writer.append(text: topic)
            writer.append(Int32(partitions.count))
            for partition in partitions.sorted(by: { $0.index < $1.index }) { writer.append(partition.index) }
        }
        writer.append(transaction.updatedAt)
        writer.append(transaction.startedAt)
        return writer.bytes
    }

    static func id(_ key: UnsafeRawBufferPointer) throws(WireError) -> String {
        var reader = WireReader(key)
        let _: Int16 = try reader.number()
        return try reader.text() ?? ""
    }

    /// Nil where the state is one that only newer Kafkas write.
    static func read(_ id: String, _ value: UnsafeRawBufferPointer) throws(WireError) -> Transaction? {
        var reader = WireReader(value)
        let _: Int16 = try reader.number()
        var transaction = Transaction(
            id: id, producerId: try reader.number(), epoch: try reader.number(),
            timeoutMilliseconds: try reader.number(), now: 0)
        guard let state = Transaction.State(rawValue: try reader.number()) else { return nil }
        transaction.state = state
        let topics: Int32 = try reader.number()
        for _ in 0..<max(0, topics) {
            let topic = try reader.text() ?? ""
            let count: Int32 = try reader.number()
            for _ in 0..<max(0, count) {
                transaction.partitions.insert(.init(topic: topic, index: try reader.number()))
            }
        }
        transaction.updatedAt = try reader.number()
        transaction.startedAt = try reader.number()
        return transaction
    }
}
