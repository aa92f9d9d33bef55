import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// Counts the dead letters that a replay would send, by reason and field.
struct DeadSurvey {
    private let context: CommandContext

    init(_ context: CommandContext) { self.context = context }

    private struct Group: Hashable, Comparable {
        var reason: String
        var field: String
        var source: String

        static func < (left: Group, right: Group) -> Bool {
            (left.reason, left.field, left.source) < (right.reason, right.field, right.source)
        }
    }

    func show() throws {
        let kafka = try context.kafka()
        let client = try KafkaClient(kafka)
        var selection = DeadSelection(context)
        let topic = selection.topic
        let ledgerTopic = DeadLedger.topic(of: topic)
        let hasLedger = try client.metadata().topics.contains { $0.name == ledgerTopic }
        let ledger = hasLedger ? try DeadLedger.read(of: topic, kafka, client) : DeadLedger()
        var counts: [Group: (waiting: Int64, sent: Int64)] = [:]
        try TopicReading.all(of: topic, kafka, client) { message in
            let letter = DeadLetter(message, at: TopicPartition(topic, message.partition))
            guard selection.accepts(letter) else { return }
            let group = Group(
                reason: letter.reason ?? "", field: letter.field ?? "", source: letter.sourceTopic ?? "")
            let isSent = ledger.holds(letter)
            counts[group, default: (0, 0)].waiting += isSent ? 0 : 1
            counts[group, default: (0, 0)].sent += isSent ? 1 : 0
        }
        let columns = [
            Column("reason"), Column("field"), Column("source"), Column("waiting", align: .right),
            Column("sent_back", align: .right),
        ]
        try context.output.rows("dead_letters", columns) { rows in
            for (group, count) in counts.sorted(by: { $0.key < $1.key }) {
                try rows.add([
                    .text(group.reason), .text(group.field), .text(group.source), .integer(count.waiting),
                    .integer(count.sent),
                ])
            }
        }
    }
}
