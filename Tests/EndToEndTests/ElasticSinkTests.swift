import Glibc
import KappaTestSupport
import Testing

/// The sink and the generations as a person runs them, into a server that speaks as OpenSearch does.
@Suite("Elasticsearch, by the program")
struct ElasticSinkTests {
    private static func result(_ number: Int) -> String {
        let second = "2022-04-15T\(two(number / 3600 % 24)):\(two(number / 60 % 60)):\(two(number % 60))"
        return """
            {"borehole_number":"BH-\(number % 50)","instrument":"piezometer","reading":\(number),"count":2,\
            "timestamp":"\(second).500Z","window_start":"\(second)Z","window_end":"\(second).900Z"}

            """
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    @Test func aSinkThatIsKilledAgainAndAgainStoresEachRecordOnce() async throws {
        let (log, elastic, folder) = (
            try await BrokerProcess.start(), try ElasticServer(), try TemporaryDirectory()
        )
        let brokers = ["KAPPA_BROKERS": log.address]
        let count = 3000
        let file = try folder.write("results.ndjson", (0..<count).map(Self.result).joined())
        try #require(
            try await Kappa.run(["topics", "create", "piezometer", "-c", "retention.ms=-1"], environment: brokers)
                .status == 0)
        try #require(try await Kappa.run(["produce", "piezometer", file], environment: brokers).status == 0)
        let kills = getenv("KAPPA_SINK_KILLS").flatMap { Int(String(cString: $0)) } ?? 4
        let sink = [
            "sink", "opensearch", "--store", "\(elastic.url)/record", "--batch", "100", "--all-partitions",
            "piezometer",
        ]
        let ask = ["query", "--store", "\(elastic.address)/record", "--csv"]
        for kill in 1...kills {
            let child = try Kappa.start(sink, environment: brokers, directory: folder.path)
            // Killed wherever it is once more rows are there: rows may be ahead of the position, never behind it.
            let deadline = ContinuousClock.now + .seconds(60)
            var rows = 0
            while rows < kill * 200, ContinuousClock.now < deadline {
                let answer = try await Kappa.run(ask + ["--count"])
                rows = Int(answer.lines.last ?? "") ?? 0
            }
            #expect(rows >= kill * 200)
            child.signal(SIGKILL)
            _ = try await child.finish()
        }
        let last = try await Kappa.run(sink + ["--drain"], environment: brokers)
        #expect(last.status == 0, "\(last.errors)")
        let rows = try await Kappa.run(ask + ["--fields", "mean", "--oldest"])
        #expect(rows.lines.dropFirst().compactMap { Int($0) } == Array(0..<count))
        let status = try await Kappa.run([
            "store", "status", "--store", "\(elastic.address)/record", "--brokers", log.address, "--json",
        ])
        #expect(status.output.contains("\"guarantee\":\"each window once, eventually current\""))
        #expect(status.output.contains("\"lag\":0") && status.output.contains("\"generation\":1"))
    }

    @Test func generationsAreStartedComparedSwitchedAndDropped() async throws {
        let elastic = try ElasticServer()
        let readings = [(1, 1, 10.0), (2, 2, 5), (1, 3, 20), (1, 11, 30)].map { GenerationTests.reading($0, $1, $2) }
        let scene = try await GenerationScene(readings: readings.joined())
        let store = ["--store", "\(elastic.address)/record"]
        func means() async throws -> [String] {
            let ask = ["query", "--csv", "--oldest", "--fields", "borehole,mean"] + store
            return Array(try await scene.run(ask).lines.dropFirst())
        }
        try await scene.run(["process", "--drain"] + GenerationScene.far)
        try await scene.run(["sink", "elasticsearch", "--drain"] + store)
        // By hand: BH-1 has 10 and 20 in the first window and 30 in the second one, BH-2 has 5 in the first one.
        #expect(try await means() == ["BH-2,5", "BH-1,15", "BH-1,30"])
        try await scene.run(
            ["replay", "start", "--drain", "--where", "reading > 15"] + store + GenerationScene.far)
        try await scene.run(["sink", "elasticsearch", "--generation", "2", "--drain"] + store)
        try await scene.run("replay", "diff")
        #expect(try await means() == ["BH-2,5", "BH-1,15", "BH-1,30"])
        try await scene.run(["replay", "switch"] + store)
        #expect(try await means() == ["BH-1,20", "BH-1,30"])
        try await scene.run(["replay", "rollback"] + store)
        #expect(try await means() == ["BH-2,5", "BH-1,15", "BH-1,30"])
        try await scene.run(["replay", "drop", "2", "--yes"] + store)
        #expect(try await scene.run(["store", "status", "--json"] + store).output.contains("\"generation\":1"))
        // What another program owns is left alone, and says so in one line.
        let foreign = try await scene.run(
            ["sink", "elasticsearch", "--drain", "--table", "kappa_dead_letter", "--store", elastic.address], status: 1)
        #expect(foreign.errors.contains("not kappa's") || foreign.errors.contains("is there already"))
    }
}
