import KappaCore
import KappaKafka
import KappaStreams
import KappaTestSupport
import Testing

@testable import KappaJobs

/// Whole runs of a job against a broker, and every result counted.
@Suite(.timeLimit(.minutes(6))) struct ProcessRunTests {
    enum Way: String, CaseIterable, CustomTestStringConvertible {
        /// The job's own connections read and write, or librdkafka does, or one each.
        case direct, library, mixed

        var properties: [(key: String, value: String)] {
            switch self {
            case .direct: []
            case .library: [("fetch.min.bytes", "1"), ("acks", "all")]
            case .mixed: [("fetch.min.bytes", "1")]
            }
        }

        var parts: (reader: String, writer: String) {
            switch self {
            case .direct: ("the job itself", "the job itself")
            case .library: ("librdkafka", "librdkafka")
            case .mixed: ("librdkafka", "the job itself")
            }
        }

        var testDescription: String { rawValue }
    }

    @Test(arguments: Way.allCases)
    func aDrainedRunGivesEveryWindowOnceAndEndsByItself(_ way: Way) async throws {
        let scene = try ProcessScene(partitions: 3)
        try scene.write(seconds: 0..<45, boreholes: 7)
        var spec = scene.spec(way.properties)
        spec.drains = true
        let job = scene.start(spec)
        let figures = try await job.finish()
        let (reader, writer) = way.parts
        let told = job.sayings.contains { saying in
            guard case .detail(let text) = saying else { return false }
            return text.hasSuffix("fetched by \(reader), written by \(writer)")
        }
        #expect(told, "\(job.sayings)")
        #expect(figures.counts.records == 45 * 7 && figures.counts.accepted == 45 * 7)
        #expect(figures.counts.results == scene.expected.count && figures.counts.dead == 0)
        let differences1 = try await scene.differences()
        #expect(differences1 == [])
        // Nothing new: nothing comes out, and it ends again.
        let again = try await scene.drain(scene.spec(way.properties))
        #expect(again.counts.records == 0 && again.counts.results == 0)
        let differences2 = try await scene.differences()
        #expect(differences2 == [])
    }

    @Test func smallPollsAndCommitsOfEachFewRecordsGiveTheSame() async throws {
        let scene = try ProcessScene(partitions: 2)
        try scene.write(seconds: 0..<30, boreholes: 4, byKey: true)
        var spec = scene.spec()
        spec.pollSize = 7
        spec.commitRecords = 11
        spec.isKeyed = true
        _ = try await scene.drain(spec)
        let differences3 = try await scene.differences()
        #expect(differences3 == [])
    }

    @Test func aStoppedRunGoesOnWhereItWasWithItsWindowsOpen() async throws {
        let scene = try ProcessScene(partitions: 2)
        let spec = scene.spec()
        for round in 0..<4 {
            try scene.write(seconds: round * 17..<(round + 1) * 17, boreholes: 3)
            let job = scene.start(spec)
            let wanted = (round + 1) * 17 / 10 * 3 - 3
            try await JobScene.wait("results of round \(round)") {
                guard !job.hasEnded else { throw ChildProcess.Trouble("it ended: \(job.sayings)") }
                return try await scene.results().count >= wanted
            }
            _ = try await job.end()
        }
        _ = try await scene.drain(spec)
        let differences4 = try await scene.differences()
        #expect(differences4 == [])
    }

    /// The ways of sharing out that a job may be given, with records that have to go through the keyed topic and such
    /// that have not.
    @Test(arguments: ["range", "cooperative-sticky"], [true, false])
    func workersComeAndGoUnderLoadAndNothingIsLostOrCountedTwice(_ strategy: String, _ isKeyed: Bool) async throws {
        let scene = try ProcessScene(partitions: 4)
        var spec = scene.spec([
            ("partition.assignment.strategy", strategy), ("heartbeat.interval.ms", "200"),
            ("session.timeout.ms", "20000"),
        ])
        spec.isKeyed = isKeyed
        var jobs = [scene.start(spec)]
        for round in 0..<6 {
            try scene.write(seconds: round * 20..<(round + 1) * 20, boreholes: 9, byKey: isKeyed)
            // Up to three at a time; the oldest leaves while the new one is joining.
            jobs.append(scene.start(spec))
            if jobs.count > 3 { _ = try await jobs.removeFirst().end() }
            for job in jobs where job.hasEnded { throw ChildProcess.Trouble("it ended: \(job.sayings)") }
        }
        let closed = 9 * 8
        try await JobScene.wait("most of the windows") { try await scene.results().count >= closed }
        for job in jobs { _ = try await job.end() }
        _ = try await scene.drain(spec)
        let differences5 = try await scene.differences()
        #expect(differences5 == [])
    }

    @Test(arguments: Way.allCases)
    func aTransactionThatIsLostIsDoneAgain(_ way: Way) async throws {
        let scene = try ProcessScene(partitions: 1)
        let spec = scene.spec(way.properties)
        let job = scene.start(spec)
        for round in 0..<3 {
            try scene.write(seconds: round * 20..<(round + 1) * 20, boreholes: 5)
            try await JobScene.wait("windows of round \(round)") { try await scene.results().count >= round * 10 + 5 }
            // Another writer of the same name shuts the job's out, and leaves it to find out.
            let other = try Producer(scene.log.kafka, transactionalId: "kappa.job.0")
            try other.initTransactions(timeout: .seconds(60))
        }
        try scene.write(seconds: 60..<80, boreholes: 5)
        try await JobScene.wait("the last windows") { try await scene.results().count >= 35 }
        let said = job.sayings
        _ = try await job.end()
        #expect(said.contains { if case .note(let text) = $0 { text.contains("last commit") } else { false } })
        _ = try await scene.drain(spec)
        let differences6 = try await scene.differences()
        #expect(differences6 == [])
    }

    @Test func silenceClosesTheLastWindowWhenTheClockIsTurned() async throws {
        let scene = try ProcessScene(partitions: 1)
        let clock = TurnedClock()
        var spec = scene.spec()
        spec.idle = .seconds(3600)
        spec.clock = clock.clock
        try scene.write(seconds: 0..<5, boreholes: 2)
        let job = scene.start(spec)
        try await JobScene.wait("the commit of what was read") {
            try scene.log.client.groupOffsets(spec.group).contains { place in
                CommittedState(words: place.metadata ?? "")?.position == 10
            }
        }
        #expect(try await scene.results().isEmpty)
        clock.turn(by: .seconds(3700))
        try await JobScene.wait("the windows that silence closes") { try await scene.results().count == 2 }
        let differences7 = try await scene.differences()
        #expect(differences7 == [])
        // The tick is kept, for a replay to find.
        let ticks = try await scene.log.records(of: spec.ticks)
        #expect(ticks.count == 1 && ticks[0].contains("\"offset\":10"), "\(ticks)")
        // What comes behind it for the same window is late.
        try scene.log.produce(
            ["{\"borehole\":\"B0\",\"reading\":1,\"timestamp\":\"\(Timestamp(milliseconds: 1_650_000_005_000))\"}"],
            to: "in")
        try await JobScene.wait("the late reading") { try await scene.log.records(of: spec.late).count == 1 }
        #expect(try await job.end().counts.late == 1)
        let differences8 = try await scene.differences()
        #expect(differences8 == [])
    }

    @Test func aRunUntilATimeStopsBeforeTheFirstRecordOfIt() async throws {
        let scene = try ProcessScene(partitions: 1)
        try scene.write(seconds: 0..<10, boreholes: 1)
        let after = Timestamp(milliseconds: Timestamp.now.milliseconds + 1)
        try await JobScene.wait("another millisecond") { Timestamp.now.milliseconds > after.milliseconds }
        try scene.write(seconds: 10..<20, boreholes: 1)
        var spec = scene.spec()
        spec.until = after
        let figures = try await scene.start(spec).finish()
        #expect(figures.counts.records == 10)
        let results = try await scene.results()
        #expect(results == [scene.expected[0]])
    }

    @Test func otherRulesAreRefusedBeforeAnythingIsDone() async throws {
        let scene = try ProcessScene(partitions: 1)
        try scene.write(seconds: 0..<10, boreholes: 1)
        _ = try await scene.drain(scene.spec())
        let error = await #expect(throws: (any Error).self) { try await scene.drain(scene.spec(grace: 7000)) }
        #expect(failure(error)?.message.contains("grace") == true, "\(failure(error)?.message ?? "")")
        let differences9 = try await scene.differences()
        #expect(differences9 == [])
    }

    @Test func whatIsNoReadingGoesToTheDeadLettersWithItsReason() async throws {
        let scene = try ProcessScene(partitions: 1)
        try scene.write(seconds: 0..<10, boreholes: 1)
        try scene.log.produce(["no JSON", "{\"borehole\":\"B1\",\"reading\":1}"], to: "in")
        let figures = try await scene.drain(scene.spec())
        #expect(figures.counts.dead == 2 && figures.counts.records == 12)
        let dead = try await scene.log.records(of: "in.dead", format: "%h\n")
        #expect(dead.count == 2 && dead.allSatisfy { $0.contains("kappa.offset=") && $0.contains("kappa.job=job") })
        let differences10 = try await scene.differences()
        #expect(differences10 == [])
    }

    @Test func aMissingTopicIsToldWithWhatToDo() async throws {
        let scene = try ProcessScene(partitions: 1)
        var spec = scene.spec()
        spec.input = "elsewhere"
        let error = await #expect(throws: (any Error).self) { try await scene.start(spec).finish() }
        #expect(failure(error)?.message == "there is no topic 'elsewhere' to read" && failure(error)?.hint != nil)
    }

    @Test func topicsAreNotMadeWhereThatWasForbidden() async throws {
        let scene = try ProcessScene(partitions: 1)
        var spec = scene.spec()
        spec.creates = false
        let error = await #expect(throws: (any Error).self) { try await scene.start(spec).finish() }
        #expect(failure(error)?.message.hasPrefix("missing topics: out, ") == true)
        #expect(try !scene.log.client.metadata().topics.map(\.name).contains("out"))
    }
}
