import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// `kappa replay topic`: a range of a topic once more, as it was.
enum ReplayTopicCommand {
    static let source = Argument<String>("SOURCE", type: .topic, help: "The topic whose records are replayed.")
    static let into = Option<String>(
        "into", placeholder: "TARGET", type: .topic, settable: false, help: "The topic that they are written to.")
    static let from = Option<OffsetRange.Bound?>(
        "from", type: .bound, settable: false,
        help: "The first record: a time, an offset, -N from the end (the beginning by default).")
    static let to = Option<OffsetRange.Bound?>(
        "to", type: .bound, settable: false,
        help: "The first record that is not copied (default: the current end).")
    static let speed = Option<ReplaySpeed>(
        "speed", type: .speed, default: "max", settable: false,
        help: "max, realtime, or a multiple of it: 10x, 0.5x.")
    static let predicates = Option<[FieldPredicate]>(
        "where", type: .predicate, help: "Only records whose JSON field passes: 'instrument = piezometer'.")
    static let shift = Option<ShiftTarget?>(
        "shift", type: .choice("WHEN"), settable: false,
        help: "now moves the times of the records, and those in --time-field, to the present.")
    static let timeField = Option<FieldPath>(
        "time-field", type: .fieldPath, default: "timestamp", help: "The field of the value that --shift moves.")
    static let create = Flag("create", default: true, help: "Create the target like the source if it is missing.")
    static let id = Option<String?>(
        "id", type: .string("NAME"), settable: false, help: "The replay's name (default: made from the options).",
        discussion: "Another name replays the same once more.")
    static let dryRun = Flag("dry-run", help: "Print what would be written, and write nothing.")

    enum ShiftTarget: String, CaseIterable, Sendable { case now }

    static let command = Command(
        "topic", abstract: "Copy a range of a topic into another, with keys, headers and times",
        discussion: """
            A range given by times begins, in each partition, at the first record whose log time is not before \
            --from, and ends before the first one whose log time is not before --to.

            The records and the offset reached are committed in the same transaction, in the replay's own group. So \
            a run that was interrupted goes on when it is started again, and one that is repeated adds nothing. What \
            a replay covers is fixed when it first starts.

            --speed paces by the records' own log times. With --shift now nothing lies in the future: at realtime \
            the first record gets the time now, at max the last one does.

            The target has the source's partitions and each record keeps its own; a target with another number of them \
            gets each record by its key.
            """,
        parameters: [
            source, into, from, to, speed, predicates, shift, timeField, create, id, dryRun,
        ] + BrokerOptions.all + OutputOptions.all,
        examples: [
            Example(
                "kappa replay topic monitoring --into trial --from -1d --speed 10x", "Yesterday, ten times as fast."),
            Example(
                "kappa replay topic monitoring --into demo --shift now --where 'instrument = piezometer'",
                "Old pore pressures as if they came now."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let settings = try ReplaySettings(
            try context.kafka(), from: context[source], into: context[into],
            range: OffsetRange(start: context[from], end: context[to]), speed: context[speed],
            predicates: context[predicates], shiftsToNow: context[shift] != nil, timeField: context[timeField],
            creates: context[create], name: context[id])
        let stop = context.stop
        if context[dryRun] { return try show(try ReplayPlanner(settings, voice: context.voice).plan(), context) }
        let replay = try Republisher(settings, voice: context.voice, stop: stop)
        try replay.run()
        try show(replay.tally, of: settings, context)
        try stop.throwIfRequested()
    }

    private static func show(_ tally: ReplayTally, of settings: ReplaySettings, _ context: CommandContext) throws {
        try context.output.record(
            "replay",
            [
                (Column("source"), .text(settings.source)), (Column("target"), .text(settings.target)),
                (Column("written"), .integer(tally.written)),
                (Column("passed_over", title: "skipped"), .integer(tally.passedOver)),
                (Column("times_not_moved"), .integer(tally.unmoved)),
                (
                    Column("elapsed_ms", title: "elapsed"),
                    .duration(.milliseconds(tally.elapsed.wholeMilliseconds))
                ), (Column("id"), .text(settings.id)),
            ])
    }

    private static func show(_ plan: ReplayPlan, _ context: CommandContext) throws {
        let columns = [
            Column("topic"), Column("partition", align: .right), Column("from_offset", align: .right),
            Column("to_offset", align: .right), Column("offsets", align: .right),
        ]
        try context.output.rows("plan", columns) { rows in
            for part in plan.parts {
                try rows.add([
                    .text(part.at.topic), .integer(part.at.partition), .integer(part.next), .integer(part.end),
                    .integer(max(0, part.end - part.next)),
                ])
            }
        }
    }
}
