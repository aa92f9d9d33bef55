import CMariaDB
import Glibc
import KappaStores

/// A connection to MariaDB or MySQL: the one place that calls the library's functions of a connection. Its calls block.
final class MariaDBConnection {
    let name: String
    let handle: UnsafeMutablePointer<MYSQL>
    /// Whether the server takes many rows in one message, as MariaDB does and MySQL does not.
    private(set) var takesBulk = false
    /// The statement whose rows are being read; another statement ends it.
    private weak var reading: MariaDBStatement?

    /// Before the library's first use in the process, and once.
    private static let isReady = mysql_server_init(0, nil, nil) == 0

    init(_ address: MariaDBAddress, purpose: StorePurpose) throws(StoreError) {
        name = address.name
        guard MariaDBConnection.isReady, let handle = mysql_init(nil) else {
            throw StoreError(.failed, "no memory for a connection", of: address.name)
        }
        self.handle = handle
        prepare(address)
        // Rows that an update found count, whether it changed them or not; else a position that stays would look lost.
        let flags = UInt(CLIENT_FOUND_ROWS)
        let opened = mysql_real_connect(
            handle, address.host, address.user, address.password ?? MariaDBConnection.environmentPassword,
            address.database, address.port, address.socket, flags)
        guard opened != nil else { throw error() }
        takesBulk = hasBulk
        for setting in settings(purpose) { try execute(setting) }
    }

    deinit { mysql_close(handle) }

    private static var environmentPassword: String? { getenv("MYSQL_PWD").map { String(cString: $0) } }

    private func prepare(_ address: MariaDBAddress) {
        set(MYSQL_OPT_CONNECT_TIMEOUT, 10 as UInt32)
        set(MYSQL_OPT_READ_TIMEOUT, 120 as UInt32)
        set(MYSQL_OPT_WRITE_TIMEOUT, 60 as UInt32)
        mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        // Rows come from the topics alone, never from a file of this machine that a server asks for.
        set(MYSQL_OPT_LOCAL_INFILE, 0 as UInt32)
        mysql_options(handle, MYSQL_READ_DEFAULT_GROUP, "client")
        if let authority = address.authority { mysql_options(handle, MYSQL_OPT_SSL_CA, authority) }
        guard address.demandsTLS || address.authority != nil else { return }
        set(MYSQL_OPT_SSL_ENFORCE, 1 as my_bool)
        set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, 1 as my_bool)
    }

    private func set<Value>(_ option: mysql_option, _ value: Value) {
        withUnsafePointer(to: value) { _ = mysql_options(handle, option, $0) }
    }

    private var hasBulk: Bool {
        var capabilities: UInt32 = 0
        return kappa_mysql_get_capabilities(handle, &capabilities) == 0
            && capabilities & kappa_mysql_bulk_capability() != 0
    }

    private var isMariaDB: Bool { mariadb_connection(handle) != 0 }

    private func settings(_ purpose: StorePurpose) -> [String] {
        let mode = """
            ANSI_QUOTES,STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,\
            NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES
            """
        let common = [
            "SET NAMES utf8mb4 COLLATE \(collation)", "SET SESSION collation_connection = \(collation)",
            "SET SESSION time_zone = '+00:00', sql_mode = '\(mode)'",
        ]
        switch purpose {
        case .writing:
            return common + [
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                "SET SESSION innodb_lock_wait_timeout = 10, lock_wait_timeout = 10",
            ]
        case .reading: return common + ["SET SESSION TRANSACTION READ ONLY"]
        case .serving:
            let limit = isMariaDB ? "max_statement_time = 25" : "max_execution_time = 25000"
            return common + ["SET SESSION TRANSACTION READ ONLY", "SET SESSION \(limit)"]
        }
    }

    /// By bytes, and with the blanks at a text's end.
    var collation: String { isMariaDB ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin" }

    // MARK: Statements

    /// Runs one statement without parameters; an answer is read and dropped.
    func execute(_ sql: String) throws(StoreError) {
        endReading()
        guard mysql_real_query(handle, sql, UInt(sql.utf8.count)) == 0 else { throw error() }
        if let result = mysql_store_result(handle) { mysql_free_result(result) }
    }

    /// Runs one statement to its end; returns how many rows it met.
    func execute(_ sql: String, _ parameters: [StoreValue]) throws(StoreError) -> Int {
        endReading()
        let statement = try MariaDBStatement(sql, on: self)
        try statement.run(parameters)
        return statement.affectedRows
    }

    func values(_ sql: String, _ parameters: [StoreValue]) throws(StoreError) -> [[String?]] {
        let cursor = try cursor(sql, parameters)
        var rows: [[String?]] = []
        while let row = try cursor.next() {
            rows.append(row.map { if case .null = $0 { nil } else { $0.string } })
        }
        return rows
    }

    func cursor(_ sql: String, _ parameters: [StoreValue]) throws(StoreError) -> MariaDBCursor {
        endReading()
        let statement = try MariaDBStatement(sql, on: self)
        guard statement.columnCount > 0 else {
            throw StoreError(.statement, "the statement would write; a query only reads", of: name)
        }
        try statement.run(parameters)
        reading = statement
        return try MariaDBCursor(statement)
    }

    /// What is still on its way of an answer is dropped.
    func endReading() {
        reading?.close()
        reading = nil
    }

    /// Ends a transaction that cannot be gone on with.
    func rollBack() {
        endReading()
        mysql_query(handle, "ROLLBACK")
    }

    // MARK: Failures

    func error() -> StoreError {
        var error = StoreError(
            number: mysql_errno(handle), state: String(cString: mysql_sqlstate(handle)),
            message: String(cString: mysql_error(handle)), store: name)
        // 1045, 1698: the server does not let this user in.
        if error.code == .usage, [1045, 1698].contains(mysql_errno(handle)) {
            error.hint = "Put the password into MYSQL_PWD or ~/.my.cnf."
        }
        return error
    }
}
