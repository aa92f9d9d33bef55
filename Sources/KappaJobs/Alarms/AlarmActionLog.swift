import KappaCore
package import KappaKafka

/// Writes what people do about alarms; returns once the broker has it.
package struct AlarmActionLog {
    private let topic: String
    private let kafka: KafkaConfiguration

    package init(_ alarms: String, _ kafka: KafkaConfiguration) throws {
        topic = AlarmAction.topic(of: alarms)
        self.kafka = kafka
        _ = try ReplayTarget.prepare(
            topic, partitions: 1, settings: [("retention.ms", "-1")], creates: true, client: KafkaClient(kafka))
    }

    package func write(_ actions: [AlarmAction]) throws {
        let producer = try Producer(kafka)
        let handle = try producer.topic(topic)
        for action in actions {
            let taken = try Array(action.name.utf8).withUnsafeBytes { key in
                try action.json.withUnsafeBytes { value in
                    try producer.produce(
                        to: handle, partition: 0, key: key, value: value, timestamp: action.time,
                        headers: [Header(ResultSchema.header, AlarmAction.schema.text)])
                }
            }
            guard taken else { throw JobFailure("the client has no room for another record") }
        }
        let isDelivered = producer.flush(timeout: .seconds(30))
        if let failure = producer.tally.firstFailure { throw failure }
        guard isDelivered else {
            throw JobFailure("'\(topic)': no broker has confirmed it in 30s", kind: .timedOut)
        }
    }
}
