import KappaArguments
import KappaCore
import KappaHTTP
import KappaKafka
import KappaStores
import KappaTerminal

/// `kappa sink postgres` and `kappa sink sqlite`: from topics to a table, each record once.
enum SinkCommand {
    static let topics = Argument<[String]>(
        "TOPIC", type: .topic, help: "The topics to read; the five of the instruments by default.")
    static let table = Option<String>(
        "table", type: .string("NAME"), default: "record", help: "The view to fill.",
        discussion: "Rows lie in NAME__g1; NAME shows them. With --raw the default is 'raw'.")
    static let batch = Option<Int>(
        "batch", type: .integer(1...1_000_000), default: "50000", help: "The most records of one transaction.")
    static let linger = Option<Duration>(
        "linger", type: .duration, default: "250ms", help: "How long a record waits for others at most.")
    static let drain = Flag("drain", help: "Stop at the end of the topics.")
    static let create = Flag(
        "create", default: true, settable: true, help: "Make the tables, or add what they lack.")
    static let raw = Flag("raw", help: "Store any topic of JSON values as it is, one row for each record.")
    static let group = Option<String?>(
        "group", short: "g", type: .group, help: "The group that shares the partitions.",
        discussion: """
            By default the group bears the name of the table and of the store, so that all sinks of one store share its \
            work. Where a sink begins is never the group's to say: that stands in the store, beside the rows.
            """)
    static let generation = Option<Int>(
        "generation", type: .integer(1...1_000_000), default: "1", settable: false,
        help: "The generation of a replayed job: TOPIC.gN into NAME__gN.",
        discussion: """
            A sink stays with its generation, whichever one speaks, so that going back finds no gap; it is the view NAME \
            that 'kappa replay switch' lets show another one's table.
            """)
    static let allPartitions = Flag(
        "all-partitions", hidden: true, help: "Read every partition, without a group.")
    static let stats = Flag("stats", help: "Say in the end, on standard output, what was done.")

    private static let parameters: [any ParameterKey] =
        [topics, table, generation, raw, create, drain, batch, linger, group, allPartitions, stats] + MetricsOption.all
        + StoreOptions.all
        + BrokerOptions.all + OutputOptions.all

    static let command = Command(
        family: "sink", section: .views, abstract: "Fill a table from topics, each record exactly once",
        subcommands: [
            Command(
                "postgres", abstract: "Fill a table in PostgreSQL",
                discussion: """
                    The sink writes rows and its position in the topics in one transaction, so a row is neither lost nor \
                    counted twice, whatever is killed meanwhile. A row that cannot be stored goes to kappa_dead_letter \
                    with the reason.

                    --store takes what libpq takes: a URL, key=value words, service=NAME; without it, libpq's \
                    environment (PGHOST, PGDATABASE, PGSERVICE, …) says where. Passwords belong into ~/.pgpass.
                    """,
                parameters: parameters,
                examples: [
                    Example(
                        "kappa sink postgres --store postgres://site@db/monitoring",
                        "Keep the table 'record' filled from the instruments' topics."),
                    Example("kappa sink postgres --raw --table events events", "Keep every record of a topic."),
                ],
                run: { try run($0, .postgres) }),
            Command(
                "sqlite", abstract: "Fill a table in an SQLite file",
                discussion: "The store that needs no server. Everything is as with 'kappa sink postgres'.",
                parameters: parameters,
                examples: [
                    Example(
                        "kappa sink sqlite --store sqlite:views.db --drain", "Store what there is, then stop.")
                ],
                run: { try run($0, .sqlite) }),
        ])

    private static func run(_ context: CommandContext, _ dialect: Dialect) throws {
        let settings = try SinkSettings(context, dialect)
        let job = try SinkJob(
            settings, messages: context.messages, interruption: context.interruption)
        try GenerationSwitch.finish(settings.kafka, settings.address, context)
        let board = SinkBoard()
        job.board = board
        let server = try MetricsOption.serve(context) { MetricsPage(board.tally) }
        defer { server?.stop() }
        let tally = try job.run()
        if context[stats] { try tally.show(on: context.output) }
        if let signal = context.interruption.signal { throw Interrupted(signal: signal) }
    }
}
