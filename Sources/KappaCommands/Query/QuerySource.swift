import Glibc
import KappaCore
import KappaJobs
import KappaKafka
import KappaSQLite
import KappaStores
import KappaTerminal

/// Where a query's answers come from: the store, or one that is filled from the topics for this one question.
final class QuerySource {
    private let store: any ViewStore
    private let folder: String?
    private let view: ViewName

    init(_ context: CommandContext, _ settings: QuerySettings) throws {
        view = settings.view
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

    func answer(_ question: ViewQuestion) throws -> any RowCursor {
        do {
            return try store.answer(question, of: view)
        } catch {
            guard error.code == .statement, case .own(let words) = question else { throw error }
            var error = error
            if !QuerySource.isOneSelect(words) {
                error.hint = error.hint ?? "--sql takes one SELECT; nothing can be written."
            }
            throw error
        }
    }

    /// Whether a person's own words begin as a question does, and end with it.
    private static func isOneSelect(_ words: String) -> Bool {
        let first = words.drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }.lowercased()
        let rest = words.drop { $0 != ";" }.dropFirst()
        return ["select", "with", "values", "table"].contains(first) && rest.allSatisfy { $0.isWhitespace || $0 == ";" }
    }

    /// The columns of the view; of one that is not there, those that it would have.
    var columns: QueryColumns {
        get throws { QueryColumns(try store.schema(of: view) ?? .standard) }
    }

    func follow(_ query: ViewQuery, columns: [String]) throws -> any RowFollower {
        try store.follow(query, columns: columns, of: view, after: nil)
    }

    func gaps(
        _ query: ViewQuery, until end: Timestamp, _ body: (KeyWindows, KeyWindows.Gap) throws -> Void
    ) throws {
        try store.gaps(query, until: end, of: view, body)
    }

    func close() {
        if let folder { QuerySource.remove(folder) }
    }

    private static func fill(_ folder: String, _ context: CommandContext) throws -> any ViewStore {
        let address = StoreAddress.sqlite(path: "\(folder)/views.db")
        let kafka = try context.broker().configuration
        let active = try ActiveGenerations(kafka, KafkaClient(kafka))
        let topics = StandardTopics.instruments.map { active.topic(of: $0) }
        var settings = try SinkSettings(draining: topics, into: address, kafka: kafka)
        settings.mustExist = false
        let quiet = Messages(level: .quiet, terminal: context.messages.terminal)
        let tally = try SinkJob(settings, voice: quiet.voice, stop: context.stop).run()
        try context.stop.throwIfRequested()
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
