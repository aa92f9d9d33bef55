import KappaWire
import Testing

@testable import KappaBroker

/// The new kind of group as a pure machine, with the clock turned by hand. Expectations are KIP-848's.
@Suite struct ReconciledGroupTests {
    private typealias Place = ReconciledGroup.Place

    private let topics = ["t": 4]

    private func places(_ indexes: Int32...) -> Set<ReconciledGroup.Place> {
        Set(indexes.map { Place(topic: "t", index: $0) })
    }

    private func beat(
        _ group: inout ReconciledGroup, _ id: String, _ epoch: Int32, owned: Set<ReconciledGroup.Place>? = nil,
        instance: String? = nil, topics: [String: Int]? = nil, now: Int64 = 0
    ) throws -> ReconciledGroup.Answer {
        var beat = ReconciledGroup.Beat(memberId: id, epoch: epoch)
        beat.instanceId = instance
        if epoch == 0 {
            beat.topicNames = ["t"]
            beat.rebalanceMilliseconds = 10_000
            beat.owned = []
        } else {
            beat.owned = owned
        }
        let all = topics ?? self.topics
        return try group.heartbeat(beat, now: now) { member in all.filter { member.topics.contains($0.key) } }
    }

    private func code(_ body: () throws -> Void) -> ErrorCode? {
        do {
            try body()
            return nil
        } catch {
            return (error as? ReconciledGroup.Refusal)?.code
        }
    }

    @Test func theFirstMemberHasAllAtOnce() throws {
        var group = ReconciledGroup(id: "g")
        let answer = try beat(&group, "a", 0)
        #expect(answer.assignment == places(0, 1, 2, 3) && answer.epoch == group.epoch && group.state == .stable)
        #expect(try beat(&group, "a", answer.epoch, owned: places(0, 1, 2, 3)).assignment == nil, "nothing changed")
    }

    /// No partition ever has two owners: the second gets what the first has said that it gave up.
    @Test func partitionsChangeHandsOneMemberAfterTheOther() throws {
        var group = ReconciledGroup(id: "g")
        let first = try beat(&group, "a", 0)
        let second = try beat(&group, "b", 0)
        #expect(second.assignment == [] && second.epoch == group.targetEpoch, "nothing is free yet")
        let told = try beat(&group, "a", first.epoch, owned: places(0, 1, 2, 3))
        let kept = try #require(told.assignment)
        #expect(kept.count == 2 && told.epoch == first.epoch, "it stays in its epoch until it has given up the rest")
        #expect(try beat(&group, "b", second.epoch, owned: []).assignment == nil, "the first may still use them")
        #expect(try beat(&group, "a", first.epoch, owned: places(0, 1, 2, 3)).epoch == first.epoch)
        #expect(try beat(&group, "a", first.epoch, owned: kept).epoch == group.epoch)
        let given = try beat(&group, "b", second.epoch, owned: [])
        #expect(given.assignment == places(0, 1, 2, 3).subtracting(kept) && group.state == .stable)
    }

    @Test func whoDoesNotGiveUpInTimeIsPutOut() throws {
        var group = ReconciledGroup(id: "g")
        let first = try beat(&group, "a", 0)
        let second = try beat(&group, "b", 0)
        _ = try beat(&group, "a", first.epoch, owned: places(0, 1, 2, 3), now: 5)
        _ = try beat(&group, "b", second.epoch, owned: [], now: 5)
        #expect(group.nextDeadline == 10_005)
        group.tick(10_005)
        #expect(code { _ = try beat(&group, "a", first.epoch, owned: []) } == .unknownMemberId)
        #expect(try beat(&group, "b", second.epoch, owned: []).assignment == places(0, 1, 2, 3))
    }

    @Test func aSilentMemberIsPutOut() throws {
        var group = ReconciledGroup(id: "g")
        _ = try beat(&group, "a", 0)
        group.tick(44_999)
        #expect(!group.members.isEmpty)
        group.tick(45_000)
        #expect(group.members.isEmpty && group.state == .empty)
    }

    @Test func whoLeavesMakesRoom() throws {
        var group = ReconciledGroup(id: "g")
        let first = try beat(&group, "a", 0)
        let second = try beat(&group, "b", 0)
        let kept = try #require(try beat(&group, "a", first.epoch, owned: places(0, 1, 2, 3)).assignment)
        _ = try beat(&group, "a", first.epoch, owned: kept)
        _ = try beat(&group, "b", second.epoch, owned: [])
        #expect(try beat(&group, "b", -1).epoch == -1)
        #expect(try beat(&group, "a", group.members["a"]!.epoch, owned: kept).assignment == places(0, 1, 2, 3))
    }

    @Test func epochsFenceWhoIsBehindOrAhead() throws {
        var group = ReconciledGroup(id: "g")
        let answer = try beat(&group, "a", 0)
        #expect(code { _ = try beat(&group, "a", answer.epoch + 1, owned: []) } == .fencedMemberEpoch)
        #expect(code { _ = try beat(&group, "x", 1, owned: []) } == .unknownMemberId)
        #expect(code { _ = try beat(&group, "a", -3) } == .invalidRequest)
        #expect(group.refusal(memberId: "a", epoch: answer.epoch) == nil)
        #expect(group.refusal(memberId: "a", epoch: answer.epoch - 1) == .staleMemberEpoch)
        #expect(group.refusal(memberId: "b", epoch: answer.epoch) == .unknownMemberId)
    }

    @Test func aStaticMemberKeepsItsPlaceWhileItIsAway() throws {
        var group = ReconciledGroup(id: "g")
        _ = try beat(&group, "a", 0, instance: "one")
        #expect(code { _ = try beat(&group, "b", 0, instance: "one") } == .unreleasedInstanceId)
        let epoch = group.epoch
        #expect(try beat(&group, "a", -2, instance: "one").epoch == -2)
        let back = try beat(&group, "b", 0, instance: "one")
        #expect(back.assignment == places(0, 1, 2, 3) && group.epoch == epoch && group.members.count == 1)
    }

    @Test func newPartitionsAreGivenOut() throws {
        var group = ReconciledGroup(id: "g")
        let first = try beat(&group, "a", 0)
        let later = try beat(&group, "a", first.epoch, owned: places(0, 1, 2, 3), topics: ["t": 5])
        #expect(later.assignment == places(0, 1, 2, 3, 4) && later.epoch > first.epoch)
    }

    // MARK: Sharing out

    @Test func theEvenWayMovesNoMoreThanItMust() {
        let wishes = ["a": Set(["t"]), "b": Set(["t"]), "c": Set(["t"])]
        let before = ["a": places(0, 1), "b": places(2, 3)]
        let target = ReconciledGroup.uniform(wishes, ["t": 4], before: before)
        #expect(target.values.map(\.count).sorted() == [1, 1, 2])
        #expect(target["a"]!.isSubset(of: before["a"]!) && target["b"]!.isSubset(of: before["b"]!))
    }

    @Test func whoWantsOneTopicAloneGetsNoOther() {
        let target = ReconciledGroup.uniform(
            ["a": ["t", "u"], "b": ["u"]], ["t": 2, "u": 2], before: ["a": []])
        #expect(target["b"] == [Place(topic: "u", index: 0), Place(topic: "u", index: 1)])
        #expect(target["a"] == places(0, 1))
    }

    @Test func rangesLieSideBySide() {
        let target = ReconciledGroup.range(["a": ["t", "u"], "b": ["t", "u"]], ["t": 3, "u": 3])
        #expect(target["a"]!.map(\.index).sorted() == [0, 0, 1, 1] && target["b"]!.map(\.index).sorted() == [2, 2])
    }
}
