import CRdKafka
package import KappaCore

extension Producer {
    /// Puts a copy of a record on its way: key, value, headers and time as they are, null and empty told apart.
    ///
    /// - Parameters:
    ///   - value: stands instead of the record's own value.
    ///   - timestamp: stands instead of the record's own time.
    /// - Returns: false when the buffer has no room: `poll` and try again.
    package func produce(
        copyOf message: Message, to topic: ProducerTopic, partition: Int32, value: UnsafeRawBufferPointer? = nil,
        timestamp: Timestamp? = nil
    ) throws(KafkaError) -> Bool {
        var fields = InlineFields()
        fields.add(RD_KAFKA_VTYPE_RKT) { $0.rkt = topic.handle }
        fields.add(RD_KAFKA_VTYPE_PARTITION) { $0.i32 = partition }
        fields.add(RD_KAFKA_VTYPE_MSGFLAGS) { $0.i = Int32(RD_KAFKA_MSG_F_COPY) }
        if let value = value ?? message.value { fields.add(RD_KAFKA_VTYPE_VALUE, bytes: value) }
        if let key = message.key { fields.add(RD_KAFKA_VTYPE_KEY, bytes: key) }
        if let time = timestamp ?? message.timestamp {
            fields.add(RD_KAFKA_VTYPE_TIMESTAMP) { $0.i64 = time.milliseconds }
        }
        let copied = message.copiedHeaders()
        if let copied { fields.add(RD_KAFKA_VTYPE_HEADERS) { $0.headers = copied } }
        guard let error = fields.produce(client.handle) else {
            accepted += 1
            return true
        }
        // On failure the headers stay ours; on success librdkafka took them.
        if let copied { rd_kafka_headers_destroy(copied) }
        let failure = KafkaError(taking: error, "topic '\(topic.name)'")
        if failure.code == KafkaError.queueFull { return false }
        throw failure
    }
}
