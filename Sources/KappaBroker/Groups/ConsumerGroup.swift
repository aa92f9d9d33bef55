package import KappaWire

/// A classic consumer group: a state machine without clock, randomness or I/O.
///
/// Events come in with the time of the steady clock, and each answers with what the owner has to do. The rules follow
/// Kafka's GroupCoordinator and ClassicGroup; whether the first rebalance of an empty group waits for further members
/// is the owner's choice.
package struct ConsumerGroup {
    package enum State: String, Sendable {
        case empty = "Empty"
        case preparingRebalance = "PreparingRebalance"
        case completingRebalance = "CompletingRebalance"
        case stable = "Stable"
        case dead = "Dead"
    }

    package let id: String
    package internal(set) var state = State.empty
    package internal(set) var generation: Int32 = 0
    package internal(set) var protocolType: String?
    package internal(set) var protocolName: String?
    package internal(set) var leader: String?
    /// In the order of joining, which is the order the leader sees.
    var members: [GroupMember] = []
    /// Ids given out with MEMBER_ID_REQUIRED that have not come back yet, with the time until which they may.
    var pendingMembers: [String: Int64] = [:]
    /// When the join phase ends without the members that are missing.
    var joinDeadline: Int64?
    /// How long the first rebalance of an empty group waits for further members.
    package var initialDelayMilliseconds: Int64 = 0
    /// Set while that wait lasts: until when it may be drawn out, and whether somebody came since it last was.
    var initialWait: (until: Int64, sawNewMember: Bool)?
    /// When members that did not fetch their assignment are put out.
    var syncDeadline: Int64?

    /// How many members it may have, those that are on their way to it among them; Kafka's group.max.size.
    package var mostMembers = Int.max

    var isFull: Bool { members.count + pendingMembers.count >= mostMembers }

    /// Nobody is or was in it, and nothing has to be remembered of it.
    var isNothing: Bool { members.isEmpty && pendingMembers.isEmpty && generation == 0 && state == .empty }

    package init(id: String) { self.id = id }

    package var memberCount: Int { members.count }

    func index(of memberId: String) -> Int? { members.firstIndex { $0.id == memberId } }

    func index(ofInstance instanceId: String) -> Int? { members.firstIndex { $0.instanceId == instanceId } }

    /// What is wrong with a member that names itself so, if anything is.
    func refusal(of memberId: String, instance: String?) -> ErrorCode? {
        if let instance {
            guard let index = index(ofInstance: instance) else { return .unknownMemberId }
            return members[index].id == memberId ? nil : .fencedInstanceId
        }
        return index(of: memberId) == nil ? .unknownMemberId : nil
    }

    // MARK: Heartbeats and leaving

    package mutating func heartbeat(
        memberId: String, instance: String?, generation: Int32, now: Int64
    ) -> ErrorCode {
        if state == .dead || state == .empty { return .unknownMemberId }
        if let refusal = refusal(of: memberId, instance: instance) { return refusal }
        guard generation == self.generation else { return .illegalGeneration }
        members[index(of: memberId)!].heard(at: now)
        return state == .preparingRebalance ? .rebalanceInProgress : .noError
    }

    /// Takes a member out at its own wish, or at an administrator's, who may name a static member by its instance.
    package mutating func leave(
        memberId: String, instance: String?, now: Int64
    ) -> (ErrorCode, [GroupEvents.Action]) {
        if let instance {
            guard let index = index(ofInstance: instance) else { return (.unknownMemberId, []) }
            guard memberId.isEmpty || members[index].id == memberId else { return (.fencedInstanceId, []) }
            return (.noError, remove(at: index, now: now))
        }
        if pendingMembers.removeValue(forKey: memberId) != nil { return (.noError, completeJoinIfAllThere(now)) }
        guard let index = index(of: memberId) else { return (.unknownMemberId, []) }
        return (.noError, remove(at: index, now: now))
    }

    /// Removes a member and lets the others share its part.
    mutating func remove(at index: Int, now: Int64) -> [GroupEvents.Action] {
        let member = members.remove(at: index)
        var actions: [GroupEvents.Action] = []
        if let ticket = member.joining {
            actions.append(.answerJoin(ticket, .init(error: .unknownMemberId, memberId: member.id)))
        }
        if let ticket = member.syncing { actions.append(.answerSync(ticket, .init(error: .unknownMemberId))) }
        if leader == member.id { leader = members.first?.id }
        switch state {
        case .stable, .completingRebalance: actions += prepareRebalance(now)
        case .preparingRebalance: actions += completeJoinIfAllThere(now)
        case .empty, .dead: break
        }
        return actions
    }

    // MARK: Time

    /// The next moment at which `tick` has something to do.
    package var nextDeadline: Int64? {
        var least = [joinDeadline, syncDeadline].compactMap { $0 }.min() ?? .max
        for member in members where member.joining == nil && member.syncing == nil {
            least = min(least, member.sessionDeadline)
        }
        for deadline in pendingMembers.values { least = min(least, deadline) }
        return least == .max ? nil : least
    }

    package mutating func tick(_ now: Int64) -> [GroupEvents.Action] {
        var actions: [GroupEvents.Action] = []
        for (id, deadline) in pendingMembers where deadline <= now {
            pendingMembers[id] = nil
            actions += completeJoinIfAllThere(now)
        }
        if let deadline = joinDeadline, deadline <= now { actions += joinTimeIsOver(now) }
        if let deadline = syncDeadline, deadline <= now { actions += removeUnsynced(now) }
        // A member that waits for an answer is alive by definition.
        while let index = members.firstIndex(where: {
            $0.joining == nil && $0.syncing == nil && $0.sessionDeadline <= now
        }) {
            actions += remove(at: index, now: now)
        }
        return actions
    }

    private mutating func removeUnsynced(_ now: Int64) -> [GroupEvents.Action] {
        syncDeadline = nil
        guard state == .completingRebalance else { return [] }
        let late = members.filter { $0.syncing == nil }.map(\.id)
        var actions: [GroupEvents.Action] = []
        for id in late {
            guard let index = index(of: id) else { continue }
            actions += remove(at: index, now: now)
        }
        return actions
    }
}

// MARK: Restarts

extension ConsumerGroup {
    /// Members of before a restart have one session's time to be heard of.
    mutating func restart(now: Int64) {
        for index in members.indices { members[index].heard(at: now) }
    }
}
