import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// `kappa consume [TOPIC…]`.
enum ConsumeCommand {
    static let command = Command(
        "consume", section: .log, abstract: "Print the records of topics",
        discussion: """
            Starts at the earliest record, belongs to no group and commits nothing, unless told otherwise. Without \
            --exit, --count or an end in --offset it waits for more.

            With --group, partitions are shared with the group's other members, and what has been printed is \
            committed.

            The name of a job's results stands for the active generation: after 'kappa replay switch' they are read \
            from NAME.gN. A running reader follows the switch by itself, in each partition from the event time on at \
            which the new generation is active; a member of a group stays with the topics it began with. --exact \
            reads the topics as they are named.
            """,
        parameters: ConsumeOptions.all + PayloadOptions.reading + BrokerOptions.connection,
        examples: [
            Example("kappa consume monitoring -e", "Everything that is there now."),
            Example(
                "kappa consume piezometer -o -5 -e", "The last five of each partition, in the order of their times."),
            Example("kappa consume --pretty", "For people: time, key, and the value with colours."),
            Example("kappa consume piezometer -o @-1h --where 'reading > 150'", "High ones, from an hour ago on."),
            Example(
                "kappa consume orders -e --registry http://127.0.0.1:8081", "Values in Avro, printed as JSON."),
            Example("kappa consume monitoring.dead -f '%o %h %s\\n' -e", "Dead letters with their reasons."),
        ],
        run: run)

    /// A stream of any length goes through 64 MiB: in the queue a record of 200 bytes takes three times its room, and
    /// a fetch is unpacked whole.
    private static let bounds = [("queued.min.messages", "20000"), ("fetch.message.max.bytes", "1048576")]

    static func run(_ context: CommandContext) throws {
        let group = context[ConsumeOptions.group] ?? context[ConsumeOptions.kcatGroup]
        let settings = try ConsumeOptions.settings(context, isGrouped: group != nil)
        if settings.range.start == .stored, group == nil { throw UsageError("--offset stored needs a --group") }
        guard group == nil || context[ConsumeOptions.partitions].isEmpty else {
            throw UsageError("--partition and --group exclude each other: the group shares out the partitions")
        }
        let bound = min(context[ConsumeOptions.timeout] ?? CommandContext.defaultBound, .seconds(60))
        let configuration = try context.kafka(bound: max(bound, .seconds(1)))
            .defaulting([("isolation.level", context[ConsumeOptions.isolation])] + ConsumeCommand.bounds)
        let consumer = try Consumer(configuration, group: group, isDirect: true)
        let printer = RecordPrinter(
            try ConsumeOptions.printing(context), to: printed(on: context.output), voice: context.voice)
        try ConsumeSession(settings, consumer: consumer, printer: printer, voice: context.voice, stop: context.stop)
            .run()
    }

    private static func printed(on output: Output) -> PrintedBytes {
        PrintedBytes(
            write: { try output.write($0) }, flush: { try output.flush() },
            check: { if output.isClosed { throw OutputError.closed } })
    }
}
