import CSQLite
import KappaCore
package import KappaStores

extension SQLiteStore {
    package func read(_ statement: SQLStatement) throws(StoreError) -> any RowCursor {
        let prepared = try connection.prepare(statement.sql, statement.parameters)
        guard prepared.isReadOnly else {
            throw StoreError(.statement, "\(name): the statement would write; a query only reads")
        }
        return try SQLiteCursor(prepared)
    }

    /// SQLite has one code for whatever is wrong with a statement, so what there is says what was amiss.
    package func explain(_ error: StoreError, asked view: ViewName) -> StoreError {
        guard error.code == .statement || error.code == .schema else { return error }
        let isThere = (try? relation(view.schema, view.name)) != nil
        return error.aboutView(lacksColumn: isThere)
    }
}

/// The rows of an SQLite statement, one step each.
final class SQLiteCursor: RowCursor {
    let columns: [ResultColumn]
    private let statement: SQLiteStatement
    private let cells: UnsafeMutableBufferPointer<StoreCell>
    /// What blobs are written in, by column.
    private var hexTexts: [Int32: HexText] = [:]
    private var hasFirst: Bool
    private var isAtEnd = false

    /// Takes the first step already: SQLite knows the kind of an expression only by its value.
    init(_ statement: SQLiteStatement) throws(StoreError) {
        self.statement = statement
        hasFirst = try statement.step()
        columns = (0..<sqlite3_column_count(statement.handle)).map { SQLiteCursor.column($0, statement.handle) }
        cells = .allocate(capacity: columns.count)
        cells.initialize(repeating: .null)
    }

    deinit { cells.deallocate() }

    private static func column(_ index: Int32, _ handle: OpaquePointer) -> ResultColumn {
        let name = sqlite3_column_name(handle, index).map { String(cString: $0) } ?? ""
        let type = sqlite3_column_decltype(handle, index).map { String(cString: $0) }
        let isNumber = type == "INTEGER" || type == "REAL"
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER, SQLITE_FLOAT: return ResultColumn(name: name, kind: .number)
        case SQLITE_TEXT where ["ts", "window_start", "window_end", "bucket", "updated_at"].contains(name):
            return ResultColumn(name: name, kind: .time)
        default: return ResultColumn(name: name, kind: isNumber ? .number : .text)
        }
    }

    func next() throws(StoreError) -> UnsafeBufferPointer<StoreCell>? {
        guard !isAtEnd else { return nil }
        if hasFirst {
            hasFirst = false
        } else if try !statement.step() {
            // Another step would begin again.
            isAtEnd = true
            return nil
        }
        guard sqlite3_data_count(statement.handle) > 0 else {
            isAtEnd = true
            return nil
        }
        for index in columns.indices { cells[index] = cell(Int32(index)) }
        return UnsafeBufferPointer(cells)
    }

    private func cell(_ index: Int32) -> StoreCell {
        let handle = statement.handle
        switch sqlite3_column_type(handle, index) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, index))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, index))
        case SQLITE_BLOB:
            // Taken first: a blob of no bytes has no address.
            let start = sqlite3_column_blob(handle, index)
            let blob = UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
            return .text(hexText(index).write(blob))
        default:
            let bytes = UnsafeRawBufferPointer(
                start: sqlite3_column_text(handle, index), count: Int(sqlite3_column_bytes(handle, index)))
            return columns[Int(index)].kind == .time ? .time(bytes) : .text(bytes)
        }
    }

    private func hexText(_ index: Int32) -> HexText {
        if let known = hexTexts[index] { return known }
        let made = HexText()
        hexTexts[index] = made
        return made
    }
}
