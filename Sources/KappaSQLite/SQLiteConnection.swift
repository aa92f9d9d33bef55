import CSQLite
import Glibc
import KappaStores

/// An open SQLite file: the one place that calls SQLite's functions of a connection.
final class SQLiteConnection {
    let name: String
    let handle: OpaquePointer
    private var isWriting = false
    private var isOver: (@Sendable () -> Bool)?
    /// How long the write-ahead log may become. Each checkpoint writes a page that many batches have touched but once,
    /// so they are not to be frequent; but who copies the file alone lacks what is in the log.
    private static let longestLog: Int64 = 16 << 20

    /// Before SQLite's first use in the process.
    private static let isConfigured = kappa_sqlite3_leave_memory_uncounted() == SQLITE_OK

    init(path: String, purpose: StorePurpose) throws(StoreError) {
        _ = SQLiteConnection.isConfigured
        name = "sqlite:\(path)"
        let access =
            purpose == .writing ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let opened else { throw StoreError(.failed, "\(name): no memory for a connection") }
        guard code == SQLITE_OK else {
            defer { sqlite3_close_v2(opened) }
            throw SQLiteConnection.openFailure(opened, name, path, purpose)
        }
        handle = opened
        sqlite3_busy_timeout(handle, 10_000)
        _ = kappa_sqlite3_refuse_quoted_texts(handle)
        if purpose != .writing { restrict() }
        // The write-ahead log lets readers go on while a batch is written. Its sync at checkpoints is enough: what a
        // power cut takes, it takes from rows and positions alike, and the log still has it. Pages of 16 KiB (in a new
        // file) take a fifth off the time that those of 4 KiB do. Some builds of SQLite write zeros over what was
        // deleted, and so at each split of a page; what is deleted here stands in the log anyway.
        let settings =
            purpose == .writing
            ? """
            PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
            PRAGMA cache_size = -65536; PRAGMA journal_size_limit = \(SQLiteConnection.longestLog); \
            PRAGMA secure_delete = OFF
            """
            : "PRAGMA query_only = ON; PRAGMA cache_size = \(purpose == .serving ? -2048 : -65536)"
        try execute(settings)
        guard purpose == .writing else { return }
        isWriting = true
        sqlite3_wal_autocheckpoint(handle, Int32(clamping: SQLiteConnection.longestLog / 4 / (try pageSize())))
    }

    /// Who writes leaves the file whole: all that was committed is in it, and nothing in the log beside it. SQLite does
    /// this by itself only where the last to close may write, and a reader often closes last.
    deinit {
        if isWriting {
            sqlite3_busy_timeout(handle, 2_000)
            sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        }
        sqlite3_close_v2(handle)
    }

    private func pageSize() throws(StoreError) -> Int64 {
        let statement = try prepare("PRAGMA page_size")
        return try statement.step() ? max(512, sqlite3_column_int64(statement.handle, 0)) : 4096
    }

    private static func openFailure(
        _ opened: OpaquePointer, _ name: String, _ path: String, _ purpose: StorePurpose
    ) -> StoreError {
        if purpose != .writing, access(path, F_OK) != 0 {
            return StoreError(
                .connection, "\(name): there is no such file", hint: "kappa sink sqlite makes and fills it.")
        }
        let system = sqlite3_system_errno(opened)
        let reason = system == 0 ? String(cString: sqlite3_errmsg(opened)) : String(cString: strerror(system))
        return StoreError(.connection, "\(name): cannot be opened: \(reason)")
    }

    /// How many steps of its machine SQLite takes between two looks: some tenths of a millisecond.
    private static let stepsBetweenLooks: Int32 = 10_000

    /// SQLite looks every so many steps whether the statement under way is still wanted.
    func interrupt(when isOver: (@Sendable () -> Bool)?) {
        self.isOver = isOver
        guard isOver != nil else { return sqlite3_progress_handler(handle, 0, nil, nil) }
        // The connection outlives its handle's last statement, and clears this before it is given to another.
        let own = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_progress_handler(
            handle, SQLiteConnection.stepsBetweenLooks,
            { own in
                own.map { Unmanaged<SQLiteConnection>.fromOpaque($0).takeUnretainedValue().isOver?() ?? false } == true
                    ? 1 : 0
            }, own)
    }

    /// Other files stay out of reach of a person's own statement.
    private func restrict() {
        sqlite3_set_authorizer(
            handle,
            { _, action, _, _, _, _ in action == SQLITE_ATTACH || action == SQLITE_DETACH ? SQLITE_DENY : SQLITE_OK },
            nil)
    }

    /// Runs statements without parameters.
    func execute(_ sql: String) throws(StoreError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code) }
    }

    /// Runs one statement to its end; returns how many rows it changed.
    @discardableResult
    func execute(_ sql: String, _ parameters: [StoreValue]) throws(StoreError) -> Int {
        let statement = try SQLiteStatement(sql, on: self)
        try statement.bind(parameters)
        while try statement.step() {}
        return Int(sqlite3_changes(handle))
    }

    func prepare(_ sql: String, _ parameters: [StoreValue] = []) throws(StoreError) -> SQLiteStatement {
        let statement = try SQLiteStatement(sql, on: self)
        try statement.bind(parameters)
        return statement
    }

    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    func rollBack() {
        guard isInTransaction else { return }
        sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
    }

    func error(_ code: Int32) -> StoreError {
        let message = String(cString: sqlite3_errmsg(handle))
        return StoreError(SQLiteConnection.meaning(of: code), message, of: name)
    }

    /// What a result code means for the one who has to go on. The low byte is the primary code.
    private static func meaning(of code: Int32) -> StoreError.Code {
        switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL: .tryAgain
        case SQLITE_CONSTRAINT, SQLITE_TOOBIG, SQLITE_MISMATCH: .refusedData
        case SQLITE_CANTOPEN: .connection
        case SQLITE_ERROR, SQLITE_AUTH: .statement
        default: .failed
        }
    }
}
