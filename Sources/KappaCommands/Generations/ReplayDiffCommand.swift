import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// `kappa replay diff`: what a generation says otherwise than the one that speaks.
enum ReplayDiffCommand {
    static let against = Option<Int?>(
        "against", type: .generation, settable: false,
        help: "The generation to compare with (default: the active one).")
    static let expectEqual = Flag("expect-equal", help: "End with status 1 where there is any difference.")
    static let samples = Option<Int>(
        "samples", type: .integer(0...1000), default: "3", help: "How many differences of each topic are shown.")

    static let sensors = Flag("sensors", help: "List the sensors that differ, and from which window to which.")

    static let command = Command(
        "diff", abstract: "Compare a generation's results with the active generation's",
        discussion: """
            Compares, topic by topic, the windows that both generations have closed: same, changed, added (only in \
            the new one), missing (only in the old one), the largest change first. Windows that only one of them has \
            closed so far are not comparable yet; they are counted apart.
            """,
        parameters: [GenerationOptions.number, GenerationOptions.job, against, sensors, expectEqual, samples]
            + BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa replay diff", "The newest generation against the active one."),
            Example("kappa replay diff --sensors", "Which sensors a new register changes, and when."),
            Example("kappa replay diff --expect-equal --json", "A check for a script."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let kafka = try context.kafka()
        let control = try ControlLog(context[GenerationOptions.job], kafka)
        let new = try control.chosen(context[GenerationOptions.number])
        let old = try control.generation(context[against] ?? control.pointer.live)
        guard old.number != new.number else { throw UsageError("generation \(new.number) equals itself") }
        let comparison = try GenerationComparison(
            old: old, new: new, kafka: kafka, client: control.client, samples: context[samples],
            voice: context.voice)
        if new.number > 1 { try note(new.number, control.job, comparison.difference, kafka) }
        if context[sensors] { try list(comparison, context) } else { try show(comparison, context) }
        context.messages.note(
            "generation \(new.number) against generation \(old.number)"
                + (comparison.beyond == 0
                    ? "" : "; \(comparison.beyond) windows are not comparable yet: only one generation has closed them")
        )
        guard !context[expectEqual] || comparison.difference.isEqual else {
            throw CommandFailure("generation \(new.number) differs from generation \(old.number)")
        }
    }

    /// Notes that somebody has looked. Only now is the account opened for writing, which shuts out whoever else writes:
    /// a look at a generation that is just being begun must not stop its beginning.
    private static func note(
        _ number: Int, _ job: String, _ difference: WindowDifference, _ kafka: KafkaConfiguration
    ) throws {
        let control = try ControlLog(job, kafka, writes: true)
        var generation = try control.generation(number)
        generation.comparedAt = Timestamp.now.milliseconds
        let summary = difference.summary
        (generation.changedSensors, generation.changes) = (summary.count, summary.lines)
        try control.write(generation)
    }

    private static func list(_ comparison: GenerationComparison, _ context: CommandContext) throws {
        let columns = [
            Column("topic"), Column("sensor"), Column("changed", align: .right), Column("added", align: .right),
            Column("missing", align: .right), Column("largest_change", align: .right), Column("from"), Column("to"),
        ]
        try context.output.rows("sensors", columns) { rows in
            for sensor in comparison.difference.changedSensors {
                try rows.add([
                    .text(sensor.topic), .text(sensor.key), .integer(sensor.changed), .integer(sensor.added),
                    .integer(sensor.missing), .number(sensor.largestChange),
                    .time(Timestamp(milliseconds: sensor.from)), .time(Timestamp(milliseconds: sensor.to)),
                ])
            }
        }
    }

    private static func show(_ comparison: GenerationComparison, _ context: CommandContext) throws {
        let columns = [
            Column("topic"), Column("same", align: .right), Column("changed", align: .right),
            Column("added", align: .right), Column("missing", align: .right),
            Column("largest_change", align: .right), Column("samples"),
        ]
        let isTable = context.output.format == .table
        let ordered = comparison.difference.ordered
        try context.output.rows("differences", isTable ? Array(columns.dropLast()) : columns) { rows in
            for (topic, count) in ordered {
                let cells: [Cell] = [
                    .text(topic), .integer(count.same), .integer(count.changed), .integer(count.added),
                    .integer(count.missing), .number(count.largestChange),
                ]
                try rows.add(isTable ? cells : cells + [.list(count.samples.map(\.text))])
            }
        }
        guard isTable else { return }
        for (topic, count) in ordered {
            for sample in count.samples {
                let text = sample.text { Cell.number($0).text(.plain) }
                try context.output.line("  \(topic) \(Terminal.printable(text))")
            }
        }
        try context.output.flush()
    }
}
