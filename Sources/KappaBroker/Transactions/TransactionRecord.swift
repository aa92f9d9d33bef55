import KappaWire

/// What stands in `__transaction_state`, in Kafka's own form: TransactionLogKey 0, and value 0 or, where producers go
/// on under the next epoch, value 1 with its tagged fields.
enum TransactionRecord {
    static func key(_ id: String) throws(WireError) -> [UInt8] {
        var writer = WireWriter()
        writer.append(Int16(0))
        try writer.append(text: id)
        return writer.bytes
    }

    static func value(_ transaction: Transaction) throws(WireError) -> [UInt8] {
        let isFlexible = transaction.bumpsEpoch
        var writer = WireWriter()
        writer.append(Int16(isFlexible ? 1 : 0))
        writer.append(transaction.producerId)
        writer.append(transaction.epoch)
        writer.append(transaction.timeoutMilliseconds)
        writer.append(transaction.state.rawValue)
        let topics = Dictionary(grouping: transaction.partitions, by: \.topic).sorted { $0.key < $1.key }
        writer.append(count: topics.count, isFlexible)
        for (topic, partitions) in topics {
            if isFlexible {
                writer.append(count: topic.utf8.count, true)
                writer.append(contentsOf: topic.utf8)
            } else {
                try writer.append(text: topic)
            }
            writer.append(count: partitions.count, isFlexible)
            for partition in partitions.sorted(by: { $0.index < $1.index }) { writer.append(partition.index) }
            if isFlexible { writer.append(variableLengthNumber: 0) }
        }
        writer.append(transaction.updatedAt)
        writer.append(transaction.startedAt)
        if isFlexible { writer.append(tagsOf: transaction) }
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
        let version: Int16 = try reader.number()
        let isFlexible = version >= 1
        var transaction = Transaction(
            id: id, producerId: try reader.number(), epoch: try reader.number(),
            timeoutMilliseconds: try reader.number(), now: 0)
        guard let state = Transaction.State(rawValue: try reader.number()) else { return nil }
        transaction.state = state
        for _ in 0..<(try reader.count(isFlexible)) {
            let topic = isFlexible ? try reader.text(try reader.count(true)) : try reader.text() ?? ""
            for _ in 0..<(try reader.count(isFlexible)) {
                transaction.partitions.insert(.init(topic: topic, index: try reader.number()))
            }
            if isFlexible { try reader.skipTags() }
        }
        transaction.updatedAt = try reader.number()
        transaction.startedAt = try reader.number()
        if isFlexible { try reader.readTags(of: &transaction) }
        return transaction
    }
}

/// The numbers of the tagged fields of TransactionLogValue 1.
private enum Tag {
    static let previousProducerId: UInt32 = 0
    static let nextProducerId: UInt32 = 1
    static let clientVersion: UInt32 = 2
}

extension WireWriter {
    fileprivate mutating func append(count: Int, _ isFlexible: Bool) {
        if isFlexible { append(variableLengthNumber: UInt32(count + 1)) } else { append(Int32(count)) }
    }

    fileprivate mutating func append(tagsOf transaction: Transaction) {
        let ids = [
            (Tag.previousProducerId, transaction.lastProducerId), (Tag.nextProducerId, transaction.nextProducerId),
        ].filter { $0.1 >= 0 }
        append(variableLengthNumber: UInt32(ids.count + 1))
        for (tag, id) in ids {
            append(variableLengthNumber: tag)
            append(variableLengthNumber: 8)
            append(id)
        }
        append(variableLengthNumber: Tag.clientVersion)
        append(variableLengthNumber: 2)
        append(Int16(2))
    }
}

extension WireReader {
    /// Of a list, or of the bytes of a text; none where it is null.
    fileprivate mutating func count(_ isFlexible: Bool) throws(WireError) -> Int {
        guard isFlexible else {
            let count: Int32 = try number()
            return max(0, Int(count))
        }
        return max(0, Int(try variableLengthNumber()) - 1)
    }

    fileprivate mutating func readTags(of transaction: inout Transaction) throws(WireError) {
        for _ in 0..<(try variableLengthNumber()) {
            let tag = try variableLengthNumber()
            let length = Int(try variableLengthNumber())
            switch (tag, length) {
            case (Tag.previousProducerId, 8): transaction.lastProducerId = try number()
            case (Tag.nextProducerId, 8): transaction.nextProducerId = try number()
            case (Tag.clientVersion, 2):
                let version: Int16 = try number()
                transaction.bumpsEpoch = version >= 2
            default: _ = try slice(length)
            }
        }
    }
}
