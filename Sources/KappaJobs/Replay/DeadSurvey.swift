package import KappaCore
package import KappaKafka

/// Counts the dead letters that a replay would send, by reason and field.
package enum DeadSurvey {
    package struct Group: Hashable, Comparable {
        package var reason: String
        package var field: String
        package var source: String

        package static func < (left: Group, right: Group) -> Bool {
            (left.reason, left.field, left.source) < (right.reason, right.field, right.source)
        }
    }

    package struct Count {
        package var waiting: Int64 = 0
        package var sent: Int64 = 0
    }

    package static func counts(
        _ settings: DeadReplaySettings, _ kafka: KafkaConfiguration, voice: Voice
    ) throws -> [(group: Group, count: Count)] {
        let client = try KafkaClient(kafka)
        var selection = DeadSelection(settings)
        let topic = settings.topic
        let ledgerTopic = DeadLedger.topic(of: topic)
        let hasLedger = try client.metadata().topics.contains { $0.name == ledgerTopic }
        let ledger = hasLedger ? try DeadLedger.read(of: topic, kafka, client) : DeadLedger()
        var counts: [Group: Count] = [:]
        var progress = try TopicProgress("reading", topic, client, voice: voice)
        defer { progress.end() }
        try TopicReading.all(of: topic, kafka, client) { message in
            progress.read(message)
            let letter = DeadLetter(message, at: TopicPartition(topic, message.partition))
            guard selection.accepts(letter) else { return }
            let group = Group(
                reason: letter.reason ?? "", field: letter.field ?? "", source: letter.sourceTopic ?? "")
            let isSent = ledger.holds(letter)
            counts[group, default: Count()].waiting += isSent ? 0 : 1
            counts[group, default: Count()].sent += isSent ? 1 : 0
        }
        return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
