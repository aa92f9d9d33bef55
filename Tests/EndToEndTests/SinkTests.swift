import Glibc
import KappaTestSupport
import Testing

@Suite("sink, from topics to PostgreSQL")
struct SinkTests {
    /// Ten faults; a hundred, and many more rows, with KAPPA_LONG_TESTS.
    private static let isLong = getenv("KAPPA_LONG_TESTS") != nil

    enum Fault: CaseIterable {
        case kill, freeze, terminateBackends, crashServer, cutAfterCommit
    }

    @Test(.timeLimit(.minutes(30)))
    func threeSinksAndManyFaultsLoseNothingAndCountNothingTwice() async throws {
        let scene = try await SinkScene.make()
        var sinks = try (0..<3).map { _ in try scene.startSink() }
        let rounds = SinkTests.isLong ? 20 : 2
        var random = SplitMix(state: 20_220_415)
        for round in 0..<rounds {
            for fault in Fault.allCases {
                try await scene.produce(windows: SinkTests.isLong ? 50 : 10, boreholes: 50)
                let victim = Int(random.next() % 3)
                try await strike(fault, &sinks, victim, scene, isLong: SinkTests.isLong && round % 5 == 0)
            }
        }
        try await scene.waitForRows()
        for sink in sinks {
            sink.signal(SIGTERM)
            let result = try await sink.finish()
            #expect(result.status == 143, "\(result.errors)")
        }
        #expect(try scene.differences() == "")
        #expect(try scene.position() == "\(scene.expected.count)\n")
        #expect(try scene.query("SELECT count(*) FROM kappa_dead_letter") == "0\n")
    }

    private func strike(
        _ fault: Fault, _ sinks: inout [ChildProcess], _ victim: Int, _ scene: SinkScene, isLong: Bool
    ) async throws {
        switch fault {
        case .kill:
            sinks[victim].signal(SIGKILL)
            _ = try await sinks[victim].finish()
            sinks[victim] = try scene.startSink()
        case .freeze:
            // The long one outlives the session, so that the partitions go to the others meanwhile.
            sinks[victim].signal(SIGSTOP)
            try await Task.sleep(for: isLong ? .seconds(13) : .milliseconds(300))
            sinks[victim].signal(SIGCONT)
        case .terminateBackends:
            _ = try scene.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kappa sink'")
        case .crashServer:
            try scene.postgres.stop(mode: "immediate")
            try scene.postgres.start()
        case .cutAfterCommit:
            scene.proxy.arm(.afterCommit)
        }
    }

    @Test func twoSinksForcedOntoTheSamePartitionsAddUp() async throws {
        let scene = try await SinkScene.make()
        let sinks = try (0..<2).map { _ in try scene.startSink(["--all-partitions"]) }
        for _ in 0..<4 { try await scene.produce(windows: 10, boreholes: 50) }
        try await scene.waitForRows()
        for sink in sinks {
            sink.signal(SIGTERM)
            _ = try await sink.finish()
        }
        #expect(try scene.differences() == "")
        #expect(try scene.position() == "\(scene.expected.count)\n")
    }

    @Test func aRecreatedTopicIsRefusedAndNothingIsWritten() async throws {
        let scene = try await SinkScene.make(partitions: 1)
        try await scene.produce(windows: 2, boreholes: 20)
        let drained = try await Kappa.run(scene.sinkWords(["--drain", "--stats", "--json"]))
        #expect(drained.status == 0, "\(drained.errors)")
        #expect(drained.output.contains("\"rows\":80,"))
        let before = try scene.query("SELECT md5(string_agg(r::text, '' ORDER BY id)) FROM record r")
        // Shorter than before, then as long as before, then longer; in the end with more than a batch of the other
        // topic, which must wait until this one is proven.
        for windows in [1, 1, 30] {
            let topic = SinkScene.topics[0]
            try await Kappa.run("topics", "delete", topic, "--yes", "-b", scene.broker.address)
            try await scene.createTopic(topic, partitions: 1)
            try await scene.produce(windows: windows, boreholes: windows == 30 ? 30 : 20)
            let result = try await Kappa.run(scene.sinkWords(["--drain"]))
            #expect(result.status == 1)
            #expect(result.errors.contains("piezometer[0]"), "\(result.errors)")
            #expect(!result.errors.contains(PostgresServer.password))
        }
        #expect(try scene.query("SELECT md5(string_agg(r::text, '' ORDER BY id)) FROM record r") == before)
    }

    @Test func recordsThatAreGoneFromTheLogAreSaidToBe() async throws {
        let scene = try await SinkScene.make(partitions: 1)
        try await scene.produce(windows: 1, boreholes: 20)
        #expect(try await Kappa.run(scene.sinkWords(["--drain"])).status == 0)
        try await scene.produce(windows: 2, boreholes: 20)
        let purged = try await Kappa.run(
            "topics", "purge", "piezometer", "--before", "30", "--yes", "-b", scene.broker.address)
        #expect(purged.status == 0, "\(purged.errors)")
        let result = try await Kappa.run(scene.sinkWords(["--drain"]))
        #expect(result.status == 1)
        #expect(result.errors.contains("10 records are gone"), "\(result.errors)")
        #expect(try scene.query("SELECT count(*) FROM record") == "40\n")
    }

    @Test func aPasswordIsSeenNowhere() async throws {
        let scene = try await SinkScene.make(partitions: 1)
        try await scene.produce(windows: 1, boreholes: 1)
        let sink = try scene.startSink()
        try await scene.waitForRows()
        let words = Subprogram.read("/proc/\(sink.pid)/cmdline")
        #expect(words.contains("sink") && !words.contains(PostgresServer.password))
        let url = scene.postgres.url(SinkScene.database)
        let query = try Kappa.start(["query", "--follow", "--csv", "--store", url], directory: scene.folder.path)
        try await query.waitForOutput("boreholenumber")
        let asked = Subprogram.read("/proc/\(query.pid)/cmdline")
        #expect(asked.contains("--follow") && !asked.contains(PostgresServer.password))
        query.signal(SIGINT)
        #expect(try await !query.finish().errors.contains(PostgresServer.password))
        sink.signal(SIGINT)
        let result = try await sink.finish()
        #expect(result.status == 130)
        #expect(!result.errors.contains(PostgresServer.password))
        #expect(result.errors.contains("stored 2 rows in postgres://postgres@127.0.0.1"))
    }
}

/// Numbers that are the same in each run.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
