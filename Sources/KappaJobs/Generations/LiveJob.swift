package import KappaCore
package import KappaKafka
import KappaStreams

/// The running job beside which a generation is to begin, as far as its group and its topics tell of it.
package struct LiveJob {
    private let spec: JobSpec
    private let client: KafkaClient

    package init(_ spec: JobSpec, _ client: KafkaClient) {
        self.spec = spec
        self.client = client
    }

    /// Refuses what is another kind of job, or one of another topic: its generations would have nothing in common.
    package func check(_ voice: Voice) throws {
        let group = GenerationNames.group(spec.name, 1)
        let places = try client.groupOffsets(group).filter { CommittedState(words: $0.metadata ?? "") != nil }
        guard let other = places.first else {
            return voice.warning("no job '\(spec.name)' has run yet, so there is nothing to compare a replay with")
        }
        try checkKind(places)
        // Only these jobs have clocks, and so a topic for them.
        let ticks = [spec.ticks, "\(spec.name).ticks"]
        guard try client.metadata().topics.contains(where: { ticks.contains($0.name) }) else {
            throw JobFailure(
                "'\(spec.name)' is not a job of windows or of alarms; only those have generations",
                hint: "run it once more under another --name, into another --output, from the beginning")
        }
        guard places.contains(where: { $0.at.topic == spec.input }) else {
            throw JobFailure(
                "the job '\(spec.name)' reads '\(other.at.topic)', not '\(spec.input)'",
                hint: "--input \(other.at.topic) replays it; --job names another")
        }
    }

    /// Which kind of job it is can be seen in its rules, where one of its commits holds them.
    private func checkKind(_ places: [PartitionOffset]) throws {
        let rules = places.lazy.compactMap { CommittedState(words: $0.metadata ?? "")?.rules }.first
        guard let names = rules?.values.map(\.name), !names.isEmpty else { return }
        let raisesAlarms = names.contains("converted")
        guard case .alarms = spec.work else {
            guard raisesAlarms else { return }
            throw JobFailure("the job '\(spec.name)' raises alarms", hint: "--kind alarms replays it")
        }
        guard !raisesAlarms else { return }
        throw JobFailure(
            "the job '\(spec.name)' raises no alarms", hint: "without --kind alarms it is replayed; --job names another"
        )
    }
}
