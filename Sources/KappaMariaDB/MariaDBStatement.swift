import CMariaDB
import Glibc
import KappaCore
import KappaStores

/// A prepared statement.
final class MariaDBStatement {
    /// nil once it was closed.
    private(set) var handle: UnsafeMutablePointer<MYSQL_STMT>?
    let connection: MariaDBConnection

    init(_ sql: String, on connection: MariaDBConnection) throws(StoreError) {
        self.connection = connection
        guard let handle = mysql_stmt_init(connection.handle) else { throw connection.error() }
        self.handle = handle
        guard mysql_stmt_prepare(handle, sql, UInt(sql.utf8.count)) == 0 else { throw error() }
    }

    deinit { close() }

    func close() {
        if let handle { mysql_stmt_close(handle) }
        handle = nil
    }

    var columnCount: Int { handle.map { Int(mysql_stmt_field_count($0)) } ?? 0 }
    var affectedRows: Int { handle.map { Int(truncatingIfNeeded: mysql_stmt_affected_rows($0)) } ?? 0 }

    func run(_ parameters: [StoreValue]) throws(StoreError) {
        guard let handle else { throw connection.error() }
        guard Int(mysql_stmt_param_count(handle)) == parameters.count else {
            throw StoreError(.statement, "the statement has places for parameters", of: connection.name)
        }
        let bound = MariaDBParameters(parameters)
        guard parameters.isEmpty || mysql_stmt_bind_param(handle, bound.binds.baseAddress) == 0,
            mysql_stmt_execute(handle) == 0
        else { throw error() }
    }

    /// Runs the statement with what was bound before.
    func run() throws(StoreError) {
        guard let handle, mysql_stmt_execute(handle) == 0 else { throw error() }
    }

    func error() -> StoreError {
        guard let handle, mysql_stmt_errno(handle) != 0 else { return connection.error() }
        return StoreError(
            number: mysql_stmt_errno(handle), state: String(cString: mysql_stmt_sqlstate(handle)),
            message: String(cString: mysql_stmt_error(handle)), store: connection.name)
    }
}

/// Parameters laid out as the library takes them; they live until the statement has run.
final class MariaDBParameters {
    let binds: UnsafeMutableBufferPointer<MYSQL_BIND>
    private var owned: [UnsafeMutableRawPointer] = []

    init(_ values: [StoreValue]) {
        binds = .allocate(capacity: values.count)
        binds.initialize(repeating: MYSQL_BIND())
        for (index, value) in values.enumerated() {
            switch value {
            case .null: binds[index].buffer_type = MYSQL_TYPE_NULL
            case .integer(let number): bind(number, MYSQL_TYPE_LONGLONG, index)
            case .real(let number): bind(number, MYSQL_TYPE_DOUBLE, index)
            case .text(let text): bind(Array(text.utf8), MYSQL_TYPE_STRING, index)
            case .time(let time): bind(Array(time.sqlText.utf8), MYSQL_TYPE_STRING, index)
            case .bytes(let bytes): bind(bytes, MYSQL_TYPE_BLOB, index)
            }
        }
    }

    deinit {
        owned.forEach { free($0) }
        binds.deallocate()
    }

    private func bind<Number: BitwiseCopyable>(_ number: Number, _ type: enum_field_types, _ index: Int) {
        let memory = malloc(MemoryLayout<Number>.size)!
        memory.storeBytes(of: number, as: Number.self)
        owned.append(memory)
        binds[index].buffer_type = type
        binds[index].buffer = memory
    }

    private func bind(_ bytes: [UInt8], _ type: enum_field_types, _ index: Int) {
        let memory = malloc(bytes.count + 1)!
        bytes.withUnsafeBytes { if let start = $0.baseAddress { memcpy(memory, start, $0.count) } }
        owned.append(memory)
        binds[index].buffer_type = type
        binds[index].buffer = memory
        binds[index].buffer_length = UInt(bytes.count)
        binds[index].length_value = UInt(bytes.count)
    }
}

extension Timestamp {
    /// `2022-04-15T22:06:38.737`: the server reads RFC 3339 without its zone.
    var sqlText: String { String(rfc3339.dropLast()) }
}
