import Glibc
import KappaTestSupport
import Testing

/// Readings keep coming while the processor, the broker or both are killed, or the processor sleeps past its session:
/// in the end the output equals the oracle's, nothing is left open, and a reader that was there all the time saw just
/// that.
@Suite(.serialized) struct ProcessKillTests {
    enum Blow: CaseIterable {
        case processor, broker, both, sleep
    }

    /// `make chaos` asks for a hundred and more, over two hundred thousand readings.
    private static let wanted = getenv("KAPPA_KILLS").flatMap { Int(String(cString: $0)) }
    private static let blows = max(1, (wanted ?? 10) / 2)
    private static let readings = wanted == nil ? 20_000 : 200_000

    @Test(arguments: [1, 3])
    func whateverIsKilledNothingIsLostOrDoubled(partitions: Int) async throws {
        let site = try KilledSite(try await ProcessBench.start(partitions: partitions, broker: ["--fsync", "always"]))
        try await site.bench.kappa("topics", "create", "piezometer", "-p", "\(partitions)")
        let slice = ProcessKillTests.readings / ProcessKillTests.blows
        let total = try await site.prepare(slice: slice, slices: ProcessKillTests.blows)
        let reader = try Kappa.start(
            ["consume", "piezometer", "--json", "--timeout", "3600s"] + site.bench.brokers,
            directory: site.files.path)
        try site.startJob()
        for number in 1...ProcessKillTests.blows {
            let producer = try site.produce(slice: number)
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...400)))
            try await site.strike(number <= 4 ? Blow.allCases[number - 1] : Blow.allCases.randomElement()!)
            #expect(try await producer.finish(timeout: .seconds(60)).status == 0)
        }
        try await site.endJob()
        try await site.bench.drain(ProcessBench.impatient, timeout: .seconds(180))
        try await site.bench.verify()
        let raw = try await site.bench.kappa("consume", "monitoring", "-e", "--json", timeout: .seconds(120))
        #expect(raw.utf8.count { $0 == UInt8(ascii: "\n") } == total, "readings were lost or doubled on their way in")
        try await site.expectNothingOpen(ProcessBench.outputs, partitions: partitions)
        try await expectSame(reader, try await site.bench.records(["piezometer"]))
    }

    /// Every line that there is, each once, as soon as the last has come.
    private func expectSame(_ reader: ChildProcess, _ final: String) async throws {
        let wanted = final.split(separator: "\n").sorted()
        let deadline = ContinuousClock.now + .seconds(30)
        while reader.output.utf8.count < final.utf8.count, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(50))
        }
        reader.signal(SIGTERM)
        let seen = try await reader.finish().output.split(separator: "\n").sorted()
        #expect(!wanted.isEmpty)
        #expect(seen == wanted, "a reader of committed records saw \(seen.count) of \(wanted.count)")
    }
}

/// A broker that comes back on its port, and a job over it that is struck again and again.
private final class KilledSite {
    private static let options = ["-v", "--commit-every", "30ms", "--poll-size", "50"] + ProcessBench.impatient
    /// Of all readings, one in twenty is late, bad, doubled or ahead of its time.
    private static let faults = ["--late", "2%", "--bad", "1.5%", "--future", "0.5%", "--duplicates", "1%"]

    private(set) var bench: ProcessBench
    let files: TemporaryDirectory
    private var job: ChildProcess?

    init(_ bench: ProcessBench) throws {
        self.bench = bench
        files = try TemporaryDirectory()
    }

    /// One file for each blow; returns how many readings there are in all.
    func prepare(slice: Int, slices: Int) async throws -> Int {
        let site = ["--boreholes", "5", "--seed", "7", "--start", "2022-04-15T00:00:00Z", "--jitter", "3s"]
        let made = try await Kappa.run(
            ["simulate", "--count", "\(slice * slices)"] + site + KilledSite.faults, timeout: .seconds(60))
        let lines = made.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        let size = (lines.count + slices - 1) / slices
        for number in 1...slices {
            let part = lines.dropFirst((number - 1) * size).prefix(size)
            let file = try #require(fopen("\(files.path)/\(number)", "w"))
            fputs(part.map { $0 + "\n" }.joined(), file)
            fclose(file)
        }
        return lines.count
    }

    func produce(slice: Int) throws -> ChildProcess {
        try Kappa.start(["produce", "monitoring", "\(slice)"] + bench.brokers, directory: files.path)
    }

    func startJob() throws { job = try bench.startProcess(KilledSite.options) }

    /// A job that was asked to end does so at once; its status says who ended it.
    func endJob() async throws {
        job?.signal(SIGTERM)
        let result = try await job?.finish(timeout: .seconds(60))
        #expect(result?.status == 143, "\(result?.errors ?? "")")
    }

    func strike(_ blow: ProcessKillTests.Blow) async throws {
        guard blow != .sleep else { return try await sleepPastTheSession() }
        if blow != .broker { job?.signal(SIGKILL) }
        if blow != .processor {
            try await bench.broker.kill()
            bench = try await bench.withNewBroker()
        }
        guard blow != .broker else { return }
        _ = try await job?.finish()
        try startJob()
    }

    /// The job is stopped until another has its partitions; woken, it finds itself shut out and waits its turn.
    private func sleepPastTheSession() async throws {
        let sleeper = try #require(job)
        try await sleeper.waitForOutput("given monitoring[0]")
        sleeper.signal(SIGSTOP)
        try startJob()
        try await job?.waitForOutput("given monitoring[0]", timeout: .seconds(30))
        sleeper.signal(SIGCONT)
        try await sleeper.waitForOutput("gave up monitoring[0]", timeout: .seconds(60))
        sleeper.signal(SIGKILL)
        _ = try await sleeper.finish()
    }

    /// Where a transaction is open, readers of committed records get less far than others: an independent client asks.
    func expectNothingOpen(_ topics: [String], partitions: Int) async throws {
        var ends: [String] = []
        for isolation in ["read_committed", "read_uncommitted"] {
            let places = topics.flatMap { topic in (0..<partitions).flatMap { ["-t", "\(topic):\($0):-1"] } }
            let child = try ChildProcess(
                ["kcat", "-Q", "-b", bench.broker.address, "-X", "isolation.level=\(isolation)"] + places,
                environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], directory: files.path)
            let result = try await child.finish()
            #expect(result.status == 0, "\(result.errors)")
            ends.append(result.output.split(separator: "\n").sorted().joined(separator: "\n"))
        }
        #expect(ends[0] == ends[1], "a transaction was left open")
        #expect(ends[0].contains("piezometer [0] offset "))
    }
}
