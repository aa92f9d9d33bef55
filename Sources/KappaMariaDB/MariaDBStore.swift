import KappaCore
package import KappaStores

/// Views in MariaDB or MySQL.
package final class MariaDBStore: SQLStore {
    let connection: MariaDBConnection
    /// Whether rows go in a message of many, where the server takes one.
    var usesBulk: Bool
    let columns = BulkColumns()
    var inserts: [ViewTarget: MariaDBStatement] = [:]
    private var holdsLock = false

    init(_ address: MariaDBAddress, purpose: StorePurpose) throws(StoreError) {
        connection = try MariaDBConnection(address, purpose: purpose)
        usesBulk = connection.takesBulk
    }

    package var name: String { connection.name }
    package var dialect: any SQLDialect { MariaDBDialect(collation: connection.collation) }

    /// Statements that change tables end a transaction by themselves here, so of those only each one is whole.
    package func transaction<Answer>(_ body: () throws(StoreError) -> Answer) throws(StoreError) -> Answer {
        do {
            try connection.execute("START TRANSACTION")
            let answer = try body()
            try connection.execute("COMMIT")
            try unlockSchema()
            return answer
        } catch {
            connection.rollBack()
            try? unlockSchema()
            throw error
        }
    }

    /// The lock belongs to the connection, and ends with it.
    package func lockSchema() throws(StoreError) {
        let got = try connection.values("SELECT get_lock(concat('kappa.', database()), 10)", [])
        guard got.first?.first == "1" else {
            throw StoreError(.tryAgain, "another migration does not end", of: name)
        }
        holdsLock = true
    }

    private func unlockSchema() throws(StoreError) {
        guard holdsLock else { return }
        holdsLock = false
        _ = try connection.values("SELECT release_lock(concat('kappa.', database()))", [])
    }

    package func read(_ statement: SQLStatement) throws(StoreError) -> any RowCursor {
        try connection.cursor(statement.sql, statement.parameters)
    }

    package func explain(_ error: StoreError, asked view: ViewName) -> StoreError {
        guard error.code == .statement || error.code == .schema else { return error }
        return error.aboutView(lacksColumn: error.state == "42S22")
    }

    /// An id is given out before its transaction ends, and no question tells which transactions are open to everybody:
    /// so many are always looked at again.
    package var idsInDoubt: Int64 { 10_000 }
    package func openTransactions() throws(StoreError) -> (oldest: Int64, next: Int64)? { nil }

    package func execute(_ statement: SQLStatement) throws(StoreError) -> Int {
        try connection.execute(statement.sql, statement.parameters)
    }

    package func values(_ statement: SQLStatement) throws(StoreError) -> [[String?]] {
        try connection.values(statement.sql, statement.parameters)
    }
}
