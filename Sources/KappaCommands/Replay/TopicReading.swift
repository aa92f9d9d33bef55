import KappaCore
import KappaKafka

/// Reads a topic from its beginning to the ends it has now.
enum TopicReading {
    /// How long nothing may come before the reading is given up.
    private static let patience = Duration.seconds(30)

    static func all(
        of topic: String, _ kafka: KafkaConfiguration, _ client: KafkaClient, _ body: (Message) throws -> Void
    ) throws {
        var left: [Int32: Int64] = [:]
        for at in try client.partitions(of: topic) {
            let marks = try client.watermarks(at)
            if marks.high > marks.low { left[at.partition] = marks.high }
        }
        guard !left.isEmpty else { return }
        let consumer = try Consumer(kafka, group: nil, capacity: 4096)
        // A client that does not know the topic yet would take a second to find its leaders.
        _ = try consumer.client.partitions(of: topic)
        try consumer.assign(left.keys.map { PartitionOffset(TopicPartition(topic, $0), PartitionOffset.beginning) })
        var lastEvent = ContinuousClock.now
        while !left.isEmpty {
            let count = try consumer.poll(timeout: .milliseconds(100)) { event in
                switch event {
                case .record(let message):
                    guard let end = left[message.partition] else { return }
                    if message.offset < end { try body(message) }
                    if message.offset + 1 >= end { left[message.partition] = nil }
                case .end(let at, let offset): if offset >= left[at.partition] ?? .max { left[at.partition] = nil }
                case .trouble(let error): if error.isFatal || error.kind == .failed { throw error }
                }
            }
            if count > 0 { lastEvent = .now }
            guard lastEvent.duration(to: .now) < patience else {
                throw CommandFailure("'\(topic)' gave nothing for \(patience.word)", kind: .timedOut)
            }
        }
    }
}
