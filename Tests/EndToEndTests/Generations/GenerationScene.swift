import KappaTestSupport
import Testing

/// A broker with readings, a job that has worked through them, and a view of its results.
struct GenerationScene {
    let broker: BrokerProcess
    /// A database in the tests' PostgreSQL; without one the views lie in a file of SQLite.
    let database: String?
    var store: String {
        guard let database, let server = try? PostgresServer.shared.get() else {
            return "sqlite:\(broker.folder.path)/views.db"
        }
        return server.conninfo(database)
    }

    /// The sink's word for the store.
    var kind: String { database == nil ? "sqlite" : "postgres" }

    /// The readings are of another year than their records; and a group forgets a killed member soon.
    static let far = [
        "--max-future", "1000000h", "-X", "session.timeout.ms=1000", "-X", "heartbeat.interval.ms=200",
    ]

    init(readings: String, partitions: Int = 1, database: String? = nil) async throws {
        if let database { try PostgresServer.shared.get().makeDatabase(database) }
        self.database = database
        broker = try await BrokerProcess.start()
        try await run("topics", "create", "monitoring", "-p", "\(partitions)")
        try await run("produce", "monitoring", stdin: readings)
    }

    /// Readings of a minute and a half, in order, with late and bad ones among them.
    static func simulated(_ count: Int) async throws -> String {
        try await Kappa.run(
            "simulate", "--seed", "5", "--count", "\(count)", "--start", "2022-04-15", "--late", "1%", "--bad", "1%"
        ).output
    }

    @discardableResult
    func run(
        _ words: String..., stdin: String = "", status: Int32 = 0, failing point: String? = nil
    ) async throws -> ChildProcess.Result {
        try await run(words, stdin: stdin, status: status, failing: point)
    }

    @discardableResult
    func run(
        _ words: [String], stdin: String = "", status: Int32 = 0, failing point: String? = nil
    ) async throws -> ChildProcess.Result {
        var environment = ["KAPPA_BROKERS": broker.address]
        if let point { environment["KAPPA_FAILPOINT"] = point }
        let result = try await Kappa.run(words, stdin: stdin, environment: environment, directory: broker.folder.path)
        #expect(result.status == status, "\(words): \(result.output) \(result.errors)")
        return result
    }

    func processLive(_ more: String...) async throws {
        try await run(["process", "--drain"] + Self.far + more)
        try await run("sink", kind, "--store", store, "--drain")
    }

    func start(_ more: String..., status: Int32 = 0, failing point: String? = nil) async throws {
        try await run(
            ["replay", "start", "--drain", "--store", store] + Self.far + more, status: status, failing: point)
    }

    /// The sums of a diff's columns: same, changed, added, missing.
    func difference() async throws -> [Int] {
        let lines = try await run("replay", "diff", "--csv", "--samples", "0").lines.dropFirst()
        return lines.reduce(into: [0, 0, 0, 0]) { sums, line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            for place in 0..<4 { sums[place] += Int(cells[place + 1]) ?? 0 }
        }
    }
}
