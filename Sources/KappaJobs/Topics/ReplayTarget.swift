import KappaCore
package import KappaKafka

/// The topic that a replay or a restore writes to.
package enum ReplayTarget {
    /// How many partitions it has; made where it is not there and may be.
    package static func prepare(
        _ name: String, partitions: Int, settings: [(key: String, value: String)], creates: Bool, client: KafkaClient
    ) throws -> Int {
        if let found = try existing(name, client) {
            try refuseOwnTimes(name, client)
            return found
        }
        guard creates else { throw JobFailure("there is no topic '\(name)'", hint: "leave --no-create out") }
        // A topic that puts its own times on records, or throws old ones away, would not hold a copy.
        let kept = settings.filter { !["message.timestamp.type", "retention.ms"].contains($0.key) }
        let topic = NewTopic(name, partitions: partitions, settings: kept + [("retention.ms", "-1")])
        for outcome in try client.createTopics([topic]) {
            guard let error = outcome.error else { continue }
            guard error.code == KafkaError.topicExists else { throw error }
            return try madeByAnother(name, client)
        }
        return partitions
    }

    /// Another program makes it at this moment: it is there once its partitions can be seen.
    private static func madeByAnother(_ name: String, _ client: KafkaClient) throws -> Int {
        let deadline = ContinuousClock.now + .seconds(30)
        var backOff = BackOff(from: .milliseconds(20), to: .milliseconds(500))
        let pause = StopSignal()
        while ContinuousClock.now < deadline {
            if let found = try? existing(name, client), found > 0 { return found }
            _ = pause.wait(backOff.pause())
        }
        throw JobFailure(
            "topic '\(name)' is being made by another program, and is not there after 30 s", kind: .timedOut)
    }

    private static func existing(_ name: String, _ client: KafkaClient) throws -> Int? {
        // All topics are asked for: asking for one by name can make it.
        guard let topic = try client.metadata().topics.first(where: { $0.name == name }) else { return nil }
        if let error = topic.error { throw error }
        return topic.partitions.count
    }

    private static func refuseOwnTimes(_ name: String, _ client: KafkaClient) throws {
        let own = try setting("message.timestamp.type", of: name, client)
        guard own == "LogAppendTime" else { return }
        throw JobFailure(
            "topic '\(name)' puts its own times on records",
            hint: "set message.timestamp.type=CreateTime on it, or name another topic")
    }

    /// The settings that were made on the topic itself.
    package static func ownSettings(of name: String, _ client: KafkaClient) throws -> [(key: String, value: String)] {
        guard let answer = try client.describeTopics([name]).first else { return [] }
        return try answer.settings.get().filter { $0.isOwn && !$0.isReadOnly && !$0.isSensitive }.compactMap {
            setting in
            setting.value.map { (setting.name, $0) }
        }
    }

    private static func setting(_ key: String, of name: String, _ client: KafkaClient) throws -> String? {
        guard let answer = try client.describeTopics([name]).first else { return nil }
        return try answer.settings.get().first { $0.name == key }?.value
    }
}
