import CLibPQ
package import KappaStores

extension PostgresStore {
    /// A cursor takes nothing but a SELECT (or VALUES, or TABLE), and its transaction is read-only: whatever a person
    /// types, it cannot write, nor send a second statement along.
    package func read(_ statement: SQLStatement) throws(StoreError) -> any RowCursor {
        connection.abandon()
        _ = try connection.execute("BEGIN TRANSACTION READ ONLY")
        do {
            _ = try connection.execute(
                "DECLARE kappa_rows NO SCROLL CURSOR FOR \(statement.sql)", statement.parameters)
            return try PostgresCursor(connection)
        } catch {
            connection.rollBack()
            // Wrong words, values that do not go together, and what a cursor does not take.
            var error = error
            if let state = error.state, ["42", "22", "0A", "34"].contains(state.prefix(2)) { error.code = .statement }
            throw error
        }
    }

    package func explain(_ error: StoreError, asked view: ViewName) -> StoreError {
        guard error.code == .statement || error.code == .schema else { return error }
        // 42703: undefined_column.
        return error.aboutView(lacksColumn: error.state == "42703")
    }

    package var idsInDoubt: Int64 { 100_000 }

    package func openTransactions() throws(StoreError) -> (oldest: Int64, next: Int64)? {
        let cursor = try read(
            SQLStatement(
                sql: """
                    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, \
                    pg_snapshot_xmax(pg_current_snapshot())::text::bigint
                    """))
        guard let row = try cursor.next(), let oldest = row[0].integer, let next = row[1].integer else { return nil }
        return (oldest, next)
    }
}

/// The rows of a PostgreSQL cursor. The next block is on its way while one is read.
final class PostgresCursor: RowCursor {
    private(set) var columns: [ResultColumn] = []
    private let connection: PostgresConnection
    /// The connection's count of cursors, this one included: a later one has ended this one's transaction.
    private let number: Int
    private var block: PostgresResult
    private var row: Int32 = 0
    /// Small at first, so that the first row shows at once.
    private var blockSize = 64
    private var isLastBlock: Bool
    private var cells: UnsafeMutableBufferPointer<StoreCell>
    private let times: TimeRewriter

    init(_ connection: PostgresConnection) throws(StoreError) {
        self.connection = connection
        connection.cursorCount += 1
        number = connection.cursorCount
        try connection.send("FETCH FORWARD \(blockSize) FROM kappa_rows")
        block = try connection.receive()
        isLastBlock = block.rowCount < blockSize
        columns = (0..<Int32(block.columnCount)).map { [block] column in
            ResultColumn(
                name: String(cString: PQfname(block.handle, column)),
                kind: PostgresCursor.kind(of: PQftype(block.handle, column)))
        }
        cells = .allocate(capacity: columns.count)
        cells.initialize(repeating: .null)
        times = TimeRewriter(columns: columns.count)
        try ask()
    }

    deinit {
        cells.deallocate()
        if number == connection.cursorCount { connection.abandon() }
    }

    /// By the object identifiers of pg_type, which are fixed for the built-in types.
    private static func kind(of type: Oid) -> ColumnKind {
        switch type {
        case 20, 21, 23, 26, 700, 701, 1700: .number
        case 1184: .time
        case 16: .boolean
        case 114, 3802: .json
        default: .text
        }
    }

    private func ask() throws(StoreError) {
        guard !isLastBlock else { return }
        blockSize = min(blockSize * 4, 1024)
        try connection.send("FETCH FORWARD \(blockSize) FROM kappa_rows")
    }

    func next() throws(StoreError) -> UnsafeBufferPointer<StoreCell>? {
        precondition(number == connection.cursorCount, "a cursor was read after a later one began")
        while Int(row) == block.rowCount {
            guard !isLastBlock else { return nil }
            block = try connection.receive()
            isLastBlock = block.rowCount < blockSize
            row = 0
            try ask()
        }
        for column in columns.indices { cells[column] = cell(column) }
        row += 1
        return UnsafeBufferPointer(cells)
    }

    private func cell(_ column: Int) -> StoreCell {
        guard let bytes = block.bytes(row, Int32(column)) else { return .null }
        switch columns[column].kind {
        case .number: return bytes.isFiniteNumber ? .number(bytes) : .text(bytes)
        case .time: return .time(times.rewrite(bytes, column: column))
        case .boolean: return .boolean(bytes.first == UInt8(ascii: "t"))
        case .json: return .json(bytes)
        case .text: return .text(bytes)
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Not NaN, Infinity or -Infinity.
    fileprivate var isFiniteNumber: Bool {
        guard let last else { return false }
        return last >= UInt8(ascii: "0") && last <= UInt8(ascii: "9")
    }
}
