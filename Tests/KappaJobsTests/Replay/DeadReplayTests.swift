import KappaCore
import KappaKafka
import KappaTestSupport
import Testing

@testable import KappaJobs

/// Dead letters that are sent back: mended, once each, and those that cannot be stay.
@Suite(.timeLimit(.minutes(3))) struct DeadReplayTests {
    private let scene: JobScene

    init() throws {
        scene = try JobScene()
        try scene.create("log", partitions: 1)
        try scene.create("log.dead", partitions: 1)
        let writer = try JobScene.Writer(scene.kafka, topic: "log.dead")
        func put(_ value: String, reason: String, field: String, from topic: String?) throws {
            var headers = [Header("site", "north"), Header("kappa.reason", reason), Header("kappa.field", field)]
            if let topic { headers += [Header("kappa.topic", topic), Header("kappa.partition", "0")] }
            try writer.put(value, key: "BH-1", headers: headers)
        }
        try put(#"{"reading":"high","units":"m"}"#, reason: "not a number", field: "reading", from: "log")
        try put(#"{"reading":2}"#, reason: "missing", field: "units", from: "log")
        try put(#"{"reading":3}"#, reason: "missing", field: "units", from: nil)
        try writer.flush()
    }

    private func send(_ change: (inout DeadReplaySettings) throws -> Void = { _ in }) async throws -> (
        tally: DeadReplay.Tally, said: [Voice.Saying]
    ) {
        var settings = DeadReplaySettings(topic: "log.dead")
        try change(&settings)
        let (scene, wanted) = (scene, settings)
        let engine = RunningEngine<DeadReplay.Tally> { voice, stop in
            let replay = try DeadReplay(wanted, kafka: scene.kafka, voice: voice, stop: stop)
            try replay.run()
            return replay.tally
        }
        return (try await engine.finish(), engine.sayings)
    }

    @Test func eachGoesBackWhereItCameFromWithItsTraceAndOneWithoutAPlaceStays() async throws {
        let (tally, said) = try await send()
        #expect(tally.sent == 2 && tally.unsent == 1 && tally.passedOver == 0)
        #expect(said.contains { "\($0)".contains("log.dead[0] offset 2 stays") })
        let back = try await scene.records(of: "log", format: "%k %s %h\n")
        #expect(
            back == [
                #"BH-1 {"reading":"high","units":"m"} site=north,kappa.replayed.from=log.dead/0/0,"#
                    + "kappa.replayed.reason=not a number",
                #"BH-1 {"reading":2} site=north,kappa.replayed.from=log.dead/0/1,kappa.replayed.reason=missing"#,
            ])
    }

    @Test func noneIsSentTwiceUnlessAskedFor() async throws {
        _ = try await send()
        let (again, _) = try await send()
        #expect(again.sent == 0 && again.sentBefore == 2)
        let (asked, _) = try await send { $0.sendsAgain = true }
        #expect(asked.sent == 2)
        #expect(try await scene.records(of: "log").count == 4)
    }

    @Test func theReasonAndTheFieldChooseAndAnEditMends() async throws {
        let (tally, _) = try await send {
            $0.reasons = ["missing"]
            $0.fields = ["units"]
            $0.into = "log"
            $0.edits = [FieldEdit(path: FieldPath("units")!, value: FieldEdit.json("kPa"))]
        }
        #expect(tally.sent == 2 && tally.passedOver == 1 && tally.unsent == 0)
        #expect(
            try await scene.records(of: "log") == [
                #"{"reading":2,"units":"kPa"}"#, #"{"reading":3,"units":"kPa"}"#,
            ])
    }
}
