import Glibc
import KappaCore
import KappaHTTP
import KappaSQLite
import KappaStores
import KappaTestSupport
import Testing

@testable import KappaCommands
@testable import KappaJobs
@testable import KappaPipeline

@Suite struct PipelinePartsTests {
    static func plan() throws -> PipelinePlan {
        var plan = PipelinePlan(
            program: "kappa", folder: "/data", brokers: "127.0.0.1:9092", listen: ListenAddress(port: 9092),
            store: .sqlite(path: "/data/kappa.db"), storeWord: "sqlite:/data/kappa.db")
        plan.jobs = [("process", ["--window", "10s"])]
        return plan
    }

    @Test func aPlanStartsWhatItNeeds() throws {
        var plan = try Self.plan()
        #expect(plan.stages.map(\.name) == ["broker", "topics", "source", "process", "sink", "books"])
        plan.register = "/data/register.csv"
        #expect(
            plan.stages.map(\.name) == [
                "broker", "topics", "source", "process", "alarms", "sink", "standing", "history", "books",
            ])
        #expect(
            plan.commands(of: plan.stages[7], draining: true, remaining: nil)[0].joined(separator: " ")
                == "kappa sink sqlite alarms.history --table alarm_history --store sqlite:/data/kappa.db --drain "
                + "--brokers 127.0.0.1:9092")
        plan.register = nil
        plan.listen = nil
        plan.source = .none
        #expect(plan.stages.map(\.name) == ["topics", "process", "sink", "books"])
    }

    @Test func theWordsOfEachStage() throws {
        let plan = try Self.plan()
        func words(_ name: String, draining: Bool = false, remaining: Int64? = nil) -> [String] {
            guard let stage = plan.stages.first(where: { $0.name == name }) else { return [] }
            return plan.commands(of: stage, draining: draining, remaining: remaining).map { $0.joined(separator: " ") }
        }
        #expect(
            words("broker") == ["kappa broker run --data /data/broker --listen 127.0.0.1:9092 --partitions 1"])
        #expect(
            words("source", remaining: 7) == [
                "kappa simulate --count 7",
                "kappa produce monitoring --key-field borehole_number --on-error keep --brokers 127.0.0.1:9092",
            ])
        #expect(words("process", draining: true) == ["kappa process --window 10s --drain --brokers 127.0.0.1:9092"])
        #expect(words("sink") == ["kappa sink sqlite --store sqlite:/data/kappa.db --brokers 127.0.0.1:9092"])
    }

    @Test func aStatusIsReadAsItWasWritten() {
        var status = PipelineStatus()
        (status.time, status.brokers, status.store) = (1, "127.0.0.1:9092", "sqlite:/x.db")
        status.books = PipelineBooks(produced: 10, stored: 5, windows: 2, late: 3, dead: 1)
        status.stages = [
            .init(name: "broker", state: "running", pids: [12]),
            .init(
                name: "source", state: "resting", restarts: 3, pids: [3, 4], rate: 0.5, lag: 7, total: 9,
                unit: "readings", note: "simulated site"),
        ]
        #expect(PipelineStatus(text: status.text) == status)
        #expect(PipelineStatus(text: "") == nil)
        #expect(PipelineStatus(text: "something else\n") == nil)
    }

    @Test func ratesAreThoseOfTheLastSeconds() {
        var rates = PipelineRates()
        #expect(rates.produced == 0)
        for second in 0...30 {
            let produced = Int64(second < 10 ? 0 : (second - 10) * 100)
            rates.add(PipelineBooks(produced: produced), at: .seconds(second))
        }
        #expect(abs(rates.produced - 100) < 0.001)
    }

    @Test func aFolderHasOneLockAndItGoesWithItsHolder() throws {
        let folder = try TemporaryDirectory()
        #expect(!PipelineLock.isHeld(in: folder.path))
        do {
            let lock = try PipelineLock(folder: folder.path, patience: .zero)
            let isTaken = lock != nil
            #expect(isTaken)
            #expect(PipelineLock.isHeld(in: folder.path))
            #expect(PipelineLock.holder(in: folder.path) == getpid())
            let second = try PipelineLock(folder: folder.path, patience: .zero)
            let isRefused = second == nil
            #expect(isRefused)
        }
        #expect(!PipelineLock.isHeld(in: folder.path))
    }

    struct Ending: Sendable {
        let commands: [[String]]
        let status: Int32
    }

    static let endings = [
        Ending(commands: [["/bin/sh", "-c", "exit 0"]], status: 0),
        Ending(commands: [["/bin/sh", "-c", "exit 3"]], status: 3),
        Ending(commands: [["/bin/sh", "-c", "kill -9 $$"]], status: 137),
        Ending(commands: [["/bin/sh", "-c", "exit 5"], ["/bin/cat"]], status: 5),
        Ending(commands: [["/usr/bin/yes"], ["/bin/sh", "-c", "read x; exit 4"]], status: 4),
        Ending(commands: [["/bin/echo", "word"], ["/bin/cat"]], status: 0),
    ]

    /// Programs of the system stand in for stages here: what counts is how they end.
    @Test(arguments: PipelinePartsTests.endings)
    func aStageEndsWithTheStatusOfWhatFailed(ending: Ending) throws {
        let process = try Self.start(ending.commands)
        let status = try Self.end(of: process)
        #expect(status == ending.status)
    }

    @Test func theWordsOfAStageComeInLines() throws {
        let process = try Self.start([["/bin/sh", "-c", "echo one >&2; printf 'two\\nthree'"]])
        _ = try Self.end(of: process)
        #expect(process.lines(isAtEnd: true) == ["one", "two", "three"])
    }

    static func start(_ commands: [[String]]) throws -> StageProcess {
        let null = StageProcess.outOfTheWay(open("/dev/null", O_RDONLY))
        defer { close(null) }
        return try StageProcess(commands, .init(lifeline: null, lock: null, environment: ["PATH=/bin:/usr/bin"]))
    }

    static func end(of process: StageProcess) throws -> Int32 {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            if let status = process.reap() { return status }
            usleep(1000)
        }
        throw ChildProcess.Trouble("it does not end")
    }
}
