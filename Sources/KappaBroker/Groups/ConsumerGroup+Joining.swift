import KappaWire

extension ConsumerGroup {
    package mutating func join(_ join: GroupEvents.Join, now: Int64) -> [GroupEvents.Action] {
        if state == .dead { return refuse(join, .coordinatorNotAvailable) }
        if isFull, index(of: join.memberId) == nil, pendingMembers[join.memberId] == nil,
            join.instanceId.flatMap({ index(ofInstance: $0) }) == nil
        {
            return refuse(join, .groupMaxSizeReached)
        }
        guard supports(join) else { return refuse(join, .inconsistentGroupProtocol) }
        return join.memberId.isEmpty ? joinAsNew(join, now) : joinAsKnown(join, now)
    }

    private func refuse(_ join: GroupEvents.Join, _ error: ErrorCode, memberId: String? = nil) -> [GroupEvents.Action] {
        [.answerJoin(join.ticket, .init(error: error, memberId: memberId ?? join.memberId))]
    }

    /// Whether the member could work with those that are there: same type, and one protocol that all know.
    private func supports(_ join: GroupEvents.Join) -> Bool {
        guard !join.protocols.isEmpty, !join.protocolType.isEmpty else { return false }
        let others = members.filter {
            $0.id != join.memberId && ($0.instanceId == nil || $0.instanceId != join.instanceId)
        }
        guard !others.isEmpty else { return true }
        return join.protocolType == protocolType
            && !ConsumerGroup.common(to: join.protocols, and: others).isEmpty
    }

    /// The names of the protocols that one list has and all members know, in time that grows with what they name.
    private static func common(to protocols: [GroupProtocol], and members: [GroupMember]) -> Set<String> {
        var common = Set(protocols.map(\.name))
        for member in members where !common.isEmpty { common.formIntersection(member.protocols.map(\.name)) }
        return common
    }

    private mutating func joinAsNew(_ join: GroupEvents.Join, _ now: Int64) -> [GroupEvents.Action] {
        if let instance = join.instanceId {
            guard let index = index(ofInstance: instance) else { return add(join, id: join.freshId, now) }
            return replaceStatic(at: index, join, now)
        }
        guard join.needsKnownId else { return add(join, id: join.freshId, now) }
        pendingMembers[join.freshId] = now + join.sessionMilliseconds
        return refuse(join, .memberIdRequired, memberId: join.freshId)
    }

    private mutating func joinAsKnown(_ join: GroupEvents.Join, _ now: Int64) -> [GroupEvents.Action] {
        if join.instanceId == nil, pendingMembers.removeValue(forKey: join.memberId) != nil {
            return add(join, id: join.memberId, now)
        }
        if let refusal = refusal(of: join.memberId, instance: join.instanceId) { return refuse(join, refusal) }
        let index = index(of: join.memberId)!
        let isSame = members[index].protocols == join.protocols
        switch state {
        case .completingRebalance where isSame, .stable where isSame && leader != join.memberId:
            // The answer to an earlier request was lost; the rebalance itself goes on or is over.
            members[index].heard(at: now)
            return [.answerJoin(join.ticket, currentAnswer(for: members[index]))]
        case .stable, .completingRebalance, .preparingRebalance:
            return update(at: index, join, now)
        case .empty, .dead:
            return refuse(join, .unknownMemberId)
        }
    }

    private mutating func add(_ join: GroupEvents.Join, id: String, _ now: Int64) -> [GroupEvents.Action] {
        var member = GroupMember(
            id: id, instanceId: join.instanceId, clientId: join.clientId, clientHost: join.clientHost,
            sessionMilliseconds: join.sessionMilliseconds, rebalanceMilliseconds: join.rebalanceMilliseconds,
            protocols: join.protocols)
        member.joining = join.ticket
        member.heard(at: now)
        if members.isEmpty { protocolType = join.protocolType }
        members.append(member)
        initialWait?.sawNewMember = true
        if leader == nil { leader = id }
        return state == .preparingRebalance ? completeJoinIfAllThere(now) : prepareRebalance(now)
    }

    private mutating func update(at index: Int, _ join: GroupEvents.Join, _ now: Int64) -> [GroupEvents.Action] {
        var actions: [GroupEvents.Action] = []
        if let old = members[index].joining, old != join.ticket {
            actions.append(.answerJoin(old, .init(error: .unknownMemberId, memberId: join.memberId)))
        }
        members[index].protocols = join.protocols
        members[index].sessionMilliseconds = join.sessionMilliseconds
        members[index].rebalanceMilliseconds = join.rebalanceMilliseconds
        members[index].clientId = join.clientId
        members[index].joining = join.ticket
        members[index].heard(at: now)
        return actions + (state == .preparingRebalance ? completeJoinIfAllThere(now) : prepareRebalance(now))
    }

