import KappaWire
import Testing

@testable import KappaBroker

/// The group as a pure machine, with the clock turned by hand. Expectations are Kafka's documented group protocol.
@Suite struct ConsumerGroupTests {
    private func join(
        _ ticket: Ticket, _ id: String = "", fresh: String = "", instance: String? = nil, known: Bool = false,
        protocols: [String] = ["range"]
    ) -> GroupEvents.Join {
        var join = GroupEvents.Join(ticket: ticket)
        join.memberId = id
        join.freshId = fresh
        join.instanceId = instance
        join.needsKnownId = known
        join.protocols = protocols.map { .init(name: $0, metadata: [1]) }
        return join
    }

    private func sync(
        _ ticket: Ticket, _ id: String, generation: Int32, _ assignments: [(String, [UInt8])] = []
    ) -> GroupEvents.Sync {
        var sync = GroupEvents.Sync(ticket: ticket)
        sync.memberId = id
        sync.generation = generation
        sync.assignments = assignments.map { ($0.0, $0.1) }
        return sync
    }

    /// A stable group of one member "a" in generation 1.
    private func stableGroup(instance: String? = nil) -> ConsumerGroup {
        var group = ConsumerGroup(id: "g")
        _ = group.join(join(1, fresh: "a", instance: instance), now: 0)
        _ = group.sync(
            {
                var request = sync(2, "a", generation: 1, [("a", [7])])
                request.instanceId = instance
                return request
            }(), now: 0)
        return group
    }

    @Test func firstMemberLeadsAtOnce() throws {
        var group = ConsumerGroup(id: "g")
        let actions = group.join(join(1, fresh: "a"), now: 0)
        guard case .answerJoin(1, let answer)? = actions.first else {
            Issue.record("no answer: \(actions)")
            return
        }
        #expect(answer.error == .noError && answer.generation == 1 && answer.leader == "a")
        #expect(answer.members.map(\.memberId) == ["a"])
        #expect(group.state == .completingRebalance)
    }

    /// Kafka's group.initial.rebalance.delay.ms: each wait in which somebody came is followed by another.
    @Test func firstRebalanceWaitsForFurtherMembersWhereThatIsAsked() {
        var group = ConsumerGroup(id: "g")
        group.initialDelayMilliseconds = 3000
        #expect(group.join(join(1, fresh: "a"), now: 0).isEmpty)
        #expect(group.nextDeadline == 3000)
        #expect(group.join(join(2, fresh: "b"), now: 2000).isEmpty)
        #expect(group.tick(3000).isEmpty && group.nextDeadline == 6000)
        let answers = group.tick(6000)
        #expect(answers.count == 2 && group.generation == 1 && group.state == .completingRebalance)
    }

    @Test func firstRebalanceIsNotPutOffBeyondWhatItsMembersWait() {
        var group = ConsumerGroup(id: "g")
        group.initialDelayMilliseconds = 40_000
        _ = group.join(join(1, fresh: "a"), now: 0)
        _ = group.join(join(2, fresh: "b"), now: 1)
        #expect(group.tick(40_000).isEmpty && group.nextDeadline == 60_000)
        #expect(group.tick(60_000).count == 2 && group.generation == 1)
    }

    @Test func newMemberFirstLearnsItsId() {
        var group = ConsumerGroup(id: "g")
        let first = group.join(join(1, fresh: "a", known: true), now: 0)
        #expect(first == [.answerJoin(1, .init(error: .memberIdRequired, memberId: "a"))])
        let second = group.join(join(2, "a", known: true), now: 0)
        guard case .answerJoin(2, let answer)? = second.first else {
            Issue.record("no answer: \(second)")
            return
        }
        #expect(answer.error == .noError && answer.memberId == "a")
    }

