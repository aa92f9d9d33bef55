import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// `kappa replay dead`: dead letters back to where they came from, once.
enum ReplayDeadCommand {
    static let topic = Argument<String>(
        "TOPIC", type: .topic, default: "monitoring.dead", help: "The topic of the dead letters.")
    static let reasons = Option<[String]>(
        "reason", type: .string("REASON"), help: "Only those with this reason, such as not-json, missing or bad-time.")
    static let fields = Option<[String]>(
        "field", type: .string("FIELD"), help: "Only those rejected because of this field, as --dry-run lists them.")
    static let predicates = Option<[FieldPredicate]>(
        "where", type: .predicate, help: "Only those whose JSON field passes: 'instrument = piezometer'.")
    static let edits = Option<[FieldEdit]>(
        "edit", type: .fieldEdit, help: "Set a field of the value before it is sent: 'timezone=UTC'.")
    static let through = Option<String?>(
        "through", type: .string("COMMAND"), settable: false,
        help: "Send the values, one on each line, through a shell command.",
        discussion: "It answers each line with one; an empty line leaves that letter where it is.")
    static let into = Option<String?>(
        "into", type: .topic, settable: false, help: "Send them to this topic instead of where they came from.")
    static let again = Flag("again", help: "Also send those that were sent back before.")
    static let dryRun = Flag("dry-run", help: "Count what would be sent by reason and field, and send nothing.")

    static let command = Command(
        "dead", abstract: "Send dead letters back to the topic they came from, corrected if need be",
        discussion: """
            Each letter is sent back once: the transaction that sends it also records that in TOPIC.replayed. So a \
            run that was killed continues, and a later run with another selection does not send a letter twice.

            A record goes back with its key, its own headers and its log time, and with two headers more: \
            kappa.replayed.from and kappa.replayed.reason. A job takes it like any other record; where the window of \
            its time is closed it is late, and a replay of the job puts it into its window.
            """,
        parameters: [topic, reasons, fields, predicates, edits, through, into, again, dryRun] + BrokerOptions.all
            + OutputOptions.all,
        examples: [
            Example("kappa replay dead --dry-run", "What there is, by reason."),
            Example("kappa replay dead --reason bad-time --edit timezone=UTC", "Correct one field and send again."),
            Example(
                "kappa replay dead --reason null --field borehole_number --edit borehole_number=BH-1",
                "Only where that field is null."),
            Example("kappa replay dead --reason not-json --through ./fix.py", "Correct with a program."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let (kafka, stop) = (try context.kafka(), context.stop)
        if context[dryRun] {
            return try show(try DeadSurvey.counts(settings(context), kafka, voice: context.voice), context)
        }
        let replay = try DeadReplay(settings(context), kafka: kafka, voice: context.voice, stop: stop)
        try replay.run()
        try show(replay.tally, context)
        try stop.throwIfRequested()
        guard replay.tally.unsent == 0 else {
            throw CommandFailure("\(replay.tally.unsent) dead letters were not sent")
        }
    }

    private static func settings(_ context: CommandContext) -> DeadReplaySettings {
        var settings = DeadReplaySettings(topic: context[topic])
        settings.reasons = context[reasons]
        settings.fields = context[fields]
        settings.predicates = context[predicates]
        settings.edits = context[edits]
        settings.filterCommand = context[through]
        settings.into = context[into]
        settings.sendsAgain = context[again]
        return settings
    }

    private static func show(_ tally: DeadReplay.Tally, _ context: CommandContext) throws {
        try context.output.record(
            "replay",
            [
                (Column("topic"), .text(context[topic])), (Column("sent"), .integer(tally.sent)),
                (Column("sent_before"), .integer(max(0, tally.sentBefore))),
                (Column("passed_over", title: "skipped"), .integer(tally.passedOver)),
                (Column("unsent"), .integer(tally.unsent)),
            ])
    }

    private static func show(
        _ counts: [(group: DeadSurvey.Group, count: DeadSurvey.Count)], _ context: CommandContext
    ) throws {
        let columns = [
            Column("reason"), Column("field"), Column("source"), Column("waiting", align: .right),
            Column("sent_back", align: .right),
        ]
        try context.output.rows("dead_letters", columns) { rows in
            for (group, count) in counts {
                try rows.add([
                    .text(group.reason), .text(group.field), .text(group.source), .integer(count.waiting),
                    .integer(count.sent),
                ])
            }
        }
    }
}
