import KappaCore
import KappaKafka
import Testing

@testable import KappaJobs

@Suite struct ControlRecordTests {
    static func read<Record>(_ json: [UInt8], _ make: (JSONValue) -> Record?) -> Record? {
        var buffer = JSONBuffer()
        json.withUnsafeBytes { buffer.load($0) }
        return (try? JSONValue(checking: buffer)).flatMap(make)
    }

    @Test func aGenerationIsReadBackAsItWasWritten() {
        var generation = Generation(
            job: "a \"job\"", number: 3, parent: 2, fingerprint: "f", input: "in", outputs: ["x", "y"], key: ["k"],
            value: "v", graceMilliseconds: 10, startedAt: 5)
        #expect(Self.read(generation.json) { Generation($0) } == generation)
        (generation.comparedAt, generation.fromMilliseconds, generation.isPublished) = (7, -20, true)
        #expect(Self.read(generation.json) { Generation($0) } == generation)
        #expect(generation.topics == ["x.g3", "y.g3"] && generation.group == "kappa.a \"job\".g3")
        #expect(generation.first.topics == ["x", "y"] && generation.first.comparedAt == nil)
    }

    @Test func aPointerIsReadBackAsItWasWritten() {
        for from: Int64? in [nil, 1_650_000_000_123] {
            let pointer = GenerationPointer(job: "j", live: 2, previous: 1, from: from, switchedAt: 1_700_000_000_456)
            #expect(Self.read(pointer.json) { GenerationPointer($0) } == pointer)
        }
    }

    @Test func aPlanIsReadBackFromItsPlaces() throws {
        let parts = [ReplayPlan.Part(at: TopicPartition("t", 0), next: 5, end: 9)]
        let shift = ReplayPlan.Shift(log: -3, event: 4)
        let plan = ReplayPlan(parts: parts, shift: shift, fingerprint: "f")
        let back = try #require(try ReplayPlan(committed: parts.map(plan.place)))
        #expect(back.parts[0].next == 5 && back.parts[0].end == 9 && back.shift == shift && back.fingerprint == "f")
        #expect(try ReplayPlan(committed: [PartitionOffset(TopicPartition("t", 0), PartitionOffset.none)]) == nil)
        #expect(throws: JobFailure.self) {
            _ = try ReplayPlan(committed: [PartitionOffset(TopicPartition("t", 0), 3, metadata: "v1;1;2;3")])
        }
    }
}