    @Test func secondMemberMakesTheFirstRejoin() {
        var group = stableGroup()
        #expect(group.join(join(3, fresh: "b"), now: 1).isEmpty)
        #expect(group.heartbeat(memberId: "a", instance: nil, generation: 1, now: 1) == .rebalanceInProgress)
        // Progress may still be saved before partitions are given up.
        #expect(
            group.commitRefusal(memberId: "a", instance: nil, generation: 1, isTransactional: false) == nil)
        let actions = group.join(join(4, "a"), now: 2)
        #expect(actions.count == 2)
        #expect(group.generation == 2 && group.state == .completingRebalance)
        #expect(
            group.commitRefusal(memberId: "a", instance: nil, generation: 2, isTransactional: false)
                == .rebalanceInProgress)
        #expect(
            group.commitRefusal(memberId: "a", instance: nil, generation: 2, isTransactional: true) == nil)
        #expect(
            group.commitRefusal(memberId: "a", instance: nil, generation: 1, isTransactional: false)
                == .illegalGeneration)
    }

    @Test func assignmentsReachEveryMember() {
        var group = stableGroup()
        _ = group.join(join(3, fresh: "b"), now: 1)
        _ = group.join(join(4, "a"), now: 1)
        #expect(group.sync(sync(5, "b", generation: 2), now: 1).isEmpty)
        let actions = group.sync(sync(6, "a", generation: 2, [("a", [1]), ("b", [2])]), now: 1)
        #expect(actions.first == .persist)
        #expect(
            actions.contains(
                .answerSync(5, .init(protocolType: "consumer", protocolName: "range", assignment: [2]))))
        #expect(
            actions.contains(
                .answerSync(6, .init(protocolType: "consumer", protocolName: "range", assignment: [1]))))
        #expect(group.state == .stable)
    }

    @Test func silentMemberIsPutOutAfterItsSession() throws {
        var group = stableGroup()
        #expect(group.nextDeadline == 10_000)
        #expect(group.tick(9_999).isEmpty)
        #expect(group.tick(10_000) == [.persist])
        #expect(group.state == .empty && group.memberCount == 0)
    }

    @Test func memberThatDoesNotRejoinIsLeftBehind() {
        var group = stableGroup()
        _ = group.join(join(3, fresh: "b"), now: 0)
        _ = group.heartbeat(memberId: "a", instance: nil, generation: 1, now: 59_000)
        let actions = group.tick(60_000)
        #expect(actions.count == 1)
        #expect(group.leader == "b" && group.generation == 2)
    }

    @Test func staticMemberComesBackUnderANewIdWithoutARebalance() {
        var group = stableGroup(instance: "i")
        let actions = group.join(join(3, fresh: "a2", instance: "i"), now: 1)
        guard case .answerJoin(3, let answer)? = actions.last else {
            Issue.record("no answer: \(actions)")
            return
        }
        #expect(answer.generation == 1 && answer.memberId == "a2" && answer.leader == "a")
        #expect(group.state == .stable)
        #expect(group.heartbeat(memberId: "a", instance: "i", generation: 1, now: 2) == .fencedInstanceId)
        #expect(group.heartbeat(memberId: "a2", instance: "i", generation: 1, now: 2) == .noError)
    }

    @Test func memberWithoutACommonProtocolIsRefused() {
        var group = stableGroup()
        let actions = group.join(join(3, fresh: "b", protocols: ["sticky"]), now: 1)
        #expect(actions == [.answerJoin(3, .init(error: .inconsistentGroupProtocol, memberId: ""))])
    }

    @Test func offsetsOfAnEmptyGroupNeedNoMember() {
        let empty = ConsumerGroup(id: "g")
        #expect(empty.commitRefusal(memberId: "", instance: nil, generation: -1, isTransactional: false) == nil)
        let live = stableGroup()
        #expect(
            live.commitRefusal(memberId: "", instance: nil, generation: -1, isTransactional: false)
                == .unknownMemberId)
    }

    @Test func leavingEmptiesTheGroup() {
        var group = stableGroup()
        let (error, actions) = group.leave(memberId: "a", instance: nil, now: 1)
        #expect(error == .noError && actions == [.persist])
        #expect(group.state == .empty)
        #expect(group.leave(memberId: "a", instance: nil, now: 1).0 == .unknownMemberId)
    }
}
