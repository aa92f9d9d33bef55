import CSQLite
import KappaCore
import KappaStores

/// A prepared statement; it may be run many times.
final class SQLiteStatement {
    let handle: OpaquePointer
    let connection: SQLiteConnection

    /// SQLite's own sign for text that stays where it is until the statement has run.
    static let stays: sqlite3_destructor_type? = nil
    /// … and for text that it must copy: the address -1.
    static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ sql: String, on connection: SQLiteConnection, isPersistent: Bool = false) throws(StoreError) {
        var prepared: OpaquePointer?
        let flags: UInt32 = isPersistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        let (code, rest) = sql.withCString { start in
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(connection.handle, start, -1, flags, &prepared, &tail)
            return (code, tail.map { String(cString: $0) } ?? "")
        }
        guard code == SQLITE_OK else { throw connection.error(code) }
        guard let prepared else { throw StoreError(.statement, "\(connection.name): the statement is empty") }
        handle = prepared
        self.connection = connection
        guard rest.allSatisfy({ $0.isWhitespace || $0 == ";" }) else {
            throw StoreError(.statement, "\(connection.name): there is more than one statement")
        }
    }

    deinit { sqlite3_finalize(handle) }

    var isReadOnly: Bool { sqlite3_stmt_readonly(handle) != 0 }

    func bind(_ values: [StoreValue]) throws(StoreError) {
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(handle, place)
                case .integer(let number): sqlite3_bind_int64(handle, place, number)
                case .real(let number): sqlite3_bind_double(handle, place, number)
                case .text(let text): bind(text, place)
                case .time(let time): bind(time.rfc3339, place)
                case .bytes(let bytes):
                    bytes.withUnsafeBytes {
                        $0.isEmpty
                            ? sqlite3_bind_zeroblob(handle, place, 0)
                            : sqlite3_bind_blob(handle, place, $0.baseAddress, Int32($0.count), SQLiteStatement.copied)
                    }
                }
            guard code == SQLITE_OK else { throw connection.error(code) }
        }
    }

    private func bind(_ text: String, _ place: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                // An empty text has no address, which SQLite would take for NULL.
                sqlite3_bind_text(handle, place, $0.baseAddress ?? emptyText, Int32($0.count), SQLiteStatement.copied)
            }
        }
    }

    /// Whether there is a row.
    func step() throws(StoreError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw connection.error(code)
        }
    }

    func reset() { sqlite3_reset(handle) }

    var columnCount: Int32 { sqlite3_column_count(handle) }

    func text(_ column: Int32) -> String? {
        sqlite3_column_text(handle, column).map { String(cString: $0) }
    }

    func integer(_ column: Int32) -> Int64? {
        sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : sqlite3_column_int64(handle, column)
    }
}

/// A place for texts of no bytes to point to.
nonisolated(unsafe) private let emptyText: UnsafePointer<CChar> = {
    let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    pointer.initialize(to: 0)
    return UnsafePointer(pointer)
}()
