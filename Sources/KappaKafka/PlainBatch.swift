import CRdKafka

/// Records of a key and a value, and nothing else, that are put on their way together: librdkafka looks at the clock
/// and takes its locks once for all of them.
package final class PlainBatch {
    package static let capacity = 1000

    fileprivate let messages: UnsafeMutablePointer<rd_kafka_message_t>
    package private(set) var count = 0

    package init() {
        messages = .allocate(capacity: PlainBatch.capacity)
        messages.initialize(repeating: rd_kafka_message_t(), count: PlainBatch.capacity)
    }

    deinit { messages.deallocate() }

    package var isFull: Bool { count == PlainBatch.capacity }

    /// The bytes are borrowed until the batch is empty again.
    @inline(__always)
    package func add(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, tag: Int = 0) {
        // Empty is not null: librdkafka goes by the address.
        messages[count].payload = value.map { UnsafeMutableRawPointer(mutating: $0.baseAddress) ?? emptyBytes }
        messages[count].len = value?.count ?? 0
        messages[count].key = key.map { UnsafeMutableRawPointer(mutating: $0.baseAddress) ?? emptyBytes }
        messages[count].key_len = key?.count ?? 0
        messages[count]._private = UnsafeMutableRawPointer(bitPattern: tag)
        count += 1
    }

    package func removeAll() { count = 0 }
}

extension Producer {
    /// Puts the records of the batch from `start` on their way, in order, and says which is the first that found no
    /// room. The bytes are copied. Whatever else can keep a record back is the topic's fault or the client's.
    package func produce(
        _ batch: PlainBatch, from start: Int, to topic: ProducerTopic, partition: Int32
    ) throws(KafkaError) -> Int {
        let taken = rd_kafka_produce_batch(
            topic.handle, partition, Int32(RD_KAFKA_MSG_F_COPY), batch.messages + start, Int32(batch.count - start))
        accepted += Int(taken)
        guard taken < batch.count - start else { return batch.count }
        for place in start..<batch.count {
            let code = batch.messages[place].err
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { continue }
            // From the first that finds no room librdkafka takes none, so the order stays.
            if code == RD_KAFKA_RESP_ERR__QUEUE_FULL { return place }
            throw KafkaError(code, "topic '\(topic.name)'")
        }
        return batch.count
    }
}
