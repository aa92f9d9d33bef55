import KappaCore
package import KappaKafka

/// Reads a topic from its beginning to the ends it has now.
package enum TopicReading {
    /// How long nothing may come before the reading is given up.
    private static let patience = Duration.seconds(30)

    /// A client hears of a topic's end when a fetch comes back empty, and for that the broker is not to wait.
    static func quick(_ kafka: KafkaConfiguration) -> KafkaConfiguration {
        kafka.defaulting([("fetch.wait.max.ms", "10")])
    }

    package static func all(
        of topic: String, _ kafka: KafkaConfiguration, _ client: KafkaClient, _ body: (Message) throws -> Void
    ) throws {
        try all(of: [topic], kafka, client) { message, _ in try body(message) }
    }

    /// Reads several topics at once; the number of each one's place in `topics` comes with its records.
    package static func all(
        of topics: [String], _ kafka: KafkaConfiguration, _ client: KafkaClient,
        _ body: (Message, _ topic: Int) throws -> Void
    ) throws {
        var left: [TopicPartition: Int64] = [:]
        let partitions = try topics.flatMap { try client.partitions(of: $0) }
        for (at, marks) in try client.watermarks(of: partitions) where marks.high > marks.low { left[at] = marks.high }
        guard !left.isEmpty else { return }
        let consumer = try Consumer(quick(kafka), group: nil, capacity: 4096)
        // A client that does not know the topic yet would take a second to find its leaders.
        for topic in topics { _ = try consumer.client.partitions(of: topic) }
        try consumer.assign(left.keys.map { PartitionOffset($0, PartitionOffset.beginning) })
        var known: (identity: UnsafeRawPointer, place: Int)?
        var lastEvent = ContinuousClock.now
        while !left.isEmpty {
            let count = try consumer.poll(timeout: .milliseconds(100)) { event in
                switch event {
                case .record(let message):
                    if known?.identity != message.topicIdentity {
                        known = (message.topicIdentity, topics.firstIndex(of: message.topic) ?? 0)
                    }
                    let place = known?.place ?? 0
                    let at = TopicPartition(topics[place], message.partition)
                    guard let end = left[at] else { return }
                    if message.offset < end { try body(message, place) }
                    if message.offset + 1 >= end { left[at] = nil }
                case .end(let at, let offset): if offset >= left[at] ?? .max { left[at] = nil }
                case .trouble(let error): if error.isFatal || error.kind == .failed { throw error }
                }
            }
            if count > 0 { lastEvent = .now }
            guard lastEvent.duration(to: .now) < patience else {
                throw JobFailure(
                    "'\(topics.joined(separator: ", "))' gave nothing for \(patience.word)", kind: .timedOut)
            }
        }
    }
}
