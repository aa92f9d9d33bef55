import Glibc
import KappaTestSupport
import Testing

/// Whatever is killed, and wherever: in the end the output equals the oracle's, and nobody saw anything else before.
@Suite(.serialized) struct ProcessCrashTests {
    /// `make chaos` asks for a hundred kills and more; CI for ten.
    private static let kills = getenv("KAPPA_KILLS").flatMap { Int(String(cString: $0)) } ?? 10
    private static let options = ["--commit-every", "30ms", "--poll-size", "50"] + ProcessBench.impatient

    @Test(arguments: [1, 3])
    func killedAtRandomMomentsItLosesAndDoublesNothing(partitions: Int) async throws {
        let bench = try await ProcessBench.start(partitions: partitions)
        try await bench.load(500, seed: 1)
        let reader = try Kappa.start(
            ["consume", "piezometer", "--json", "--timeout", "600s"] + bench.brokers, directory: bench.folder.path)
        for kill in 1...max(1, ProcessCrashTests.kills / 2) {
            let job = try bench.startProcess(ProcessCrashTests.options)
            try await bench.load(300, seed: 1 + kill % 3)
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...400)))
            job.signal(SIGKILL)
            _ = try await job.finish()
        }
        try await bench.drain(ProcessBench.impatient)
        try await bench.verify()
        reader.signal(SIGKILL)
        let seen = Set(reader.output.split(separator: "\n"))
        let final = Set(try await bench.records(["piezometer"]).split(separator: "\n"))
        #expect(seen.isSubset(of: final), "a reader of committed records saw what is not there")
    }

    @Test(arguments: [
        "after-produce:2", "after-offsets:2", "commit-unanswered:2", "after-commit:2", "while-rebuilding:3",
        "after-tick:1", "on-revoke:1",
    ])
    func itRecoversFromAnExitAtEachFailPoint(point: String) async throws {
        let bench = try await ProcessBench.start()
        try await bench.load(600)
        try await part(bench)
        try await bench.load(600, seed: 2)
        let drains = point.hasPrefix("after-tick") ? ["--drain"] : []
        let job = try bench.startProcess(
            ProcessCrashTests.options + ["-v", "--commit-records", "100"] + drains,
            environment: ["KAPPA_FAILPOINT": point])
        if point.hasPrefix("on-revoke") {
            // A second instance takes partitions away from the first.
            try await job.waitForOutput("given monitoring[0]")
            let second = try bench.startProcess(ProcessCrashTests.options)
            #expect(try await job.finish().status == 86)
            second.signal(SIGKILL)
            _ = try await second.finish()
        } else {
            #expect(try await job.finish().status == 86, "\(point) was not met")
        }
        try await bench.drain(ProcessBench.impatient)
        try await bench.verify()
    }

    /// Leaves a job behind with open windows and a committed place.
    private func part(_ bench: ProcessBench) async throws {
        let job = try bench.startProcess(ProcessCrashTests.options)
        try await bench.waitForCommit("kappa.monitoring")
        job.signal(SIGKILL)
        _ = try await job.finish()
    }

    /// A stopped process wakes up after the group went on without it: nothing of what it held may count.
    @Test func aZombieIsShutOut() async throws {
        let bench = try await ProcessBench.start()
        try await bench.load(800)
        let zombie = try bench.startProcess(["--commit-every", "300ms", "--poll-size", "20"] + ProcessBench.impatient)
        try await bench.waitForCommit("kappa.monitoring")
        try await bench.load(800, seed: 2)
        zombie.signal(SIGSTOP)
        let heir = try bench.startProcess(ProcessCrashTests.options)
        try await heir.waitForOutput("processing")
        try await bench.load(800, seed: 3)
        try await Task.sleep(for: .milliseconds(2500))
        zombie.signal(SIGCONT)
        try await Task.sleep(for: .milliseconds(1500))
        for job in [zombie, heir] {
            job.signal(SIGTERM)
            #expect(try await job.finish().status == 143)
        }
        try await bench.drain(ProcessBench.impatient)
        try await bench.verify()
    }

    @Test func theBrokerMayDieTooAndBothTogether() async throws {
        var bench = try await ProcessBench.start(broker: ["--fsync", "always"])
        try await bench.load(400)
        var job = try bench.startProcess(ProcessCrashTests.options)
        for round in 1...max(3, ProcessCrashTests.kills / 3) {
            try await bench.load(200, seed: 1 + round % 4)
            if round % 3 != 1 { job.signal(SIGKILL) }
            if round % 3 != 2 {
                try await bench.broker.kill()
                bench = try await bench.withNewBroker()
            }
            if round % 3 != 1 {
                _ = try await job.finish()
                job = try bench.startProcess(ProcessCrashTests.options)
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...300)))
        }
        job.signal(SIGTERM)
        #expect(try await job.finish().status == 143)
        try await bench.drain(ProcessBench.impatient)
        try await bench.verify()
    }
}

extension ProcessBench {
    /// A broker on the same port, over what the killed one left.
    func withNewBroker() async throws -> ProcessBench {
        try ProcessBench(
            try await BrokerProcess.start(["--fsync", "always"], folder: broker.folder, port: broker.port))
    }
}
