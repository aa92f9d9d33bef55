import KappaCore
import KappaKafka
import KappaTestSupport
import Testing

@testable import KappaJobs

/// Runs of consuming: where they begin, where they end, and what they commit.
@Suite(.timeLimit(.minutes(3))) struct ConsumeSessionTests {
    /// What a session printed, and how it ended.
    private func consume(
        _ scene: JobScene, group: String? = nil, stop: StopSignal = StopSignal(),
        _ change: (inout ConsumeSettings) throws -> Void
    ) throws -> [String] {
        var settings = ConsumeSettings(topics: ["log"])
        settings.isGrouped = group != nil
        try change(&settings)
        var printed: [UInt8] = []
        let output = PrintedBytes(write: { printed += $0 }, flush: {}, check: {})
        let printer = RecordPrinter(
            RecordPrinting(format: try RecordFormat(word: "%s\\n")), to: output, voice: .silent)
        let consumer = try Consumer(scene.kafka, group: group, isDirect: true)
        let session = ConsumeSession(settings, consumer: consumer, printer: printer, voice: .silent, stop: stop)
        try session.run()
        return String(decoding: printed, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func scene(_ counts: [Int]) throws -> JobScene {
        let scene = try JobScene()
        try scene.create("log", partitions: counts.count)
        for (partition, count) in counts.enumerated() {
            try scene.produce((0..<count).map { "\(partition)-\($0)" }, to: "log", partition: Int32(partition))
        }
        return scene
    }

    @Test func itEndsAtTheEndsThatThereAreAlsoWhereThereIsNothing() throws {
        let scene = try scene([3, 0, 2])
        let seen = try consume(scene) { $0.stopsAtEnd = true }
        #expect(Set(seen) == ["0-0", "0-1", "0-2", "2-0", "2-1"] && seen.count == 5)
    }

    @Test func aRangeOfOffsetsIsCutAtBothEnds() throws {
        let scene = try scene([10])
        let seen = try consume(scene) { $0.range = try OffsetRange(word: "2:5", now: .now) }
        #expect(seen == ["0-2", "0-3", "0-4"])
        let last = try consume(scene) {
            $0.range = try OffsetRange(word: "-2", now: .now)
            $0.stopsAtEnd = true
        }
        #expect(last == ["0-8", "0-9"])
    }

    @Test func soManyRecordsAndNoMore() throws {
        let scene = try scene([10])
        #expect(try consume(scene) { $0.count = 4 } == ["0-0", "0-1", "0-2", "0-3"])
        #expect(try consume(scene) { $0.count = 0 }.isEmpty)
    }

    @Test func onlyTheNamedPartitionsAreRead() throws {
        let scene = try scene([2, 2, 2])
        let seen = try consume(scene) {
            $0.partitions = [1]
            $0.stopsAtEnd = true
        }
        #expect(seen == ["1-0", "1-1"])
        let error = #expect(throws: JobFailure.self) { try consume(scene) { $0.partitions = [7] } }
        #expect(failure(error)?.message == "topic 'log' has no partition 7")
    }

    @Test func aGroupGoesOnWhereItWas() throws {
        let scene = try scene([5])
        let first = try consume(scene, group: "g") {
            $0.count = 3
            $0.stopsAtEnd = true
        }
        #expect(first == ["0-0", "0-1", "0-2"])
        #expect(try scene.client.groupOffsets("g").map(\.offset) == [3])
        #expect(try consume(scene, group: "g") { $0.stopsAtEnd = true } == ["0-3", "0-4"])
        #expect(try consume(scene, group: "g") { $0.stopsAtEnd = true }.isEmpty)
    }

    @Test func nothingInTheTimeThatWasGivenIsAFailure() throws {
        let scene = try scene([1])
        let error = #expect(throws: (any Error).self) {
            try consume(scene) { $0.patience = .milliseconds(400) }
        }
        #expect(failure(error)?.kind == .timedOut)
    }

    @Test func aStopEndsAnEndlessRun() async throws {
        let scene = try scene([2])
        let engine = RunningEngine { [self] _, stop in
            #expect(throws: Interrupted.self) { try consume(scene, group: "g", stop: stop) { _ in } }
        }
        try await JobScene.wait("a commit of what was printed") {
            try scene.client.groupOffsets("g").map(\.offset) == [2]
        }
        _ = try await engine.end()
    }
}
