import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaQueries
import KappaSQLite
import KappaStores
import KappaTerminal

/// `kappa query`: the view store, read back.
enum QueryCommand {
    static let instrument = Option<[String]>(
        "instrument", short: "i", type: .string("NAME", completion: .dynamic("instruments")),
        help: "Only these instruments; * and ? are wildcards.")
    static let borehole = Option<[String]>(
        "borehole", short: "B", type: .string("NAME", completion: .dynamic("boreholes")),
        help: "Only these boreholes; * and ? are wildcards.")
    static let since = Option<Timestamp?>("since", type: .time, help: "From this time on.")
    static let until = Option<Timestamp?>("until", type: .time, help: "Before this time.")
    static let filters = Option<[String]>(
        "where", short: "w", type: .string("TEST"), help: "Only rows that pass, such as 'reading > 100'.",
        discussion: "The operators are =, !=, <, <=, >, >=, and ~ for 'contains'. All of several tests must pass.")
    static let limit = Option<Int?>("limit", short: "n", type: .integer(0...Int.max), help: "At most this many rows.")
    static let oldest = Flag("oldest", help: "Oldest rows first (default: newest first).")
    static let latest = Flag("latest", help: "Only the latest row of each borehole and instrument.")
    static let count = Flag("count", help: "How many rows there are.")
    static let bucket = Option<Duration?>(
        "bucket", type: .duration, help: "Aggregate the rows of each span of time.")
    static let aggregates = Option<[Aggregate]>(
        "agg", type: .choice("HOW") { "the \($0.rawValue)" },
        help: "The aggregates of each span (default: mean).",
        discussion: "'count' counts readings, 'rows' rows. A mean of windows is the mean of all their readings.")
    static let pivot = Option<String?>(
        "pivot", type: .string("BY"), help: "A column for each borehole, instrument or day, or for another field.")
    static let fields = Option<String?>(
        "fields", type: .string("NAME,…"), help: "The columns to show, such as mean,p95, or 'all'.")
    static let value = Option<String?>(
        "value", type: .string("NAME"), help: "The number to aggregate or to draw, such as p95 (default: the mean)."
    )
    static let list = Option<String?>(
        "list", type: .listed, settable: false,
        help: "List the boreholes, instruments or units that there are, or the values of another field.")
    static let gaps = Flag("gaps", help: "Show where readings are missing, and which sensors are overdue.")
    static let sql = Option<String?>(
        "sql", type: .string("SELECT"), settable: false, help: "Run this SELECT; '-' reads it from standard input.",
        discussion: "Bytes that are no text come as hexadecimal digits, \\x00ff, from every store.")
    static let follow = Flag("follow", short: "f", help: "Keep printing new rows as they come.")
    static let plot = Option<String?>(
        "plot", placeholder: "[FILE.svg|FILE.png]", type: .file, bare: "", settable: false,
        help: "Draw a chart instead: in the terminal, or into a file.")
    static let fromLog = Flag("from-log", help: "Answer from the topics, without a store.")
    static let levels = Option<String?>(
        "levels", type: .file, settable: false,
        help: "Colour the values by the levels of this register, and mark who is overdue.")
    static let view = Argument<String?>(
        "VIEW", type: .string("VIEW"), help: "The view to read (default: record), such as alarms.")
    static let table = Option<String>("table", type: .string("NAME"), default: "record", help: "The view to read.")

    static let command = Command(
        "query", section: .views, abstract: "Read the view store: rows, latest values, buckets, gaps, charts",
        discussion: """
            Without options it prints all rows, the newest first. The rows stream: the first shows at once, however \
            many there are. Values reach the store as parameters, never as SQL, and the store is opened for reading \
            only.
            """,
        parameters: [
            view, instrument, borehole, since, until, filters, limit, oldest, latest, count, bucket, aggregates, pivot,
            value,
            fields, list, gaps, sql, follow, plot, levels, fromLog, table,
        ] + StoreOptions.all + BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa query --instrument piezometer -n 5", "The five newest rows of the piezometers."),
            Example("kappa query --latest", "The latest reading of each borehole."),
            Example("kappa query --latest --levels site.csv", "And how they stand against their levels."),
            Example("kappa query -B 'BH-9*' --bucket 1h --agg mean --agg max", "Hourly means and maxima."),
            Example("kappa query --instrument piezometer --pivot borehole --agg max", "Days down, boreholes across."),
            Example("kappa query --fields ts,borehole,mean,max --where 'max > 100'", "Some columns of some rows."),
            Example("kappa query --list boreholes -i piezometer", "Which boreholes have piezometers."),
            Example("kappa query --gaps --since -1d", "What went missing since yesterday."),
            Example("kappa query alarms --where 'severity > 0'", "The alarms that 'kappa up' has put into the store."),
            Example("kappa query -i piezometer -B BH-9483 --plot", "A chart in the terminal."),
            Example("kappa query -i piezometer -B BH-9483 --plot chart.svg", "The same as a picture."),
            Example("kappa query --sql 'SELECT count(*) FROM record'", "Any other question."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        var settings = try QuerySettings(context)
        let colours = try context[levels].map { try LevelColours(path: $0, now: .now) }
        let temporary = try temporaryView(context, settings)
        let store = try temporary?.open() ?? StoreAddress.chosen(context).open(for: .reading)
        let source = QuerySource(store, view: settings.view)
        defer { withExtendedLifetime(temporary) {} }
        try settings.meet(source.columns)
        switch settings.mode {
        case .rows where settings.plots, .aggregate where settings.plots:
            try QueryPlot(settings, source).draw(context.output)
        case .pivot: try QueryPivot(settings, source).show(context.output)
        case .list: try QueryList(settings, source).show(context.output) { context.messages.note("no rows") }
        case .gaps: try QueryGaps(settings, source).show(context.output) { context.messages.note("no gaps") }
        case .follow: try QueryFollow(settings, source).run(context.output, until: context.stop)
        case .rows, .aggregate, .count, .sql:
            let cursor = try source.answer(settings.question)
            let restyle = colours.map { colours in { colours.apply($0, &$1) } as RowOutput.Restyle }
            try RowOutput.show(cursor, context.output, restyle: restyle) { context.messages.note("no rows") }
        }
    }

    private static func temporaryView(_ context: CommandContext, _ settings: QuerySettings) throws -> TemporaryView? {
        guard context[fromLog] else { return nil }
        guard settings.mode != .follow else { throw UsageError("--from-log does not go with --follow") }
        let kafka = try context.broker().configuration
        return try TemporaryView(
            of: kafka, in: { StoreAddress.sqlite(path: $0) }, voice: context.voice, stop: context.stop)
    }
}
