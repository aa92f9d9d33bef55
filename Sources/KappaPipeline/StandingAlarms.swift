import KappaCore
import KappaKafka

/// Knows the alarms that stand, from the topic in which the last record of each alarm says how it is.
final class StandingAlarms {
    private let kafka: KafkaConfiguration
    private var tail: TopicTail?
    private var assigned: Set<TopicPartition> = []
    private var standing: [String: PipelineSnapshot.Alarm] = [:]
    private var buffer = JSONBuffer()

    /// The topic of `kappa alarms run`.
    private static let topic = "alarms"
    private static let mostShown = 6

    init(_ kafka: KafkaConfiguration) { self.kafka = kafka }

    /// How many there are, and the worst of them; what was known before where the brokers do not answer.
    func read() -> (count: Int, worst: [PipelineSnapshot.Alarm]) {
        try? readNew()
        let worst = standing.values.sorted { left, right in
            guard left.severity == right.severity else { return left.severity > right.severity }
            return left.since == right.since ? left.name < right.name : left.since > right.since
        }
        return (worst.count, Array(worst.prefix(StandingAlarms.mostShown)))
    }

    private func readNew() throws {
        let tail = try self.tail ?? TopicTail(kafka)
        self.tail = tail
        try assign(tail)
        guard !assigned.isEmpty else { return }
        let deadline = ContinuousClock.now + .milliseconds(200)
        while ContinuousClock.now < deadline {
            let events = try tail.read(within: .milliseconds(20)) { event in
                if case .record(let message, _) = event { hear(message) }
            }
            if events == 0 { return }
        }
    }

    private func assign(_ tail: TopicTail) throws {
        let topics = try tail.consumer.client.metadata().topics
        let known = topics.first { $0.name == StandingAlarms.topic && $0.error == nil }
        let wanted = Set((known?.partitions ?? []).map { TopicPartition(StandingAlarms.topic, $0.id) })
        guard wanted != assigned else { return }
        assigned = wanted
        standing = [:]
        try tail.begin(wanted.map { TopicTail.Span($0, from: PartitionOffset.beginning) })
    }

    private func hear(_ message: Message) {
        guard let key = message.key, let value = message.value else { return }
        buffer.load(value)
        guard let record = try? JSONValue(checking: buffer), record.kind == .object,
            let severity = Int(record.member("severity").text)
        else { return }
        let name = String(decoding: key, as: UTF8.self)
        guard severity > 0 else { return standing[name] = nil }
        func text(_ name: String) -> String {
            let value = record.member(name)
            return value.kind == .string ? value.text : ""
        }
        standing[name] = PipelineSnapshot.Alarm(
            name: name, level: text("level"), severity: severity, value: record.member("value").double,
            unit: text("unit"), since: text("since"), tell: text("tell"))
    }
}
