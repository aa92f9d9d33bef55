import KappaCore
import KappaKafka
import KappaTerminal

/// Publishes what a generation says otherwise, in the stable topics, for readers who cannot follow a pointer.
struct GenerationCorrections {
    private let control: ControlLog
    private let context: CommandContext

    init(_ control: ControlLog, _ context: CommandContext) {
        self.control = control
        self.context = context
    }

    func publish() throws {
        var new = try control.chosen(context[GenerationOptions.number])
        let old = try control.generation(control.pointer.live)
        guard !new.isPublished else {
            return context.messages.note("the corrections of generation \(new.number) were published before")
        }
        guard new.comparedAt != nil || context[ReplaySwitchCommand.withoutDiff] else {
            throw CommandFailure(
                "nobody has compared generation \(new.number) with generation \(old.number)",
                hint: "'kappa replay diff' does; --without-diff goes on without it")
        }
        let kafka = try context.kafka()
        let comparison = try GenerationComparison(
            old: old, new: new, kafka: kafka, client: control.client, samples: 0)
        new.isPublished = true
        try control.beginWriting()
        let count = try control.write(new) { writer in try send(new, old, comparison.difference.places, kafka, writer) }
        let missing = comparison.difference.counts.values.reduce(0) { $0 + $1.missing }
        context.messages.note(
            "published \(count) corrections" + (missing > 0 ? "; \(missing) windows have no result any more" : ""))
    }

    private func send(
        _ new: Generation, _ old: Generation, _ wanted: [String: Set<Int64>], _ kafka: KafkaConfiguration,
        _ writer: TransactionalWriter
    ) throws -> Int64 {
        var count: Int64 = 0
        for (stable, (from, to)) in zip(new.outputs, zip(new.topics, old.topics)) {
            guard let offsets = wanted[stable], !offsets.isEmpty else { continue }
            let topic = try writer.producer.topic(to)
            let isAligned = try control.client.partitions(of: from).count == control.client.partitions(of: to).count
            try TopicReading.all(of: from, kafka, control.client) { message in
                guard offsets.contains(WindowResult.place(message.partition, message.offset)) else { return }
                count += 1
                try writer.send { producer throws(KafkaError) in
                    try producer.produce(
                        to: topic, partition: isAligned ? message.partition : nil, key: message.key,
                        value: message.value, timestamp: message.timestamp,
                        headers: message.headers + [Header("kappa.revision", "\(new.number)")])
                }
            }
        }
        return count
    }
}
