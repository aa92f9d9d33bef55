import KappaCore
import KappaWire

/// The groups of the new kind. Their offsets stand beside those of the classic ones; who is a member is not written
/// down: after a restart members are told that they are not known, and join again with what they have.
final class ReconciledGroupStore {
    private unowned let core: BrokerCore
    private(set) var groups: [String: ReconciledGroup] = [:]
    private var alarms: [String: (key: Timers.Key, deadline: Int64)] = [:]

    /// Kafka's group.consumer.heartbeat.interval.ms.
    static let heartbeatMilliseconds: Int32 = 5000

    init(core: BrokerCore) { self.core = core }

    func heartbeat(
        _ groupId: String, _ beat: ReconciledGroup.Beat
    ) throws(ReconciledGroup.Refusal) -> ReconciledGroup.Answer {
        if let classic = core.groups.groups[groupId], classic.memberCount > 0 {
            throw .init(code: .groupIdNotFound, words: "Group \(groupId) is not a consumer group.")
        }
        guard groups[groupId] != nil || beat.epoch == 0 else {
            throw .init(code: .groupIdNotFound, words: "Group \(groupId) not found.")
        }
        var group = groups.removeValue(forKey: groupId) ?? ReconciledGroup(id: groupId)
        defer { keep(group) }
        return try group.heartbeat(beat, now: core.now.steady) { partitions(of: $0) }
    }

    /// Whether the group has members of the new kind, so that the classic protocol cannot serve it.
    func holds(_ groupId: String) -> Bool { groups[groupId]?.members.isEmpty == false }

    func delete(_ groupId: String) {
        groups[groupId] = nil
        if let alarm = alarms.removeValue(forKey: groupId) { core.timers.cancel(alarm.key) }
    }

    /// An empty group without offsets leaves nothing behind.
    private func keep(_ group: ReconciledGroup) {
        let isOver = group.members.isEmpty && core.groups.offsets[group.id] == nil
        groups[group.id] = isOver ? nil : group
        setAlarm(group)
    }

    private func setAlarm(_ group: ReconciledGroup) {
        guard let deadline = group.nextDeadline else { return }
        if let alarm = alarms[group.id] {
            // Heartbeats only move deadlines up; an alarm that rings early is set again.
            guard deadline < alarm.deadline else { return }
            core.timers.cancel(alarm.key)
        }
        let key = core.timers.schedule(at: deadline) { [unowned self] now in
            alarms[group.id] = nil
            guard var late = groups.removeValue(forKey: group.id) else { return }
            late.tick(now.steady)
            keep(late)
        }
        alarms[group.id] = (key, deadline)
    }

    /// The topics that are there of those that a member asks for.
    private func partitions(of member: ReconciledGroup.Member) -> [String: Int] {
        var found: [String: Int] = [:]
        for name in member.topics { found[name] = core.topics.topics[name]?.partitions.count }
        guard let pattern = member.pattern.flatMap({ LinearPattern($0) }) else { return found }
        for topic in core.topics.topics.values
        where !topic.isInternal && pattern.matches(topic.name)
            && member.mayDescribe(topic.name)
        {
            found[topic.name] = topic.partitions.count
        }
        return found
    }
}
