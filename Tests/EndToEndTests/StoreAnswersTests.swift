import KappaTestSupport
import Testing

/// Whatever the store, the same question has the same answer, byte for byte.
@Suite("Answers of every store")
struct StoreAnswersTests {
    private static let questions: [[String]] = [
        ["--fields", fields], ["-n", "7", "--fields", fields], ["--oldest", "-n", "3", "--fields", fields],
        ["--latest", "--fields", fields], ["--latest", "-i", "piezo*", "--fields", fields], ["--count"],
        ["-i", "strain_gauge", "-B", "BH-*", "--fields", fields],
        ["-w", "reading > 10", "-w", "instrument != piezometer", "--fields", fields],
        ["-w", "borehole ~ 9", "-w", "units != null", "--fields", fields],
        ["--since", "2024-01-01T00:00:10Z", "--until", "2024-01-01T00:00:40Z", "--fields", fields],
        ["--bucket", "20s"] + ["mean", "min", "max", "sum", "count", "rows"].flatMap { ["--agg", $0] },
        ["--bucket", "1h", "--oldest", "-n", "5"],
        ["--pivot", "instrument"], ["--pivot", "borehole", "-i", "piezometer"], ["--list", "instrument"],
        ["--list", "borehole"], ["--gaps", "--until", "2024-01-01T01:00:00Z"],
    ]
    /// Each row but for its number, which is the store's own.
    private static let fields =
        "ts,borehole,instrument,mean,units,min,max,sum,count,window_start,window_end,northing,surface_level"

    @Test func areThoseOfPostgreSQL() async throws {
        let log = try await BrokerProcess.start()
        let folder = try TemporaryDirectory()
        let (postgres, mariadb, elastic) = (
            try PostgresServer.shared.get(), try MariaDBServer.shared.get(), try ElasticServer()
        )
        let database = "answers\(UInt32.random(in: 0...UInt32.max))"
        try postgres.makeDatabase(database)
        try mariadb.makeDatabase(database)
        @Sendable func kappa(_ words: [String], status: Int32 = 0) async throws -> ChildProcess.Result {
            let result = try await Kappa.run(words, environment: ["KAPPA_BROKERS": log.address])
            try #require(result.status == status, "\(words.joined(separator: " ")): \(result.errors)")
            return result
        }
        let readings = try await kappa(["simulate", "--seed", "7", "--start", "2024-01-01", "--count", "3000"]).output
        let file = try folder.write("readings.ndjson", readings)
        _ = try await kappa(["produce", "--create", "--key-field", "borehole_number", "monitoring", file])
        _ = try await kappa(["process", "--window", "10s", "--drain"])
        let stores = [
            ("postgres", postgres.conninfo(database)), ("sqlite", "sqlite:\(folder.path)/views.db"),
            ("mysql", mariadb.url(database)), ("elasticsearch", "\(elastic.address)/record"),
        ]
        for (kind, address) in stores {
            let tally = try await kappa(["sink", kind, "--store", address, "--drain", "--stats", "--csv"])
            #expect(tally.output.contains("rows"))
            _ = try await kappa(["wait", "store", "--store", address, "--rows", "100", "--timeout", "60s"])
        }
        for question in StoreAnswersTests.questions {
            for format in ["--csv", "--json"] {
                let ask = ["query", format] + question + ["--store"]
                let expected = try await kappa(ask + [stores[0].1]).output
                #expect(expected.split(separator: "\n").count > (format == "--csv" ? 1 : 0))
                for (kind, address) in stores.dropFirst() {
                    let answer = try await kappa(ask + [address]).output
                    #expect(answer == expected, "\(kind): \(question.joined(separator: " ")) \(format)")
                }
            }
        }
    }
}
