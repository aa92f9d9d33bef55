package import KappaKafka

/// What has to be done so that topics are as they are declared.
package enum TopicPlan {
    package enum Action: String {
        case create
        case addPartitions = "add partitions"
        case alter
    }

    package struct Step {
        package var topic: String
        package var action: Action
        package var detail: String
        package var perform: (KafkaClient) throws -> Void
    }

    package static func make(_ declared: [TopicDeclaration], _ client: KafkaClient) throws -> [Step] {
        let there = Dictionary(
            uniqueKeysWithValues: try client.metadata().topics.map { ($0.name, $0.partitions.count) })
        let known = declared.filter { there[$0.name] != nil }
        let settings = Dictionary(
            uniqueKeysWithValues: known.isEmpty
                ? [] : try client.describeTopics(known.map(\.name)).map { ($0.name, $0.settings) })
        return try declared.flatMap { topic -> [Step] in
            guard let count = there[topic.name] else { return [create(topic)] }
            return try grow(topic, from: count) + alter(topic, try settings[topic.name]?.get() ?? [])
        }
    }

    private static func create(_ topic: TopicDeclaration) -> Step {
        let settings = topic.settings.map { (key: $0.key, value: $0.value) }
        let new = NewTopic(
            topic.name, partitions: topic.partitions ?? -1, replication: topic.replication ?? -1, settings: settings)
        let words = topic.settings.map { "\($0.key)=\($0.value)" }
        let detail = (["partitions=\(topic.partitions.map(String.init) ?? "default")"] + words).joined(separator: " ")
        return Step(topic: topic.name, action: .create, detail: detail) { client in
            if let error = try client.createTopics([new]).first?.error { throw error }
        }
    }

    private static func grow(_ topic: TopicDeclaration, from count: Int) throws -> [Step] {
        guard let wanted = topic.partitions, wanted != count else { return [] }
        guard wanted > count else {
            throw JobFailure(
                "topic '\(topic.name)' has \(count) partitions and cannot shrink to \(wanted)", hint: "nothing was done"
            )
        }
        return [
            Step(topic: topic.name, action: .addPartitions, detail: "\(count) → \(wanted)") { client in
                if let error = try client.createPartitions(topic.name, total: wanted).error { throw error }
            }
        ]
    }

    private static func alter(_ topic: TopicDeclaration, _ current: [TopicSetting]) -> [Step] {
        let changes = topic.settings.filter { wanted in
            !current.contains { $0.name == wanted.key && $0.value == wanted.value }
        }
        guard !changes.isEmpty else { return [] }
        let kept = current.filter { setting in setting.isOwn && !changes.contains { $0.key == setting.name } }
        let all = kept.map { (key: $0.name, value: $0.value ?? "") } + changes.map { (key: $0.key, value: $0.value) }
        let detail = changes.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        return [
            Step(topic: topic.name, action: .alter, detail: detail) { try $0.replaceSettings(of: topic.name, by: all) }
        ]
    }
}
