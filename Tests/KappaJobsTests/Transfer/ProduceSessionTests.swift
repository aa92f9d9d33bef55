import Glibc
import KappaCore
import KappaKafka
import KappaTestSupport
import Testing

@testable import KappaJobs

/// Runs of producing from files, seen by kcat.
@Suite(.timeLimit(.minutes(3))) struct ProduceSessionTests {
    private let scene: JobScene

    init() throws {
        scene = try JobScene()
        try scene.create("log", partitions: 1)
        try scene.create("log.dead", partitions: 1)
    }

    private func file(_ text: String) throws -> String {
        try scene.folder.write("input-\(UInt64.random(in: 0...UInt64.max))", text)
    }

    /// What was said, and how it ended.
    private func produce(
        _ texts: String..., repeats: Int = 1, _ change: (inout ProduceSettings) throws -> Void = { _ in }
    ) async throws -> (said: [Voice.Saying], failure: (any Failure)?) {
        var settings = ProduceSettings(topic: "log")
        try change(&settings)
        let (scene, wanted, files) = (scene, settings, try texts.map(file))
        let engine = RunningEngine<Void> { voice, stop in
            func delivery(_ topic: String) throws -> Delivery {
                try Delivery(scene.kafka, topic: topic, partition: nil, pace: nil, stop: stop)
            }
            var dead: Delivery?
            if case .dead(let topic) = wanted.onError { dead = try delivery(topic) }
            let session = try ProduceSession(wanted, delivery: delivery("log"), dead: dead, voice: voice, stop: stop)
            try session.run(try ProduceInputs(files, repeats: repeats))
        }
        do {
            try await engine.finish()
            return (engine.sayings, nil)
        } catch {
            return (engine.sayings, failure(error))
        }
    }

    @Test func eachLineOfEachFileIsARecordInOrder() async throws {
        let (said, failure) = try await produce("a\nb\n", "c", repeats: 2)
        #expect(failure == nil)
        #expect(try await scene.records(of: "log") == ["a", "b", "c", "a", "b", "c"])
        #expect(said.contains { "\($0)".contains("delivered 6 to") })
    }

    @Test func keysAndTimesComeFromTheFields() async throws {
        let shape = RecordShape(
            key: .fields([FieldPath("hole")!, FieldPath("kind")!]), time: .field(FieldPath("time")!))
        let (_, failure) = try await produce(
            #"{"hole":"BH-1","kind":"p","time":"2026-01-02T03:04:05Z"}"# + "\n"
        ) { $0.shape = shape }
        #expect(failure == nil)
        // 2026-01-02T03:04:05Z is 1,767,323,045 seconds after 1970.
        #expect(try await scene.records(of: "log", format: "%k %T\n") == ["BH-1|p 1767323045000"])
    }

    @Test func aLineThatMakesNoRecordStopsTheRunAndWhatStoodBeforeItIsSent() async throws {
        let (_, failure) = try await produce("{\"k\":1}\n{\"other\":2}\n{\"k\":3}\n") {
            $0.shape.key = .fields([FieldPath("k")!])
        }
        #expect(failure?.message.contains("line 2") == true && failure?.kind == .failed)
        #expect(try await scene.records(of: "log", format: "%k\n") == ["1"])
    }

    @Test func orItIsSkippedAndCounted() async throws {
        let (said, failure) = try await produce("{\"k\":1}\nnonsense\n{\"k\":3}\n") {
            $0.shape.key = .fields([FieldPath("k")!])
            $0.onError = .skip
        }
        #expect(failure?.message.hasPrefix("1 of 3 records were skipped") == true)
        #expect(said.contains { "\($0)".contains("line 2") })
        #expect(try await scene.records(of: "log", format: "%k\n") == ["1", "3"])
    }

    @Test func orItIsKeptAsItCame() async throws {
        let (_, failure) = try await produce("{\"k\":1}\nnonsense\n") {
            $0.shape.key = .fields([FieldPath("k")!])
            $0.onError = .keep
        }
        #expect(failure == nil)
        #expect(try await scene.records(of: "log", format: "%k=%s\n") == ["1={\"k\":1}", "=nonsense"])
    }

    @Test func orItGoesToTheDeadLettersWithItsReason() async throws {
        let (said, failure) = try await produce("nonsense\n{\"k\":2}\n") {
            $0.shape.key = .fields([FieldPath("k")!])
            $0.onError = .dead(topic: "log.dead")
        }
        #expect(failure == nil)
        #expect(try await scene.records(of: "log", format: "%k\n") == ["2"])
        let dead = try await scene.records(of: "log.dead", format: "%s %h\n")
        #expect(dead.count == 1 && dead[0].hasPrefix("nonsense kappa.reason=") && dead[0].contains("line 1"))
        #expect(said.contains { "\($0)".contains("1 went to the dead-letter topic") })
    }

    @Test func whatIsTooLargeForTheTopicIsNamedAndItsNeighboursAreSent() async throws {
        try scene.create("small", partitions: 1, settings: [("max.message.bytes", "2000")])
        let long = String(repeating: "x", count: 5000)
        let scene = scene
        let input = try file("first\n\(long)\nlast\n")
        let engine = RunningEngine<Void> { voice, stop in
            var settings = ProduceSettings(topic: "small")
            settings.onError = .skip
            let delivery = try Delivery(scene.kafka, topic: "small", partition: nil, pace: nil, stop: stop)
            let session = try ProduceSession(settings, delivery: delivery, dead: nil, voice: voice, stop: stop)
            try session.run(try ProduceInputs([input], repeats: 1))
        }
        await #expect(throws: (any Error).self) { try await engine.finish() }
        let small = try await scene.records(of: "small")
        #expect(small == ["first", "last"], "\(small)")
        let warned = engine.sayings.contains { "\($0)".contains("line 2: the record has 5000 bytes") }
        #expect(warned, "\(engine.sayings)")
    }

    @Test func aStopEndsItAndSaysWhatWasDelivered() async throws {
        let scene = scene
        let pipe = "\(scene.folder.path)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        let engine = RunningEngine<Void> { voice, stop in
            let delivery = try Delivery(scene.kafka, topic: "log", partition: nil, pace: nil, stop: stop)
            let session = try ProduceSession(
                ProduceSettings(topic: "log"), delivery: delivery, dead: nil, voice: voice, stop: stop)
            try session.run(try ProduceInputs([pipe], repeats: 1))
        }
        let writer = open(pipe, O_WRONLY)
        defer { close(writer) }
        #expect(write(writer, "one\n", 4) == 4)
        try await JobScene.wait("the first line") { try await scene.records(of: "log") == ["one"] }
        _ = try? await engine.end()
        #expect(engine.sayings.contains { "\($0)".contains("interrupted: 1 were delivered") })
    }
}
