import KappaCore
package import KappaKafka
import KappaStores

/// What the start of a generation would do: what the log still holds, and what would be made.
package struct GenerationPlan {
    private let spec: JobSpec
    private let generation: Generation
    private let client: KafkaClient
    private let store: GenerationStore?

    package init(_ spec: JobSpec, _ generation: Generation, _ client: KafkaClient, _ store: GenerationStore?) {
        self.spec = spec
        self.generation = generation
        self.client = client
        self.store = store
    }

    package func lines() throws -> [(what: String, value: String)] {
        var lines: [(what: String, value: String)] = [
            ("job", generation.job), ("generation", "\(generation.number)"), ("group", spec.group),
        ]
        for at in try client.partitions(of: spec.input) {
            let log = try client.watermarks(at)
            var part = ReplayPlan.Part(at: at, next: log.low, end: log.high)
            part.next = log.low
            var times = RangeTimes(field: FieldPath("timestamp")!)
            if log.high > log.low { try times.read(part, spec.kafka) }
            let span = times.log.map {
                " logged from \(Timestamp(milliseconds: $0.lowerBound)) to \(Timestamp(milliseconds: $0.upperBound))"
            }
            let gone = log.low > 0 ? ", the \(log.low) before are gone" : ""
            lines.append(("would read", "\(at): \(log.high - log.low) offsets\(span ?? "")\(gone)"))
        }
        let known = Set(try client.metadata().topics.map(\.name))
        for topic in spec.outputs + [spec.late, spec.dead, spec.ticks] {
            lines.append(("would write", known.contains(topic) ? topic : "\(topic), to be made"))
        }
        if let store { lines.append(("would store", store.target(generation.number).tableName)) }
        return lines
    }
}
