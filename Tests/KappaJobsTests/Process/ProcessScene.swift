import KappaCore
import KappaKafka
import KappaStreams
import KappaTestSupport
import Synchronization

@testable import KappaJobs

/// A clock that a test turns, beside the real one.
final class TurnedClock: Sendable {
    private let ahead = Mutex(Duration.zero)

    var clock: JobClock { JobClock { [self] in ContinuousClock.now + ahead.withLock { $0 } } }

    func turn(by duration: Duration) { ahead.withLock { $0 += duration } }
}

/// A job over readings of which each is known, so that what has to come out is counted by hand.
final class ProcessScene: Sendable {
    let log: JobScene
    private let written = Mutex<[String: Int]>([:])
    private static let windowSeconds = 10

    private let partitions: Int

    init(partitions: Int) throws {
        self.partitions = partitions
        log = try JobScene()
        try log.create("in", partitions: partitions)
    }

    /// Windows of ten seconds without grace, keyed by borehole, all into one topic.
    func spec(_ properties: [(key: String, value: String)] = [], grace: Int64 = 0) -> JobSpec {
        var plan = WindowPlan()
        plan.key = [FieldRule("borehole", .string)]
        plan.carry = []
        plan.route = nil
        plan.routes = []
        plan.graceMilliseconds = grace
        var spec = JobSpec(
            name: "job", kafka: log.asked(properties), input: "in", outputs: ["out"],
            work: .windows(plan))
        spec.commitInterval = .milliseconds(100)
        spec.idle = .zero
        return spec
    }

    /// One reading of each borehole in each of so many seconds, in the order of time: in partitions by turns, so that
    /// none is empty, or where its key belongs.
    func write(seconds: Range<Int>, boreholes: Int, byKey: Bool = false) throws {
        let writer = try JobScene.Writer(log.kafka, topic: "in")
        for second in seconds {
            for borehole in 0..<boreholes {
                let time = Timestamp(milliseconds: 1_650_000_000_000 + Int64(second) * 1000)
                try writer.put(
                    "{\"borehole\":\"B\(borehole)\",\"reading\":\(second),\"timestamp\":\"\(time)\"}",
                    partition: byKey ? nil : Int32(borehole % partitions), key: "B\(borehole)")
                let window = second / ProcessScene.windowSeconds * ProcessScene.windowSeconds
                let start = Timestamp(milliseconds: 1_650_000_000_000 + Int64(window) * 1000)
                written.withLock { $0["B\(borehole) \(start)", default: 0] += 1 }
            }
        }
        try writer.flush()
    }

    /// "borehole window count" of each window that there has to be, in order.
    var expected: [String] { written.withLock { $0.map { "\($0.key) \($0.value)" }.sorted() } }

    /// The same of what is in the topic: read by kcat, so a window that was given out twice is there twice.
    func results(of topic: String = "out") async throws -> [String] {
        try await log.records(of: topic).map { line in
            var buffer = JSONBuffer()
            Array(line.utf8).withUnsafeBytes { buffer.load($0) }
            let record = try JSONValue(checking: buffer)
            return "\(record.member("borehole").text) \(record.member("window_start").text) "
                + record.member("count").text
        }.sorted()
    }

    /// What is there and should not be, and what should be and is not; a window that was given out twice is one too
    /// many.
    func differences() async throws -> [String] {
        var left: [String: Int] = [:]
        for line in try await results() { left[line, default: 0] += 1 }
        for line in expected { left[line, default: 0] -= 1 }
        return left.filter { $0.value != 0 }.map { "\($0.value > 0 ? "+" : "")\($0.value) \($0.key)" }.sorted()
    }

    func start(_ spec: JobSpec) -> RunningEngine<JobFigures> {
        RunningEngine { voice, stop in
            let run = try ProcessRun(spec, ProcessRun.Settings(), voice: voice)
            try run.prepare()
            let board = run.board(stop)
            do { try run.run(board, until: stop) } catch is Interrupted {}
            return board.figures
        }
    }

    /// Reads what is left, closes every window, and ends.
    func drain(_ spec: JobSpec) async throws -> JobFigures {
        var spec = spec
        spec.drains = true
        return try await start(spec).finish()
    }
}
