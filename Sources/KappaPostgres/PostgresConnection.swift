import CLibPQ
import Glibc
import KappaCore
import KappaStores

/// A connection to PostgreSQL: the one place that calls libpq's functions of a connection. Its calls block.
final class PostgresConnection {
    let name: String
    private let handle: OpaquePointer
    var cursorCount = 0

    init(conninfo: String, purpose: StorePurpose) throws(StoreError) {
        name = PostgresAddress.name(of: conninfo)
        guard PostgresAddress.parts(of: conninfo) != nil else {
            throw StoreError(
                .usage, "the PostgreSQL connection string cannot be read",
                hint: "Write postgres://user@host:5432/database, or host=… dbname=… user=….")
        }
        guard let handle = PostgresConnection.connect(conninfo, purpose) else {
            throw StoreError(.connection, "\(name): no memory for a connection")
        }
        self.handle = handle
        guard PQstatus(handle) == CONNECTION_OK else { throw refusal() }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        _ = try execute(PostgresConnection.settings(for: purpose))
    }

    deinit { PQfinish(handle) }

    /// Words before `dbname` are defaults that the person's own override; libpq itself would read the environment
    /// only for what is not named at all, so a default gives way to its variable.
    private static func connect(_ conninfo: String, _ purpose: StorePurpose) -> OpaquePointer? {
        var words: [(String, String)] = [
            ("fallback_application_name", purpose == .writing ? "kappa sink" : "kappa"),
            ("keepalives_idle", "15"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "30000"),
        ]
        if getenv("PGCONNECT_TIMEOUT") == nil { words.append(("connect_timeout", "10")) }
        words += [("dbname", conninfo), ("client_encoding", "UTF8")]
        let keys = words.map { strdup($0.0) } + [nil]
        let values = words.map { strdup($0.1) } + [nil]
        defer { (keys + values).forEach { free($0) } }
        return PQconnectdbParams(keys.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 1)
    }

    /// A sink that stops in the middle must not hold its positions' rows for ever, nor wait for ever for another's.
    private static func settings(for purpose: StorePurpose) -> String {
        let common = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET extra_float_digits = 1; SET bytea_output = 'hex'"
        switch purpose {
        case .writing: return common + "; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s'"
        case .reading: return common + "; SET default_transaction_read_only = on"
        case .serving: return common + "; SET default_transaction_read_only = on; SET statement_timeout = '25s'"
        }
    }

    private func refusal() -> StoreError {
        let message = String(cString: PQerrorMessage(handle)).trimmed
        return StoreError(
            .connection, "\(name): \(message)",
            hint: PQconnectionNeedsPassword(handle) != 0
                ? "Put the password in ~/.pgpass, in a service file, or in PGPASSWORD."
                : "--store names another; sqlite:FILE needs no server.")
    }

    // MARK: Statements

    /// Runs statements without parameters; the last one's answer comes back.
    func execute(_ sql: String) throws(StoreError) -> PostgresResult {
        try checked(PQexec(handle, sql))
    }

    /// Runs one statement, its parameters bound.
    func execute(_ sql: String, _ parameters: [StoreValue]) throws(StoreError) -> PostgresResult {
        let bound = BoundParameters(parameters)
        return try checked(
            PQexecParams(handle, sql, bound.count, nil, bound.pointers, bound.lengths, bound.formats, 0))
    }

    /// Sends the statements together and waits once: a round trip for all of them.
    func executeTogether(_ statements: [SQLStatement]) throws(StoreError) -> [PostgresResult] {
        guard PQenterPipelineMode(handle) == 1 else { throw connectionError() }
        for statement in statements {
            let bound = BoundParameters(statement.parameters)
            let sent = PQsendQueryParams(
                handle, statement.sql, bound.count, nil, bound.pointers, bound.lengths, bound.formats, 0)
            guard sent == 1 else { throw connectionError() }
        }
        guard PQpipelineSync(handle) == 1 else { throw connectionError() }
        let (results, failure) = try pipelineResults(statements.count)
        guard PQexitPipelineMode(handle) == 1 else { throw connectionError() }
        if let failure { throw failure }
        return results
    }

