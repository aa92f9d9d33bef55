import KappaCore
import KappaStores
import KappaTerminal

/// New rows as they come.
///
/// Rows are known by their id. In PostgreSQL a transaction that began earlier may end later, with ids below those that
/// were seen; so the horizon from which rows are asked for moves on only past ids that no open transaction can have.
struct QueryFollow {
    static let pause = Duration.milliseconds(500)

    private let settings: QuerySettings
    private let source: QuerySource

    init(_ settings: QuerySettings, _ source: QuerySource) throws {
        self.settings = settings
        self.source = source
    }

    func run(_ context: CommandContext) throws {
        let interruption = context.interruption
        var horizon = try start()
        let cursor = try rows(after: horizon.id)
        let columns = Array(cursor.columns.dropFirst())
        let (output, format) = (context.output, context.output.format)
        guard format == .table else {
            // A JSON document has an end, and this has none: each row is a line.
            var writer = RowWriter(format == .json ? .ndjson : format, columns)
            if format == .csv { try output.write(writer.header()) }
            return try follow(&horizon, cursor, interruption) { row in
                writer.write(UnsafeBufferPointer(rebasing: row.dropFirst()), isFirst: true)
                try output.write(writer.bytes)
            } pause: {
                try output.flush()
            }
        }
        try output.rows("records", columns.map { RowOutput.column($0) }, streaming: true) { rows in
            try follow(&horizon, cursor, interruption) { row in
                try rows.add(row.dropFirst().map(RowOutput.cell))
            } pause: {
                try output.flush()
            }
        }
    }

    private func follow(
        _ horizon: inout FollowHorizon, _ first: any RowCursor, _ interruption: Interruption,
        _ show: (UnsafeBufferPointer<StoreCell>) throws -> Void, pause: () throws -> Void
    ) throws {
        var cursor: (any RowCursor)? = first
        while true {
            while let row = try cursor?.next() {
                if let id = QueryFollow.integer(row[0]), horizon.isNew(id) { try show(row) }
            }
            cursor = nil
            horizon.hasAsked(ordered: source.dialect == .sqlite)
            try pause()
            guard !interruption.wait(QueryFollow.pause) else { return }
            horizon.willAsk(try snapshot())
            cursor = try rows(after: horizon.id)
        }
    }

    private func rows(after id: Int64) throws -> any RowCursor {
        var text = settings.text(source)
        return try source.read(try text.following(settings.query, columns: settings.columns, id: id))
    }

    /// Ids a little below the greatest may still be in the hands of an open transaction.
    private func start() throws -> FollowHorizon {
        let view = settings.view.sql
        let greatest = try integers("SELECT coalesce(max(id), 0) FROM \(view)")[0]
        guard source.dialect == .postgres else { return FollowHorizon(start: greatest) }
        let start = max(0, greatest - 100_000)
        let cursor = try source.read(
            ReadStatement(sql: "SELECT id FROM \(view) WHERE id > $1", parameters: [.integer(start)]))
        var seen: Set<Int64> = []
        while let row = try cursor.next() { seen.insert(QueryFollow.integer(row[0]) ?? 0) }
        return FollowHorizon(start: start, seen: seen)
    }

    /// The oldest transaction that is still open, and the first that is yet to begin.
    private func snapshot() throws -> (oldest: Int64, next: Int64)? {
        guard source.dialect == .postgres else { return nil }
        let numbers = try integers(
            """
            SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, \
            pg_snapshot_xmax(pg_current_snapshot())::text::bigint
            """)
        return (numbers[0], numbers[1])
    }

    private func integers(_ sql: String) throws -> [Int64] {
        let cursor = try source.read(ReadStatement(sql: sql))
        return try withExtendedLifetime(cursor) { try cursor.next()?.map { QueryFollow.integer($0) ?? 0 } ?? [0] }
    }

    private static func integer(_ cell: StoreCell) -> Int64? {
        if case .integer(let number) = RowOutput.cell(cell) { number } else { nil }
    }
}

/// From which id on rows are asked for, and which of those have been shown.
struct FollowHorizon {
    private(set) var id: Int64
    private var seen: Set<Int64>
    private var greatest: Int64
    /// Where the horizon goes once every transaction before `next` has ended.
    private var pending: (id: Int64, next: Int64)?
    private var mayMove = false

    /// - Parameter seen: ids above `start` whose rows are old.
    init(start: Int64, seen: Set<Int64> = []) {
        id = start
        self.seen = seen
        greatest = seen.max() ?? start
    }

    mutating func isNew(_ row: Int64) -> Bool {
        greatest = max(greatest, row)
        return row > id && seen.insert(row).inserted
    }

    /// Before rows are asked for. A sink's transaction has its number before it takes an id, so ids up to the greatest
    /// seen belong to transactions before `next`.
    mutating func willAsk(_ snapshot: (oldest: Int64, next: Int64)?) {
        guard let snapshot else { return }
        if let pending {
            mayMove = snapshot.oldest >= pending.next
        } else if greatest > id {
            pending = (greatest, snapshot.next)
        }
    }

    /// After the rows: those of transactions that had ended before the snapshot were among them.
    mutating func hasAsked(ordered: Bool) {
        guard !ordered else {
            id = greatest
            seen.removeAll()
            return
        }
        guard mayMove, let pending else { return }
        id = pending.id
        seen = seen.filter { $0 > pending.id }
        self.pending = nil
        mayMove = false
    }
}
