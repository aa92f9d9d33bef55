import Glibc
import KappaArguments
import KappaCore
import KappaStores
import KappaTerminal

/// What a query was asked for, checked.
struct QuerySettings {
    enum Mode { case rows, aggregate, count, pivot, gaps, sql, follow }

    var mode: Mode
    var view: ViewName
    var query: ViewQuery
    var grouping = Grouping()
    var aggregates: [Aggregate]
    var pivot: String?
    /// The columns that were asked for by name.
    private var fields: [String]
    /// The columns to show.
    private(set) var columns: [String] = []
    private(set) var keys: [String] = []
    /// The number that is drawn.
    private(set) var value = "reading"
    var sql: String?
    var plots: Bool
    var plotFile: String?
    var format: OutputFormat
    var width: Int
    var now: Timestamp

    init(_ context: CommandContext) throws {
        now = .now
        query = ViewQuery(now: now)
        format = context.output.format
        width = context.output.terminal.width ?? .max
        view = try ViewName(word: context[QueryCommand.table])
        aggregates = context[QueryCommand.aggregates]
        pivot = context[QueryCommand.pivot]
        fields = (context[QueryCommand.fields] ?? "").split(separator: ",").map(String.init)
        plots = context[QueryCommand.plot] != nil
        plotFile = context[QueryCommand.plot].flatMap { $0.isEmpty ? nil : $0 }
        mode = try QuerySettings.mode(context)
        sql = try context[QueryCommand.sql].map { $0 == "-" ? try QuerySettings.readStandardInput() : $0 }
        query.instruments = context[QueryCommand.instrument]
        query.boreholes = context[QueryCommand.borehole]
        query.since = context[QueryCommand.since]
        query.until = context[QueryCommand.until]
        query.limit = context[QueryCommand.limit]
        query.oldestFirst = context[QueryCommand.oldest]
        query.latestOnly = context[QueryCommand.latest]
        query.value = context[QueryCommand.value]
        query.predicates = try context[QueryCommand.filters].map(QuerySettings.predicate)
        if let bucket = context[QueryCommand.bucket] { grouping.bucketSeconds = try QuerySettings.seconds(bucket) }
        if aggregates.isEmpty { aggregates = [.mean] }
        try check()
    }

    private static func mode(_ context: CommandContext) throws -> Mode {
        let bucketed = context[QueryCommand.bucket] != nil || !context[QueryCommand.aggregates].isEmpty
        let asked: [(word: String, mode: Mode, isAsked: Bool)] = [
            ("sql", .sql, context[QueryCommand.sql] != nil), ("count", .count, context[QueryCommand.count]),
            ("latest", .rows, context[QueryCommand.latest]), ("gaps", .gaps, context[QueryCommand.gaps]),
            ("follow", .follow, context[QueryCommand.follow]), ("pivot", .pivot, context[QueryCommand.pivot] != nil),
        ]
        let chosen = asked.filter(\.isAsked)
        guard chosen.count <= 1 else {
            throw UsageError("--\(chosen[0].word) and --\(chosen[1].word) exclude each other")
        }
        if let first = chosen.first {
            guard !bucketed || first.mode == .pivot else {
                throw UsageError("--\(first.word) does not go with --bucket or --agg")
            }
            return first.mode
        }
        return bucketed ? .aggregate : .rows
    }

    private func check() throws {
        guard !plots || mode == .rows || mode == .aggregate else {
            throw UsageError("--plot draws rows or buckets only")
        }
        guard query.value == nil || plots || mode == .pivot || mode == .aggregate else {
            throw UsageError("--value goes with --agg, --bucket, --pivot or --plot", hint: "--fields shows columns.")
        }
        guard fields.isEmpty || mode == .rows && !plots || mode == .follow else {
            throw UsageError("--fields goes with rows only")
        }
        guard !plots || mode != .aggregate || grouping.bucketSeconds != nil else {
            throw UsageError("--plot needs --bucket with --agg")
        }
        guard (mode != .pivot && !plots) || aggregates.count == 1 else {
            throw UsageError("--\(plots ? "plot" : "pivot") takes one --agg")
        }
        if let plotFile, !plotFile.hasSuffix(".svg"), !plotFile.hasSuffix(".png") {
            throw UsageError("--plot: '\(plotFile)' ends neither in .svg nor in .png")
        }
        let isFiltered =
            !(query.instruments.isEmpty && query.boreholes.isEmpty && query.predicates.isEmpty)
            || query.since != nil || query.until != nil || query.limit != nil
        guard mode != .sql || !isFiltered else {
            throw UsageError("--sql stands alone", hint: "Write the conditions into the SELECT.")
        }
    }

    private static func seconds(_ duration: Duration) throws -> Int64 {
        let milliseconds = duration.wholeMilliseconds
        guard milliseconds >= 1000, milliseconds % 1000 == 0 else {
            throw UsageError("--bucket: \(duration.word) is not a whole number of seconds")
        }
        return milliseconds / 1000
    }

    private static func predicate(_ word: String) throws -> FieldPredicate {
        do { return try FieldPredicate(word) } catch { throw UsageError("--where: \(error.message)") }
    }

    private static func readStandardInput() throws -> String {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(0, &piece, piece.count)
            if count == 0 { break }
            guard count > 0 else { throw UsageError("--sql -: \(String(cString: strerror(errno)))") }
            bytes += piece[..<count]
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw UsageError("--sql -: standard input is not UTF-8")
        }
        return text
    }

    /// Chooses the columns, now that it is known which there are. People get those they look at, as many as their
    /// terminal has room for; programs get all of them.
    mutating func meet(_ known: QueryColumns) throws {
        keys = known.keys
        value = try known.named(query.value ?? known.value ?? known.all[0]).name
        if fields == ["all"] {
            columns = known.all
        } else if !fields.isEmpty {
            columns = try fields.map { try known.named($0).name }
        } else if format != .table {
            columns = known.all
        } else {
            let count = width < 64 ? 4 : width < 80 ? 5 : known.short.count
            columns = Array(known.short.prefix(count))
        }
    }

    var question: ViewQuestion {
        switch mode {
        case .sql: .own(sql ?? "")
        case .count: .count(query)
        case .aggregate: .buckets(query, grouping, aggregates)
        default: .rows(query, columns: columns)
        }
    }
}
