import KappaArguments
import KappaCore
import KappaHTTP
import KappaJobs
import KappaKafka
import KappaStores
import KappaTerminal

/// `kappa sink STORE`: from topics to a table, each record once.
enum SinkCommand {
    static let topics = Argument<[String]>(
        "TOPIC", type: .topic, help: "The topics to read (default: the five instruments').")
    static let table = Option<String>(
        "table", type: .string("NAME"), default: "record", help: "The view's name in the store.",
        discussion: "Rows lie in NAME__g1; NAME shows them. With --raw the default is 'raw'.")
    static let batch = Option<Int>(
        "batch", type: .integer(1...1_000_000), default: "50000", help: "At most this many records in a transaction.")
    static let linger = Option<Duration>(
        "linger", type: .duration, default: "250ms", help: "How long a record may wait for others.")
    static let drain = Flag("drain", help: "Stop at the end of the topics.")
    static let create = Flag(
        "create", default: true, settable: true, help: "Create the tables, or add what they lack.")
    static let raw = Flag("raw", help: "Store any topic of JSON values as it is, one row for each record.")
    static let group = Option<String?>(
        "group", short: "g", type: .group, help: "The group that shares the partitions.",
        discussion: """
            By default it is named after the table and the store, so that all sinks of one store share its work. \
            Where a sink begins does not depend on the group: its position is in the store, beside the rows.
            """)
    static let generation = Option<Int>(
        "generation", type: .generation, default: "1", settable: false,
        help: "The generation of a replayed job: TOPIC.gN into NAME__gN.",
        discussion: """
            A sink stays with its generation, whichever one is active, so that a rollback finds no gap; 'kappa \
            replay switch' changes only which table the view NAME shows.
            """)
    static let allPartitions = Flag(
        "all-partitions", hidden: true, help: "Read every partition, without a group.")
    static let stats = Flag("stats", help: "Print a summary on standard output at the end.")

    static let per = Option<TableLayout.Period?>(
        "per", type: .choice("PERIOD") { "a piece for each \($0.rawValue)" }, settable: false,
        help: "A piece of the view for each day or month of the windows.",
        discussion: "It is set when the view is made; old pieces can then be deleted by their names.")
    static let indexName = Option<String?>(
        "index-name", type: .string("PATTERN"), settable: false,
        help: "How indices are named, such as '{instrument}-logs-%Y.%m.%d'.",
        discussion: """
            {NAME} is a text of the rows' key, and what an index may not be called becomes -. Dashboards find daily \
            indices of old by their pattern so; the price is an index for each name and date. The alias, --table, \
            shows them all.
            """)

    private static func parameters(_ kind: StoreKind) -> [any ParameterKey] {
        var layout: [any ParameterKey] = []
        if kind.layouts.contains(.period) { layout.append(per) }
        if kind.layouts.contains(.pattern) { layout.append(indexName) }
        return [topics, table, generation, raw, create, drain, batch, linger, group] + layout
            + [allPartitions, stats] + MetricsOption.all + StoreOptions.all + BrokerOptions.all + OutputOptions.all
    }

    /// How the view is to be cut, where its kind of store does that.
    static func layout(_ context: CommandContext, _ kind: StoreKind) throws -> TableLayout {
        var layout = TableLayout.whole
        if kind.layouts.contains(.period) { layout.period = context[per] }
        if kind.layouts.contains(.pattern) { layout.pattern = context[indexName] }
        guard layout.isWhole || !context[raw] else {
            throw UsageError("--raw keeps whole records, which are not cut by --per or --index-name")
        }
        return layout
    }

    static let command = Command(
        family: "sink", section: .views, abstract: "Fill a table from topics, each record exactly once",
        subcommands: StoreKinds.known.all.map { kind in
            Command(
                kind.name, abstract: kind.help.abstract, discussion: kind.help.discussion, parameters: parameters(kind),
                examples: kind.help.examples.map { Example($0.line, $0.does) }, run: { try run($0, kind) })
        })

    private static func run(_ context: CommandContext, _ kind: StoreKind) throws {
        let settings = try SinkSettings(context, kind)
        let job = try SinkJob(
            settings, voice: context.voice, stop: context.stop)
        try GenerationSwitch.finish(settings.kafka, settings.address, voice: context.voice)
        let board = SinkBoard()
        job.board = board
        let server = try MetricsOption.serve(context) { MetricsPage(board.tally) }
        defer { server?.stop() }
        let tally = try job.run()
        if context[stats] { try tally.show(on: context.output) }
        try context.stop.throwIfRequested()
    }
}
