import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaStores
import KappaTerminal

/// `kappa replay list`, `status` and `current`: which generations there are, and how far each has come.
enum ReplayListCommand {
    static let topic = Argument<String>("TOPIC", type: .topic, help: "The stable name of a topic of results.")

    static let list = Command(
        "list", abstract: "Show the generations of a job",
        parameters: [GenerationOptions.job, GenerationOptions.table] + StoreOptions.all + BrokerOptions.all
            + OutputOptions.all,
        examples: [Example("kappa replay list --json", "For a script.")],
        run: { context in
            let control = try ControlLog(context[GenerationOptions.job], try context.kafka())
            let store = try GenerationOptions.store(context)
            try GenerationSwitch.finish(control, store, voice: context.voice)
            noteNothing(control, context)
            let shown = try store?.shownGeneration()
            if let shown, shown != control.pointer.live {
                context.messages.warning(
                    "the store shows generation \(shown), the topics' pointer generation \(control.pointer.live)")
                context.messages.note("'kappa replay switch \(control.pointer.live)' with --store makes them one")
            }
            let columns = [
                Column("generation", align: .right), Column("speaks", title: "ACTIVE"), Column("from"),
                Column("started"),
                Column("compared"), Column("rules"), Column("topics"),
            ]
            try context.output.rows("generations", columns) { rows in
                for generation in control.all {
                    let speaks = generation.number == control.pointer.live
                    let started = generation.number > 1 ? Timestamp(milliseconds: generation.startedAt) : nil
                    try rows.add([
                        .integer(generation.number), .bool(speaks),
                        speaks ? time(control.pointer.from) : .absent, started.map { .time($0) } ?? .absent,
                        time(generation.comparedAt),
                        generation.number > 1 ? .text(generation.fingerprint) : .absent, .list(generation.topics),
                    ])
                }
            }
        })

    static let status = Command(
        "status", abstract: "Show how far the generations of a job have come",
        parameters: [GenerationOptions.job, GenerationOptions.table] + StoreOptions.all + BrokerOptions.all
            + OutputOptions.all,
        examples: [Example("kappa replay status", "Position, rate and time left, for each partition.")],
        run: { context in
            let control = try ControlLog(context[GenerationOptions.job], try context.kafka())
            try GenerationSwitch.finish(control, try GenerationOptions.store(context), voice: context.voice)
            noteNothing(control, context)
            let before = try control.all.map { try GenerationPlaces($0, control.client) }
            let isBehind = before.contains { $0.inputs.contains { $0.lag > 0 } }
            // A rate needs two looks; where nothing is left to do there is none to tell.
            if isBehind { _ = context.stop.wait(.seconds(1)) }
            let after = isBehind ? try control.all.map { try GenerationPlaces($0, control.client) } : before
            try show(before, after, control, context)
        })

    static let current = Command(
        "current", abstract: "Print the active topic of a stable name",
        discussion: "With it a script follows the switch: kappa consume $(kappa replay current piezometer).",
        parameters: [topic, GenerationOptions.job] + BrokerOptions.all,
        examples: [Example("kappa replay current piezometer", "piezometer, or piezometer.g2 after a switch.")],
        run: { context in
            let control = try ControlLog(context[GenerationOptions.job], try context.kafka())
            try context.output.line(GenerationNames.topic(context[topic], control.pointer.live))
            try context.output.flush()
        })

    private static func show(
        _ before: [GenerationPlaces], _ after: [GenerationPlaces], _ control: ControlLog, _ context: CommandContext
    ) throws {
        let columns = [
            Column("generation", align: .right), Column("speaks", title: "ACTIVE"), Column("topic"),
            Column("partition", align: .right),
            Column("position", align: .right), Column("end", align: .right), Column("lag", align: .right),
            Column("clock"), Column("per_second", align: .right), Column("left_ms", title: "LEFT", align: .right),
        ]
        try context.output.rows("places", columns) { rows in
            for places in after {
                for place in places.places {
                    let then = before.first { $0.generation.number == places.generation.number }?.places
                        .first { $0.at == place.at }?.position
                    let rate = place.lag > 0 ? Double(place.position - (then ?? place.position)) : 0
                    let left = rate > 0 ? Cell.duration(.seconds(Int64(Double(place.lag) / rate))) : .absent
                    try rows.add([
                        .integer(places.generation.number), .bool(places.generation.number == control.pointer.live),
                        .text(place.at.topic), .integer(place.at.partition), .integer(place.position),
                        .integer(place.end), .integer(place.lag), time(place.clock),
                        place.lag > 0 ? .number(rate) : .absent, left,
                    ])
                }
            }
        }
    }

    private static func noteNothing(_ control: ControlLog, _ context: CommandContext) {
        guard control.generations.isEmpty else { return }
        context.messages.note("'\(control.job)' has no generation but the first: 'kappa replay start' begins another")
    }

    private static func time(_ milliseconds: Int64?) -> Cell {
        milliseconds.map { .time(Timestamp(milliseconds: $0)) } ?? .absent
    }
}
