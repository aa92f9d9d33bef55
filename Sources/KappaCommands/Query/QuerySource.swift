import Glibc
import KappaCore
import KappaKafka
import KappaStores
import KappaTerminal

/// Where a query's answers come from: the store, or one that is filled from the topics for this one question.
final class QuerySource {
    private let store: any ViewStore
    private let folder: String?
    /// Whether the statement is a person's; else its words are ours, and only the view can be amiss.
    private let isOwnStatement: Bool

    init(_ context: CommandContext, _ settings: QuerySettings) throws {
        isOwnStatement = settings.mode == .sql
        guard context[QueryCommand.fromLog] else {
            folder = nil
            store = try StoreAddress.chosen(context).open(for: .reading)
            return
        }
        guard settings.mode != .follow else { throw UsageError("--from-log does not go with --follow") }
        let folder = try QuerySource.makeFolder()
        self.folder = folder
        do {
            store = try QuerySource.fill(folder, context)
        } catch {
            QuerySource.remove(folder)
            throw error
        }
    }

    var dialect: Dialect { store.dialect }

    func read(_ statement: ReadStatement) throws -> any RowCursor {
        do {
            return try store.read(statement)
        } catch {
            throw explained(error)
        }
    }

    private func explained(_ error: any Error) -> any Error {
        guard var error = error as? StoreError else { return error }
        if error.code == .statement, isOwnStatement {
            let isMissing = error.message.contains("does not exist") || error.message.contains("no such")
            error.hint = error.hint ?? (isMissing ? nil : "--sql takes one SELECT; nothing can be written.")
        } else if error.code == .statement || error.code == .schema {
            error.code = .schema
            error.hint =
                error.message.contains("column")
                ? "It is no view of results; --sql asks it whatever you like."
                : "kappa sink fills the store; kappa store status shows what it holds."
        }
        return error
    }

    /// The one number that a statement answers.
    func number(_ statement: ReadStatement) throws -> Int64? {
        let cursor = try read(statement)
        // The cell's bytes are the cursor's.
        return try withExtendedLifetime(cursor) {
            guard let cell = try cursor.next()?.first, case .integer(let number) = RowOutput.cell(cell) else {
                return nil
            }
            return number
        }
    }

    func close() {
        if let folder { QuerySource.remove(folder) }
    }

    private static func fill(_ folder: String, _ context: CommandContext) throws -> any ViewStore {
        let address = StoreAddress.sqlite(path: "\(folder)/views.db")
        let kafka = try context.broker().configuration
        let speaking = try SpeakingTopics(kafka, KafkaClient(kafka))
        let topics = SinkSettings.instrumentTopics.map { speaking.topic(of: $0) }
        var settings = try SinkSettings(draining: topics, into: address, kafka: kafka)
        settings.mustExist = false
        let quiet = Messages(level: .quiet, terminal: context.messages.terminal)
        let tally = try SinkJob(settings, messages: quiet, interruption: context.interruption).run()
        if let signal = context.interruption.signal { throw Interrupted(signal: signal) }
        if tally.refused > 0 { context.messages.warning("\(tally.refused) records of the topics are no results") }
        return try address.open(for: .reading)
    }

    private static func makeFolder() throws -> String {
        let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(place)/kappa-query-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw UsageError("no temporary folder in \(place): \(String(cString: strerror(errno)))")
        }
        return String(cString: made)
    }

    private static func remove(_ folder: String) {
        for ending in ["", "-wal", "-shm"] { unlink("\(folder)/views.db\(ending)") }
        rmdir(folder)
    }
}
