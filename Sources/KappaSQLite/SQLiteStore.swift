import KappaCore
package import KappaStores

/// Views in an SQLite file.
package final class SQLiteStore: SQLStore {
    let connection: SQLiteConnection
    var inserts: [ViewTarget: SQLiteStatement] = [:]
    let times = TimeTexts()

    package init(path: String, purpose: StorePurpose) throws(StoreError) {
        connection = try SQLiteConnection(path: path, purpose: purpose)
    }

    package var name: String { connection.name }
    package var dialect: any SQLDialect { SQLiteDialect() }

    /// IMMEDIATE takes the one writer's lock at once, so that nothing read inside can be overtaken.
    package func transaction<Answer>(_ body: () throws(StoreError) -> Answer) throws(StoreError) -> Answer {
        do {
            try connection.execute("BEGIN IMMEDIATE")
            let answer = try body()
            try connection.execute("COMMIT")
            return answer
        } catch {
            connection.rollBack()
            throw error
        }
    }

    package func interrupt(when isOver: (@Sendable () -> Bool)?) { connection.interrupt(when: isOver) }

    func text(_ target: ViewTarget) throws(StoreError) -> SchemaText {
        guard target.view.schema == nil else {
            throw StoreError(.usage, "'\(target.view)' names a schema, and SQLite has none")
        }
        return SchemaText(target, dialect)
    }
}
