import Glibc
import KappaTestSupport

/// A broker, a PostgreSQL of its own, and results on their way from the one to the other; with an oracle beside them.
final class SinkScene {
    static let topics = ["piezometer", "strain_gauge"]
    static let database = "views"

    let broker: BrokerProcess
    let postgres: PostgresServer
    let proxy: CuttingProxy
    let folder: TemporaryDirectory
    private(set) var expected: [String] = []
    private var nextWindow = 0

    static func make(partitions: Int = 2) async throws -> SinkScene {
        let scene = SinkScene(
            broker: try await BrokerProcess.start(), postgres: try PostgresServer(),
            folder: try TemporaryDirectory())
        for topic in topics { try await scene.createTopic(topic, partitions: partitions) }
        try scene.postgres.makeDatabase(database)
        return scene
    }

    private init(broker: BrokerProcess, postgres: PostgresServer, folder: TemporaryDirectory) {
        self.broker = broker
        self.postgres = postgres
        self.folder = folder
        proxy = try! CuttingProxy(target: postgres.port)
    }

    deinit {
        proxy.stop()
        try? postgres.stop(mode: "immediate")
    }

    func createTopic(_ topic: String, partitions: Int) async throws {
        // The results' times are of the past; the broker must not take them for old.
        let result = try await Kappa.run(
            "topics", "create", topic, "-p", "\(partitions)", "-c", "retention.ms=-1", "-b", broker.address)
        guard result.status == 0 else { throw ChildProcess.Trouble(result.errors) }
    }

    /// The words of a sink, through the proxy, over TCP, with a password.
    func sinkWords(_ more: [String] = []) -> [String] {
        [
            "sink", "postgres", "-b", broker.address, "--store", postgres.url(SinkScene.database, port: proxy.port),
            "--batch", "500", "--linger", "50ms",
        ] + more + SinkScene.topics
    }

    func startSink(_ more: [String] = []) throws -> ChildProcess {
        try Kappa.start(sinkWords(more), directory: folder.path)
    }

    /// One result for each of `boreholes` in each of so many new windows, in both topics.
    func produce(windows: Int, boreholes: Int) async throws {
        for (number, topic) in SinkScene.topics.enumerated() {
            var lines = ""
            for window in nextWindow..<nextWindow + windows {
                for borehole in 0..<boreholes { lines += line(topic, number, window, borehole) }
            }
            let file = try folder.write("\(topic).ndjson", lines)
            let result = try await Kappa.run(
                "produce", topic, file, "--key-field", "borehole_number", "-b", broker.address)
            guard result.status == 0 else { throw ChildProcess.Trouble(result.errors) }
        }
        nextWindow += windows
    }

    private func line(_ topic: String, _ number: Int, _ window: Int, _ borehole: Int) -> String {
        let (start, end) = (SinkScene.time(window * 10), SinkScene.time(window * 10 + 10))
        let reading = window * 1000 + borehole * 2 + number
        expected.append("BH-\(borehole)\t\(topic)\t\(reading)\t\(start)")
        return """
            {"borehole_number":"BH-\(borehole)","instrument":"\(topic)","surface_level":1.5,"northing":5810968,\
            "easting":322179,"reading":\(reading),"units":"kPa","timestamp":"\(SinkScene.time(window * 10 + 9))",\
            "window_start":"\(start)","window_end":"\(end)","count":1,"min":\(reading),"max":\(reading),\
            "sum":\(reading)}\n
            """
    }

    /// So many seconds after the midnight that began 2022-04-15.
    private static func time(_ seconds: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (day, rest) = (15 + seconds / 86_400, seconds % 86_400)
        return "2022-04-\(two(day))T\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))Z"
    }

    func query(_ sql: String) throws -> String { try postgres.psql(SinkScene.database, sql) }

    /// Waits until the store holds as many rows as were produced.
    func waitForRows(timeout: Duration = .seconds(60)) async throws {
        let deadline = ContinuousClock.now + timeout
        while true {
            let count = try? query("SELECT count(*) FROM record")
            if count == "\(expected.count)\n" { return }
            guard ContinuousClock.now < deadline else {
                throw ChildProcess.Trouble("the store holds \(count ?? "?") of \(expected.count) rows")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// What the store has and the oracle has not, and the other way round: nothing, in both cases.
    func differences() throws -> String {
        let file = try folder.write("expected.tsv", expected.joined(separator: "\n") + "\n")
        chmod(folder.path, 0o755)
        chmod(file, 0o644)
        let columns = "boreholenumber, instrument, reading, window_start"
        return try query(
            """
            CREATE TEMPORARY TABLE oracle (boreholenumber text, instrument text, reading float8, window_start timestamptz);
            COPY oracle FROM '\(file)';
            (SELECT \(columns) FROM record EXCEPT ALL SELECT * FROM oracle)
            UNION ALL (SELECT * FROM oracle EXCEPT ALL SELECT \(columns) FROM record) LIMIT 5
            """)
    }

    /// The sum of the positions in the store.
    func position() throws -> String { try query("SELECT sum(next_offset) FROM kappa_offset") }
}
