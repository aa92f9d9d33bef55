import KappaTestSupport
import Testing

@Suite(.serialized) struct ProcessIdleTests {
    private let reading = """
        {"borehole_number":"BH-1","instrument":"piezometer","surface_level":80.5,"northing":5811000,"easting":320000,\
        "reading":50.5,"timestamp":"2022-04-15T22:06:38.737Z"}

        """

    /// Silence closes the last window, by a tick that a replay finds again; what comes behind the tick is late.
    @Test func theLastWindowComesOutAfterIdleAndAReplayClosesItAtTheSamePlace() async throws {
        let bench = try await ProcessBench.start()
        try bench.write(reading, to: "one.ndjson")
        try await bench.kappa("produce", "monitoring", "one.ndjson")
        let job = try bench.startProcess(
            ["--window", "1s", "--grace", "1s", "--idle", "2s", "--commit-every", "50ms"])
        try await bench.waitForRecords("piezometer")
        try await bench.kappa("produce", "monitoring", "one.ndjson")
        try await bench.waitForRecords("monitoring.late")
        job.signal(15)
        _ = try await job.finish()
        try bench.write(try await bench.records(["monitoring.ticks"]), to: "ticks.json")
        try await bench.verify(["--window", "1000", "--grace", "1000", "--ticks", "ticks.json"])
        // Another generation over the same log and the same ticks.
        let first = try await bench.kappa("consume", "piezometer", "-e")
        let second = try await bench.replay(["--window", "1s", "--grace", "1s"])
        #expect(first == second)
    }

    @Test func aSilentPartitionDoesNotHoldUpTheOthers() async throws {
        let bench = try await ProcessBench.start(partitions: 4)
        try bench.write(reading, to: "one.ndjson")
        try await bench.kappa("produce", "monitoring", "one.ndjson", "-p", "2")
        let job = try bench.startProcess(
            ["--window", "1s", "--grace", "1s", "--idle", "2s", "--commit-every", "50ms"])
        try await bench.waitForRecords("piezometer")
        job.signal(15)
        _ = try await job.finish()
        #expect(try await bench.records(["piezometer"]).contains("50.5"))
    }

    @Test func withoutIdleNothingCloses() async throws {
        let bench = try await ProcessBench.start()
        try bench.write(reading, to: "one.ndjson")
        try await bench.kappa("produce", "monitoring", "one.ndjson")
        let job = try bench.startProcess(["--window", "1s", "--grace", "0s", "--idle", "0", "--commit-every", "50ms"])
        try await bench.waitForCommit("kappa.monitoring")
        job.signal(15)
        _ = try await job.finish()
        #expect(try await bench.records(["piezometer"]).isEmpty)
    }
}

extension ProcessBench {
    /// The same job under another name, with the ticks of the first, into topics of its own.
    func replay(_ options: [String]) async throws -> String {
        let outputs = ProcessBench.outputs.prefix(5).map { "\($0)=replayed.\($0)" }.joined(separator: ",")
        try await drain(["--name", "replayed", "--ticks", "monitoring.ticks", "--output", outputs] + options)
        return try await kappa("consume", "replayed.piezometer", "-e")
    }

    func waitForCommit(_ group: String, timeout: Duration = .seconds(20)) async throws {
        let deadline = ContinuousClock.now + timeout
        while try await !hasCommitted(group) {
            guard ContinuousClock.now < deadline else { throw ChildProcess.Trouble("no commit of \(group)") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// A group is listed from the moment its first member joins; a place of its own it has only with a commit.
    private func hasCommitted(_ group: String) async throws -> Bool {
        guard try await kappa("groups", "list").contains(group) else { return false }
        let rows = try await kappa("groups", "describe", group, "--csv").split(separator: "\n").dropFirst()
        return rows.contains { Int64($0.split(separator: ",", omittingEmptySubsequences: false)[3]) != nil }
    }
}
