import Glibc
import KappaTestSupport
import Testing

/// Wherever the program ends: the next run goes on as if nothing had been, and the output equals the oracle's.
@Suite(.serialized) struct ProcessCrashTests {
    private static let options = ["--commit-every", "30ms", "--poll-size", "50"] + ProcessBench.impatient

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
        let zombie = try bench.startProcess(
            ["-v", "--commit-every", "300ms", "--poll-size", "20"] + ProcessBench.impatient)
        try await bench.waitForCommit("kappa.monitoring")
        try await bench.load(800, seed: 2)
        zombie.signal(SIGSTOP)
        let heir = try bench.startProcess(["-v"] + ProcessCrashTests.options)
        try await heir.waitForOutput("given monitoring[0]", timeout: .seconds(30))
        try await bench.load(800, seed: 3)
        try await bench.waitForRecords("monitoring.dead", 40)
        zombie.signal(SIGCONT)
        try await zombie.waitForOutput("gave up monitoring[0]", timeout: .seconds(60))
        for job in [zombie, heir] {
            job.signal(SIGTERM)
            #expect(try await job.finish().status == 143)
        }
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
