import KappaCore
import KappaKafka
import KappaTestSupport
import Testing

@testable import KappaJobs

/// Where a group's places come to stand.
@Suite(.timeLimit(.minutes(3))) struct GroupMoveTests {
    private let scene: JobScene

    init() throws {
        scene = try JobScene()
        try scene.create("log", partitions: 2)
        let writer = try JobScene.Writer(scene.kafka, topic: "log")
        for number in 0..<10 {
            try writer.put("\(number)", partition: 0, time: Timestamp(milliseconds: 1_700_000_000_000 + Int64(number)))
        }
        try writer.flush()
        let consumer = try Consumer(scene.kafka, group: "site")
        try consumer.commit([PartitionOffset(at(0), 4)])
    }

    private func at(_ partition: Int32) -> TopicPartition { TopicPartition("log", partition) }

    private func resolved(_ target: GroupTarget, _ selected: [TopicSelection] = []) throws -> [PartitionOffset] {
        let move = try GroupMove("site", scene.client)
        return try move.resolve(target, try move.places(selected), voice: .silent)
    }

    @Test func eachWordHasItsPlace() throws {
        #expect(try resolved(.start) == [PartitionOffset(at(0), 0)])
        #expect(try resolved(.end) == [PartitionOffset(at(0), 10)])
        #expect(try resolved(.offset(7)) == [PartitionOffset(at(0), 7)])
        #expect(try resolved(.shifted(-3)) == [PartitionOffset(at(0), 1)])
        #expect(try resolved(.time(Timestamp(milliseconds: 1_700_000_000_006))) == [PartitionOffset(at(0), 6)])
        // Later than all there is: what comes next.
        #expect(try resolved(.time(Timestamp(milliseconds: 1_800_000_000_000))) == [PartitionOffset(at(0), 10)])
    }

    @Test func whatLiesOutsideTheLogIsHeldAtItsEdge() throws {
        #expect(try resolved(.shifted(-100)) == [PartitionOffset(at(0), 0)])
        #expect(try resolved(.offset(99)) == [PartitionOffset(at(0), 10)])
    }

    @Test func aSelectionNamesTheOnesThatHaveNoPlaceYet() throws {
        let both = try resolved(.end, [TopicSelection(topic: "log", partitions: nil)])
        #expect(both == [PartitionOffset(at(0), 10), PartitionOffset(at(1), 0)])
        let second = try resolved(.start, [TopicSelection(topic: "log", partitions: [1])])
        #expect(second == [PartitionOffset(at(1), 0)])
        let error = #expect(throws: JobFailure.self) {
            try resolved(.start, [TopicSelection(topic: "log", partitions: [7])])
        }
        #expect(error?.message == "topic 'log' has no partition 7")
    }

    @Test func aMoveIsSeenByTheGroup() throws {
        let move = try GroupMove("site", scene.client)
        try move.refuseActive()
        try move.perform([PartitionOffset(at(0), 2), PartitionOffset(at(1), 0)])
        let consumer = try Consumer(scene.kafka, group: "site")
        let places = try consumer.committed([at(0), at(1)])
        #expect(places.map(\.offset) == [2, 0])
    }

    @Test func aGroupWithAMemberIsNotMoved() throws {
        let consumer = try Consumer(scene.kafka, group: "site")
        var isMember = false
        consumer.onAssign = { partitions in
            isMember = true
            return partitions.map { PartitionOffset($0, PartitionOffset.end) }
        }
        try consumer.subscribe(to: ["log"])
        let deadline = ContinuousClock.now + JobScene.patience
        while !isMember, ContinuousClock.now < deadline { try consumer.poll(timeout: .milliseconds(100)) { _ in } }
        let move = try GroupMove("site", scene.client)
        let error = #expect(throws: JobFailure.self) { try move.refuseActive() }
        #expect(error?.message.contains("has a member") == true)
    }
}
