package import KappaWire

extension ConsumerGroup {
    package mutating func sync(_ sync: GroupEvents.Sync, now: Int64) -> [GroupEvents.Action] {
        if let refusal = refusal(of: sync) { return [.answerSync(sync.ticket, .init(error: refusal))] }
        let index = index(of: sync.memberId)!
        switch state {
        case .empty, .dead:
            return [.answerSync(sync.ticket, .init(error: .unknownMemberId))]
        case .preparingRebalance:
            return [.answerSync(sync.ticket, .init(error: .rebalanceInProgress))]
        case .stable:
            members[index].heard(at: now)
            return [.answerSync(sync.ticket, assignment(of: members[index]))]
        case .completingRebalance:
            return wait(sync, at: index, now)
        }
    }

    private func refusal(of sync: GroupEvents.Sync) -> ErrorCode? {
        if let refusal = refusal(of: sync.memberId, instance: sync.instanceId) { return refusal }
        guard sync.generation == generation else { return .illegalGeneration }
        if let type = sync.protocolType, type != protocolType { return .inconsistentGroupProtocol }
        if let name = sync.protocolName, name != protocolName { return .inconsistentGroupProtocol }
        return nil
    }

    private mutating func wait(_ sync: GroupEvents.Sync, at index: Int, _ now: Int64) -> [GroupEvents.Action] {
        var actions: [GroupEvents.Action] = []
        if let old = members[index].syncing { actions.append(.answerSync(old, .init(error: .unknownMemberId))) }
        members[index].syncing = sync.ticket
        guard sync.memberId == leader else { return actions }
        let assigned = Dictionary(sync.assignments.map { ($0.memberId, $0.bytes) }) { first, _ in first }
        let size = members.reduce(0) {
            $0 + $1.metadata(for: protocolName ?? "").count + (assigned[$1.id]?.count ?? 0)
        }
        // What cannot be written down is no generation: all of them hear so, as from Kafka, and join again.
        guard size <= GroupRecord.largestBatch / 2 else { return actions + refuseAssignment(now) }
        for member in members.indices { members[member].assignment = assigned[members[member].id] ?? [] }
        state = .stable
        // A member that never fetches its assignment is found by its missing heartbeats.
        syncDeadline = nil
        actions.append(.persist)
        for member in members.indices {
            guard let ticket = members[member].syncing else { continue }
            members[member].syncing = nil
            members[member].heard(at: now)
            actions.append(.answerSync(ticket, assignment(of: members[member])))
        }
        return actions
    }

    private mutating func refuseAssignment(_ now: Int64) -> [GroupEvents.Action] {
        var actions: [GroupEvents.Action] = []
        for member in members.indices {
            guard let ticket = members[member].syncing else { continue }
            members[member].syncing = nil
            members[member].heard(at: now)
            actions.append(.answerSync(ticket, .init(error: .unknownServerError)))
        }
        return actions + prepareRebalance(now)
    }

    private func assignment(of member: GroupMember) -> GroupEvents.SyncAnswer {
        .init(protocolType: protocolType, protocolName: protocolName, assignment: member.assignment)
    }

    // MARK: Who may commit offsets

    /// Whether these credentials allow a commit; nil is yes. A commit stays valid while a rebalance is prepared, so
    /// that members can save their progress before they give partitions up.
    package func commitRefusal(
        memberId: String, instance: String?, generation: Int32, isTransactional: Bool
    ) -> ErrorCode? {
        if state == .dead { return .coordinatorNotAvailable }
        if generation < 0, memberId.isEmpty, instance == nil {
            // Transactions of old clients say nothing about their member.
            return state == .empty || isTransactional ? nil : .unknownMemberId
        }
        if generation >= 0 || !memberId.isEmpty || instance != nil {
            if let refusal = refusal(of: memberId, instance: instance) { return refusal }
        }
        guard generation == self.generation else { return .illegalGeneration }
        return state == .completingRebalance && !isTransactional ? .rebalanceInProgress : nil
    }
}
