import KappaArguments
import KappaCore
import KappaKafka
import KappaStores
import KappaTerminal

/// `kappa store migrate` and `kappa store status`: the tables by hand.
enum StoreCommand {
    static let table = Option<String>(
        "table", type: .string("NAME"), default: "record", help: "The view.")
    static let fields = Option<[String]>(
        "field", type: .string("NAME:KIND"), settable: false,
        help: "Add a column for this field of the results; KIND is number, whole, time, text or any.")
    static let raw = Flag("raw", help: "A view of whole records, as 'kappa sink … --raw' fills it.")

    static let command = Command(
        family: "store", section: .views, abstract: "Create, describe and check the tables of a view store",
        subcommands: [
            Command(
                "migrate", abstract: "Create the tables of a view, or add what they lack",
                discussion: """
                    Nothing is ever taken away: columns and indexes are added, comments are written, in one \
                    transaction. A sink does the same when it starts, unless it is told --no-create.
                    """,
                parameters: [table, raw, fields] + StoreOptions.all + OutputOptions.all,
                examples: [Example("kappa store migrate --store sqlite:views.db", "Make the tables before any sink.")],
                run: migrate),
            Command(
                "describe", abstract: "Show the columns of a view: what they hold and what they mean",
                parameters: [table, raw] + StoreOptions.all + OutputOptions.all,
                examples: [Example("kappa store describe", "What 'kappa query --where' and --fields can name.")],
                run: describe),
            Command(
                "status", abstract: "Show what a view store holds and how far its sinks are",
                discussion: """
                    Where the brokers are named, by --brokers or KAPPA_BROKERS, the lag is shown, too: the records that \
                    the topics hold and the sink has not stored yet.
                    """,
                parameters: [table, raw] + StoreOptions.all + BrokerOptions.all + OutputOptions.all,
                examples: [Example("kappa store status --json", "The same for a script.")],
                run: status),
        ])

    private static func target(_ context: CommandContext) throws -> ViewTarget {
        let isRaw = context[raw]
        let view = isRaw && !context.isGiven(table) ? try ViewName(word: "raw") : try ViewName.chosen(context, table)
        return ViewTarget(view: view, shape: isRaw ? .raw : .results)
    }

    private static func migrate(_ context: CommandContext) throws {
        var target = try target(context)
        let store = try StoreAddress.chosen(context).open(for: .writing)
        if let fields = try store.schema(of: target) { target.results = fields }
        let added = try context[fields].map(field)
        guard added.isEmpty || target.shape == .results else {
            throw UsageError("--field and --raw exclude each other")
        }
        target.results.fields += added.filter { field in !target.results.fields.contains { $0.name == field.name } }
        let steps = try store.migrate(target)
        try context.output.rows("steps", [Column("step")]) { rows in
            for step in steps { try rows.add([.text(step)]) }
        }
        if steps.isEmpty {
            context.messages.note("\(store.name): '\(target.view)' is complete: there is nothing to add")
        }
    }

    private static func field(_ word: String) throws -> ResultField {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let kind = ResultField.Kind(rawValue: String(parts[1])) else {
            throw UsageError("--field: '\(word)' is not a field such as p95:number")
        }
        return ResultField(String(parts[0]), kind)
    }

    private static func status(_ context: CommandContext) throws {
        var target = try target(context)
        let address = try StoreAddress.chosen(context)
        let store = try address.open(for: .reading)
        if let fields = try store.schema(of: target) { target.results = fields }
        var status = try store.status(of: target)
        if let shown = status.generation, shown != target.generation {
            target.generation = shown
            if let fields = try store.schema(of: target) { target.results = fields }
            status = try store.status(of: target)
        }
        let positions = status.state == .missing ? [] : try store.positions(of: target)
        let ends = ends(of: positions, context)
        let lags = positions.compactMap { position in ends[position.source].map { max(0, $0 - position.nextOffset) } }
        let lag = lags.isEmpty ? nil : lags.reduce(0, +)
        try context.output.record(
            "store",
            [
                (Column("store"), .text(store.name)), (Column("view"), .text(target.view.description)),
                (Column("state"), .text(word(status.state))),
                (Column("version"), status.version.map { .integer($0) } ?? .absent),
                (Column("generation"), status.generation.map { .integer($0) } ?? .absent),
                (Column("rows"), status.rows.map { .integer($0) } ?? .absent),
                (Column("guarantee"), .optional(StoreKinds.known[address.kind]?.guarantee.sentence)),
                (Column("lag"), lag.map { .integer($0) } ?? .absent),
                (Column("dead_letters"), status.deadLetters.map { .integer($0) } ?? .absent),
                (Column("group"), .optional(status.identity.map { "kappa.sink.\(target.sink).\($0)" })),
            ])
        guard status.state != .missing, context.output.format == .table else { return }
        guard !positions.isEmpty else { return }
        try context.output.line("")
        let columns = ["partition", "offset", "end", "lag"].map { Column($0, align: .right) }
        try context.output.rows("positions", [Column("topic")] + columns) { rows in
            for position in positions {
                let end = ends[position.source]
                try rows.add([
                    .text(position.source.topic), .integer(position.source.partition), .integer(position.nextOffset),
                    end.map { .integer($0) } ?? .absent,
                    end.map { .integer(max(0, $0 - position.nextOffset)) } ?? .absent,
                ])
            }
        }
    }

    /// Where the logs end, where the brokers are named. The store's own state is shown whether they answer or not.
    private static func ends(of positions: [SinkPosition], _ context: CommandContext) -> [TopicPartition: Int64] {
        guard context.isGiven(BrokerOptions.brokers), !positions.isEmpty else { return [:] }
        do {
            let client = try KafkaClient(context.kafka())
            let topics = Set(try client.metadata().topics.filter { $0.error == nil }.map(\.name))
            return try client.watermarks(of: positions.map(\.source).filter { topics.contains($0.topic) })
                .mapValues(\.high)
        } catch {
            context.messages.warning("the lag is not known: \(error)")
            return [:]
        }
    }

    private static func describe(_ context: CommandContext) throws {
        var target = try target(context)
        let store = try StoreAddress.chosen(context).open(for: .reading)
        if target.shape == .results {
            guard let fields = try store.schema(of: target.view) else {
                throw CommandFailure(
                    "\(store.name): there is no view '\(target.view)'",
                    hint: "'kappa sink' or 'kappa store migrate' makes it, and --table names another one")
            }
            target.results = fields
        }
        let columns = [
            Column("column", canShrink: false), Column("field"), Column("kind", canShrink: false), Column("key"),
            Column("meaning"),
        ]
        // People are helped by what a column means; programs also get the name of the field in the records.
        let isTable = context.output.format == .table
        try context.output.rows("columns", columns.filter { !isTable || $0.name != "field" }) { rows in
            for column in target.columns {
                let field = target.results.fields.first { $0.column == column.name && target.shape == .results }
                try rows.add(
                    [.text(column.name)] + (isTable ? [] : [.optional(field?.name)]) + [
                        .text(column.content.word), .bool(target.key.contains(column.name)), .text(column.comment),
                    ])
            }
        }
    }

    private static func word(_ state: ViewStatus.State) -> String {
        switch state {
        case .missing: "missing"
        case .current: "current"
        case .older(let missing): "lacks \(missing.joined(separator: ", "))"
        case .foreign(let reason): reason
        }
    }
}

extension ColumnContent {
    fileprivate var word: String {
        switch self {
        case .identity: "row number"
        case .text: "text"
        case .real: "number"
        case .whole: "whole number"
        case .time: "time"
        case .json: "JSON"
        }
    }
}
