import Glibc
import KappaTestSupport
import KappaWire
import Testing

/// Inputs of many partitions, of partitions that are added, and of none any more.
@Suite(.timeLimit(.minutes(3))) struct WideInputTests {
    static func results(_ topic: String, _ address: String) async throws -> [String] {
        let read = try await Kappa.run("consume", topic, "-e", "-b", address, timeout: .seconds(60))
        #expect(read.status == 0, "\(read.errors)")
        return read.lines.sorted()
    }

    static let rules = ["--window", "60s", "--grace", "100000s", "--route", "", "--drain"]

    @Test func fourHundredPartitionsGiveWhatOneGives() async throws {
        let broker = try await BrokerProcess.start()
        let readings = try await Kappa.run("simulate", "--count", "3000", "--seed", "9").output
        for (topic, partitions) in [("wide", "400"), ("narrow", "1")] {
            try await Kappa.run("topics", "create", topic, "-p", partitions, "-b", broker.address)
            let sent = try await Kappa.run("produce", topic, "-b", broker.address, stdin: readings)
            #expect(sent.status == 0, "\(sent.errors)")
            let done = try await Kappa.run(
                ["process", "-i", topic, "-o", "\(topic).out", "-b", broker.address] + Self.rules,
                timeout: .seconds(120))
            #expect(done.status == 0, "\(done.errors)")
        }
        let (wide, narrow) = (
            try await Self.results("wide.out", broker.address), try await Self.results("narrow.out", broker.address)
        )
        #expect(!narrow.isEmpty)
        #expect(wide.count == narrow.count)
        try await broker.stop()
    }

    @Test func partitionsThatAreAddedAreReadWithoutARestart() async throws {
        let broker = try await BrokerProcess.start()
        try await Kappa.run("topics", "create", "monitoring", "-p", "2", "-b", broker.address)
        let readings = try await Kappa.run("simulate", "--count", "400", "--seed", "3").output
        try await Kappa.run("produce", "monitoring", "-b", broker.address, stdin: readings)
        let folder = try TemporaryDirectory()
        let job = try Kappa.start(
            ["process", "--window", "10s", "--stats", "-", "-b", broker.address], directory: folder.path)
        try await job.waitForOutput("\"records\":400", timeout: .seconds(30))
        let added = try await Kappa.run("topics", "add-partitions", "monitoring", "--to", "4", "-b", broker.address)
        #expect(added.status == 0, "\(added.errors)")
        for partition in ["2", "3"] {
            let sent = try await Kappa.run(
                "produce", "monitoring", "--partition", partition, "-b", broker.address, stdin: readings)
            #expect(sent.status == 0, "\(sent.errors)")
        }
        try await job.waitForOutput("\"records\":1200", timeout: .seconds(40))
        job.signal(SIGTERM)
        #expect(try await job.finish().status == 128 + SIGTERM)
        // Its rules are the same.
        let again = try await Kappa.run(
            "process", "--window", "10s", "--drain", "-b", broker.address, timeout: .seconds(60))
        #expect(again.status == 0, "\(again.errors)")
        #expect(again.errors.contains("processed 0 records"), "\(again.errors)")
        try await broker.stop()
    }

    @Test func anInputThatIsGoneIsToldOnceAndEndsTheJob() async throws {
        let (broker, cluster) = try await FirstQuestionTests.scene()
        defer { cluster.stop() }
        let folder = try TemporaryDirectory()
        let job = try Kappa.start(
            ["process", "--window", "10s", "--stats", "-", "-b", cluster.addresses], directory: folder.path)
        try await job.waitForOutput("\"records\":300", timeout: .seconds(30))
        let gone = try await Kappa.run("topics", "delete", "monitoring", "--yes", "-b", broker.address)
        #expect(gone.status == 0, "\(gone.errors)")
        let result = try await job.finish(timeout: .seconds(60))
        #expect(result.status == 1)
        #expect(result.errors.contains("no longer exists"), "\(result.errors)")
        try await broker.stop()
    }

    @Test func aSinkRidesThroughWhatAClusterDoes() async throws {
        let (broker, cluster) = try await FirstQuestionTests.scene()
        defer { cluster.stop() }
        let done = try await Kappa.run("process", "--window", "10s", "--drain", "-b", broker.address)
        #expect(done.status == 0, "\(done.errors)")
        for key in [ApiKey.listOffsets, .fetch] {
            cluster.play(.refused(.notLeaderOrFollower), key, for: .seconds(2))
        }
        FirstQuestionTests.unsettleGroups(cluster)
        let folder = try TemporaryDirectory()
        let store = "sqlite:\(folder.path)/views.db"
        let sink = try await Kappa.run(
            "sink", "sqlite", "--store", store, "--drain", "-b", cluster.addresses, timeout: .seconds(90))
        #expect(sink.status == 0, "\(sink.errors)")
        let plain = "sqlite:\(folder.path)/plain.db"
        let other = try await Kappa.run("sink", "sqlite", "--store", plain, "--drain", "-b", broker.address)
        #expect(other.status == 0, "\(other.errors)")
        let rows = try await Kappa.run("query", "--count", "--store", store).output
        #expect(rows == (try await Kappa.run("query", "--count", "--store", plain).output))
        try await broker.stop()
    }
}
