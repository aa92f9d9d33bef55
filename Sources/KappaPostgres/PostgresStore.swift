import KappaCore
package import KappaStores

/// Views in PostgreSQL.
package final class PostgresStore: SQLStore {
    let connection: PostgresConnection
    /// Batches that go through the temporary table before the fast way is tried again.
    var stagedBatchesLeft = 0
    var copy = BinaryCopy()

    package init(conninfo: String, purpose: StorePurpose) throws(StoreError) {
        connection = try PostgresConnection(conninfo: conninfo, purpose: purpose)
    }

    package var name: String { connection.name }
    package var dialect: any SQLDialect { PostgresDialect() }

    /// Runs `body` between BEGIN and COMMIT; whatever it throws undoes it all.
    package func transaction<Answer>(_ body: () throws(StoreError) -> Answer) throws(StoreError) -> Answer {
        do {
            _ = try connection.execute("BEGIN")
            let answer = try body()
            _ = try connection.execute("COMMIT")
            return answer
        } catch {
            connection.rollBack()
            throw error
        }
    }
}
