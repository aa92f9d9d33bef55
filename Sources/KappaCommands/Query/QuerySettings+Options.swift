import Glibc
import KappaArguments
import KappaCore
import KappaQueries
import KappaStores
import KappaTerminal

extension QuerySettings {
    init(_ context: CommandContext) throws {
        self.init(try QuerySettings.view(context), now: .now)
        format = context.output.format
        width = context.output.terminal.width ?? .max
        aggregates = context[QueryCommand.aggregates]
        pivot = context[QueryCommand.pivot]
        list = context[QueryCommand.list]
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

    private static func view(_ context: CommandContext) throws -> ViewName {
        guard let view = context[QueryCommand.view] else { return try ViewName.chosen(context, QueryCommand.table) }
        guard context.values.origin(of: QueryCommand.table) != .commandLine else {
            throw UsageError("VIEW and --table exclude each other")
        }
        return try ViewName(word: view)
    }

    private static func mode(_ context: CommandContext) throws -> Mode {
        let bucketed = context[QueryCommand.bucket] != nil || !context[QueryCommand.aggregates].isEmpty
        let asked: [(word: String, mode: Mode, isAsked: Bool)] = [
            ("sql", .sql, context[QueryCommand.sql] != nil), ("count", .count, context[QueryCommand.count]),
            ("latest", .rows, context[QueryCommand.latest]), ("list", .list, context[QueryCommand.list] != nil),
            ("gaps", .gaps, context[QueryCommand.gaps]),
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
}