    private func pipelineResults(_ count: Int) throws(StoreError) -> ([PostgresResult], StoreError?) {
        var results: [PostgresResult] = []
        var failure: StoreError?
        for _ in 0..<count {
            guard let first = PQgetResult(handle) else { throw connectionError() }
            let result = PostgresResult(owning: first)
            results.append(result)
            if let error = error(of: result), failure == nil { failure = error }
            while let more = PQgetResult(handle) { PQclear(more) }
        }
        guard let sync = PQgetResult(handle) else { throw connectionError() }
        defer { PQclear(sync) }
        guard PQresultStatus(sync) == PGRES_PIPELINE_SYNC else { throw connectionError() }
        return (results, failure)
    }

    /// Sends `sql`, which must begin with a COPY … FROM STDIN, then the bytes; what follows the COPY in `sql` runs
    /// after them, in the same round trip.
    func copyIn(_ sql: String, _ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        guard let started = PQexec(handle, sql) else { throw connectionError() }
        let result = PostgresResult(owning: started)
        if let error = error(of: result) { throw error }
        guard result.status == PGRES_COPY_IN else {
            throw StoreError(.failed, "\(name): the server did not take a COPY")
        }
        let piece = 1 << 20
        var sent = 0
        while sent < bytes.count {
            let count = min(piece, bytes.count - sent)
            let start = bytes.baseAddress! + sent
            guard PQputCopyData(handle, start.assumingMemoryBound(to: CChar.self), Int32(count)) == 1 else {
                throw copyFailure()
            }
            sent += count
        }
        guard PQputCopyEnd(handle, nil) == 1 else { throw connectionError() }
        try drain()
    }

    /// A COPY that the server gave up has its reason among the results.
    private func copyFailure() -> StoreError {
        do {
            try drain()
            return connectionError()
        } catch {
            return error
        }
    }

    /// Reads all results that are still to come; the first failure is thrown when there are no more.
    private func drain() throws(StoreError) {
        var failure: StoreError?
        while let more = PQgetResult(handle) {
            let result = PostgresResult(owning: more)
            if failure == nil { failure = error(of: result) }
            if PQstatus(handle) == CONNECTION_BAD { break }
        }
        if let failure { throw failure }
    }

    /// Sends a statement without waiting for its answer.
    func send(_ sql: String) throws(StoreError) {
        guard PQsendQuery(handle, sql) == 1 else { throw connectionError() }
    }

    /// The answer to what was sent.
    func receive() throws(StoreError) -> PostgresResult {
        let result = try checked(PQgetResult(handle))
        while let more = PQgetResult(handle) { PQclear(more) }
        return result
    }

    /// Ends a transaction that cannot be gone on with. The connection may be gone: then there is nothing to end.
    func rollBack() {
        guard PQtransactionStatus(handle) != PQTRANS_IDLE else { return }
        PQclear(PQexec(handle, "ROLLBACK"))
    }

    /// Leaves a cursor that may have more to say: what is on its way is read and dropped.
    func abandon() {
        while let more = PQgetResult(handle) { PQclear(more) }
        rollBack()
    }

    // MARK: Failures

    private func checked(_ pointer: OpaquePointer?) throws(StoreError) -> PostgresResult {
        guard let pointer else { throw connectionError() }
        let result = PostgresResult(owning: pointer)
        if let error = error(of: result) { throw error }
        return result
    }

    private func error(of result: PostgresResult) -> StoreError? {
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_COPY_IN, PGRES_EMPTY_QUERY,
            PGRES_PIPELINE_ABORTED:
            return nil
        default:
            guard PQstatus(handle) == CONNECTION_OK else { return connectionError(result.message) }
            return StoreError(state: result.state, message: result.message, store: name)
        }
    }

    private func connectionError(_ message: String? = nil) -> StoreError {
        let words = message ?? String(cString: PQerrorMessage(handle)).trimmed
        return StoreError(.connection, "\(name): \(words.isEmpty ? "the connection was lost" : words)")
    }
}
