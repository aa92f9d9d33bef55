import KappaCore
import KappaJobs
import KappaKafka
import KappaStores
import KappaTerminal

/// What `kappa replay start --dry-run` shows: what the log still holds, and what would be made.
struct GenerationPlan {
    private let spec: JobSpec
    private let generation: Generation
    private let client: KafkaClient

    init(_ spec: JobSpec, _ generation: Generation, _ client: KafkaClient) {
        self.spec = spec
        self.generation = generation
        self.client = client
    }

    func show(_ context: CommandContext) throws {
        var lines = [("job", generation.job), ("generation", "\(generation.number)"), ("group", spec.group)]
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
        if context.isGiven(StoreOptions.store) {
            lines.append(("would store", try GenerationOptions.target(context, generation.number).tableName))
        }
        try context.output.rows("plan", [Column("what"), Column("value")]) { rows in
            for (what, value) in lines { try rows.add([.text(what), .text(value)]) }
        }
    }
}
