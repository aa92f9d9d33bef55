package import KappaCore
package import KappaKafka

/// The topics of a job: which there are, which are made, and how many partitions each has.
package struct JobTopics: Sendable {
    package struct Planned: Sendable {
        package var name: String
        package var purpose: String
        package var partitions: Int
        package var exists: Bool
        /// Only the last record of each key is kept.
        package var isCompacted = false
    }

    /// Each partition of the input tells its clock to each of the keyed topic: their product is to stay small.
    private static let mostKeyed = 32

    package let inputPartitions: Int
    package private(set) var planned: [Planned]

    package init(_ spec: JobSpec, client: KafkaClient) throws {
        let metadata = try client.metadata()
        let known = Dictionary(metadata.topics.filter { $0.error == nil }.map { ($0.name, $0.partitions.count) }) { $1 }
        guard let count = known[spec.input] else {
            throw ProcessFailure(
                "there is no topic '\(spec.input)' to read",
                hint: "'kappa topics create \(spec.input)' makes it; 'kappa topics list' shows what there is")
        }
        inputPartitions = count
        var planned: [Planned] = []
        func plan(_ name: String, _ purpose: String, _ count: Int) {
            guard !planned.contains(where: { $0.name == name }) else { return }
            planned.append(
                Planned(name: name, purpose: purpose, partitions: known[name] ?? count, exists: known[name] != nil))
        }
        for output in spec.outputs { plan(output, "results", count) }
        if spec.readsTicks { plan(spec.late, "late readings", count) }
        plan(spec.dead, "dead letters", count)
        if spec.readsTicks { plan(spec.ticks, "ticks", 1) }
        if spec.needsKeying(partitions: count) {
            plan(spec.keyed, "the input, by key", min(count, JobTopics.mostKeyed))
        }
        self.planned = planned
        for index in planned.indices where planned[index].name == spec.stateOutput {
            self.planned[index].isCompacted = true
            self.planned[index].purpose = "results and state"
        }
    }

    package func partitions(of topic: String) -> Int { planned.first { $0.name == topic }?.partitions ?? 1 }

    /// Makes what is missing, or refuses to.
    package mutating func create(_ spec: JobSpec, client: KafkaClient, voice: Voice) throws {
        let missing = planned.filter { !$0.exists }
        guard !missing.isEmpty else { return }
        guard spec.creates else {
            throw ProcessFailure(
                "missing topics: \(missing.map(\.name).joined(separator: ", "))",
                hint: "without --no-create they are made with the input's partitions")
        }
        // Results bear the time of their readings, which may be years ago: a retention by time would take them at once.
        // And a tick is needed for as long as its part of the log may be replayed.
        let topics = missing.map {
            NewTopic(
                $0.name, partitions: $0.partitions,
                settings: [("retention.ms", "-1")] + ($0.isCompacted ? [("cleanup.policy", "compact")] : []))
        }
        for outcome in try client.createTopics(topics) {
            if let error = outcome.error, error.code != KafkaError.topicExists { throw error }
        }
        voice.note("created \(missing.map(\.name).joined(separator: ", "))")
        for index in planned.indices { planned[index].exists = true }
    }
}