    /// A static member came back under a new id: the old one is fenced, and where nothing else changed nobody else
    /// has to notice.
    private mutating func replaceStatic(
        at index: Int, _ join: GroupEvents.Join, _ now: Int64
    ) -> [GroupEvents.Action] {
        var actions: [GroupEvents.Action] = []
        let old = members[index]
        if let ticket = old.joining {
            actions.append(.answerJoin(ticket, .init(error: .fencedInstanceId, memberId: old.id)))
        }
        if let ticket = old.syncing { actions.append(.answerSync(ticket, .init(error: .fencedInstanceId))) }
        let oldLeader = leader
        members[index].id = join.freshId
        members[index].joining = nil
        members[index].syncing = nil
        if leader == old.id { leader = join.freshId }
        let wouldChoose = protocolName
        members[index].protocols = join.protocols
        members[index].sessionMilliseconds = join.sessionMilliseconds
        members[index].rebalanceMilliseconds = join.rebalanceMilliseconds
        members[index].heard(at: now)
        guard state == .stable, old.protocols == join.protocols, selectProtocol() == wouldChoose else {
            members[index].joining = join.ticket
            return actions + (state == .preparingRebalance ? completeJoinIfAllThere(now) : prepareRebalance(now))
        }
        var answer = currentAnswer(for: members[index])
        // Named with its old id, the returning leader does not take itself for one, and so assigns nothing anew.
        answer.leader = oldLeader ?? ""
        answer.members = []
        return actions + [.persist, .answerJoin(join.ticket, answer)]
    }

    // MARK: The rebalance

    mutating func prepareRebalance(_ now: Int64) -> [GroupEvents.Action] {
        var actions: [GroupEvents.Action] = []
        for index in members.indices {
            guard let ticket = members[index].syncing else { continue }
            members[index].syncing = nil
            members[index].heard(at: now)
            actions.append(.answerSync(ticket, .init(error: .rebalanceInProgress)))
        }
        if state == .completingRebalance {
            for index in members.indices { members[index].assignment = [] }
        }
        let longest = members.map(\.rebalanceMilliseconds).max() ?? 0
        let isFirst = state == .empty && initialDelayMilliseconds > 0
        state = .preparingRebalance
        syncDeadline = nil
        initialWait = isFirst ? (now + longest, false) : nil
        joinDeadline = now + (isFirst ? min(initialDelayMilliseconds, longest) : longest)
        return actions + completeJoinIfAllThere(now)
    }

    mutating func completeJoinIfAllThere(_ now: Int64) -> [GroupEvents.Action] {
        guard state == .preparingRebalance, initialWait == nil, pendingMembers.isEmpty,
            members.allSatisfy({ $0.joining != nil })
        else { return [] }
        return completeJoin(now)
    }

    /// The first rebalance is put off once more for each wait in which somebody came, as long as its members would
    /// wait for one.
    mutating func joinTimeIsOver(_ now: Int64) -> [GroupEvents.Action] {
        guard let wait = initialWait, wait.sawNewMember, now < wait.until else { return completeJoin(now) }
        initialWait?.sawNewMember = false
        joinDeadline = min(now + initialDelayMilliseconds, wait.until)
        return []
    }

    /// Ends the join phase with the members that came.
    mutating func completeJoin(_ now: Int64) -> [GroupEvents.Action] {
        initialWait = nil
        guard state == .preparingRebalance else {
            joinDeadline = nil
            return []
        }
        members.removeAll { $0.joining == nil && $0.instanceId == nil }
        guard members.isEmpty || members.contains(where: { $0.joining != nil }) else {
            // Only static members are left and none came: they have their session to do it in.
            joinDeadline = now + (members.map(\.rebalanceMilliseconds).max() ?? 0)
            return []
        }
        joinDeadline = nil
        generation = generation == .max ? 1 : generation + 1
        guard !members.isEmpty else { return becomeEmpty() }
        let leaderCame = members.contains { $0.id == leader && $0.joining != nil }
        if !leaderCame { leader = members.first { $0.joining != nil }?.id }
        protocolName = selectProtocol()
        state = .completingRebalance
        syncDeadline = now + (members.map(\.rebalanceMilliseconds).max() ?? 0)
        return answerJoins(now)
    }

    private mutating func becomeEmpty() -> [GroupEvents.Action] {
        state = .empty
        leader = nil
        protocolName = nil
        return [.persist]
    }

    private mutating func answerJoins(_ now: Int64) -> [GroupEvents.Action] {
        var actions: [GroupEvents.Action] = []
        for index in members.indices {
            guard let ticket = members[index].joining else { continue }
            members[index].joining = nil
            members[index].heard(at: now)
            actions.append(.answerJoin(ticket, currentAnswer(for: members[index])))
        }
        return actions
    }

    private func currentAnswer(for member: GroupMember) -> GroupEvents.JoinAnswer {
        var answer = GroupEvents.JoinAnswer(
            generation: generation, protocolType: protocolType, protocolName: protocolName, leader: leader ?? "",
            memberId: member.id)
        if member.id == leader, let protocolName {
            answer.members = members.map {
                .init(memberId: $0.id, instanceId: $0.instanceId, metadata: $0.metadata(for: protocolName))
            }
        }
        return answer
    }

    /// Each member votes for the first of its protocols that all members know.
    private func selectProtocol() -> String? {
        guard let first = members.first else { return nil }
        let shared = ConsumerGroup.common(to: first.protocols, and: members)
        let common = first.protocols.map(\.name).filter { shared.contains($0) }
        var votes: [String: Int] = [:]
        for member in members {
            if let vote = member.protocols.first(where: { shared.contains($0.name) }) {
                votes[vote.name, default: 0] += 1
            }
        }
        return common.max { votes[$0, default: 0] < votes[$1, default: 0] }
    }
}
