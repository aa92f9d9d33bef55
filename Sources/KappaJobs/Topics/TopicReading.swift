import KappaCore
package import KappaKafka

/// Reads a topic from its beginning to the ends it has now.
package enum TopicReading {
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
        let partitions = try topics.flatMap { try client.partitions(of: $0) }
        let spans = try client.watermarks(of: partitions).filter { $0.value.high > $0.value.low }
            .map { TopicTail.Span($0.key, from: $0.value.low, end: $0.value.high) }
        guard !spans.isEmpty else { return }
        let places = Dictionary(topics.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
        let tail = try TopicTail(TopicTail.quick(kafka))
        try tail.begin(spans)
        var known: (identity: UnsafeRawPointer, place: Int)?
        try tail.readToEnds { message, at in
            if known?.identity != message.topicIdentity { known = (message.topicIdentity, places[at.topic] ?? 0) }
            try body(message, known?.place ?? 0)
        }
    }
}
