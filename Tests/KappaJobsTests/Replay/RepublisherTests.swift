import KappaCore
import KappaKafka
import KappaTestSupport
import Testing

@testable import KappaJobs

/// Copies of a range of a topic into another, each record once, whatever comes between.
@Suite(.timeLimit(.minutes(3))) struct RepublisherTests {
    private let scene: JobScene

    init() throws {
        scene = try JobScene()
        try scene.create("log", partitions: 2)
    }

    /// Readings of two partitions, a second apart each.
    private func write(_ numbers: Range<Int>) throws {
        let writer = try JobScene.Writer(scene.kafka, topic: "log")
        for number in numbers {
            let time = Timestamp(milliseconds: 1_700_000_000_000 + Int64(number) * 1000)
            try writer.put(
                "{\"n\":\(number),\"timestamp\":\"\(time)\"}", partition: Int32(number % 2), key: "k\(number % 3)",
                time: time, headers: [Header("h", "\(number)")])
        }
        try writer.flush()
    }

    @discardableResult
    private func replay(_ settings: ReplaySettings) async throws -> (tally: ReplayTally, said: [Voice.Saying]) {
        let engine = RunningEngine<ReplayTally> { voice, stop in
            let replay = try Republisher(settings, voice: voice, stop: stop)
            try replay.run()
            return replay.tally
        }
        return (try await engine.finish(), engine.sayings)
    }

    private func settings(_ range: OffsetRange = OffsetRange(), name: String? = nil, _ tests: String...) throws
        -> ReplaySettings
    {
        try ReplaySettings(
            scene.kafka, from: "log", into: "copy", range: range,
            predicates: try tests.map { try FieldPredicate($0) }, name: name)
    }

    private let whole = "%p %k %T %h %s\n"

    @Test func everythingOfEachRecordIsCopiedToItsPartition() async throws {
        try write(0..<40)
        let (tally, _) = try await replay(settings())
        #expect(tally.written == 40)
        let source = try await scene.records(of: "log", format: whole)
        #expect(try await scene.records(of: "copy", format: whole).sorted() == source.sorted() && source.count == 40)
    }

    @Test func doneTwiceItIsThereOnceAndUnderAnotherNameTwice() async throws {
        try write(0..<10)
        try await replay(settings())
        let (again, said) = try await replay(settings())
        #expect(again.written == 0 && again.wasDone)
        #expect(said.contains { "\($0)".contains("done before") })
        #expect(try await scene.records(of: "copy").count == 10)
        try await replay(settings(name: "once more"))
        #expect(try await scene.records(of: "copy").count == 20)
    }

    @Test func aRangeAndATestChooseTheRecords() async throws {
        try write(0..<40)
        // Offsets 5 to 9 of each partition: numbers 10 to 19, of which those above 14 pass.
        let (tally, _) = try await replay(settings(OffsetRange(word: "5:10", now: .now), "n > 14"))
        #expect(tally.written == 5 && tally.passedOver == 5)
        let numbers = try await scene.records(of: "copy", format: "%h\n").sorted()
        #expect(numbers == ["h=15", "h=16", "h=17", "h=18", "h=19"])
    }

    @Test func anotherFilterUnderTheSameNameIsRefused() async throws {
        try write(0..<4)
        try await replay(settings(name: "mine"))
        let error = await #expect(throws: JobFailure.self) {
            try await replay(settings(OffsetRange(), name: "mine", "n > 1"))
        }
        #expect(error?.message.contains("begun with other options") == true)
        #expect(try await scene.records(of: "copy").count == 4)
    }

    @Test func aTopicIsNotReplayedIntoItself() throws {
        let error = #expect(throws: JobFailure.self) { try ReplaySettings(scene.kafka, from: "log", into: "log") }
        #expect(error?.kind == .usage)
    }
}
