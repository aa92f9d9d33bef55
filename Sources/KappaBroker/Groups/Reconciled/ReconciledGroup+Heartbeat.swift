import KappaCore
package import KappaWire

extension ReconciledGroup {
    /// What a member says with a heartbeat; nil means that nothing changed.
    package struct Beat {
        package var memberId = ""
        package var epoch: Int32 = 0
        package var instanceId: String?
        package var rackId: String?
        package var clientId = ""
        package var clientHost = ""
        /// Whether the client may know of a topic: its pattern finds no others.
        package var mayDescribe: (String) -> Bool = { _ in true }
        package var rebalanceMilliseconds: Int64 = -1
        /// Those that are there of the topics it names or whose names fit its pattern, with their numbers of
        /// partitions.
        package var topics: [String: Int]?
        package var topicNames: [String]?
        package var pattern: String?
        package var assignor: String?
        package var owned: Set<Place>?

        package init(memberId: String, epoch: Int32) {
            self.memberId = memberId
            self.epoch = epoch
        }
    }

    package struct Answer: Equatable {
        package var memberId: String
        package var epoch: Int32
        /// Nil where the member knows it already.
        package var assignment: Set<Place>?
    }

    package struct Refusal: Error, Equatable {
        package var code: ErrorCode
        package var words: String
    }

    /// `partitions` tells how many a topic has, by its name; nil where there is no such topic.
    package mutating func heartbeat(
        _ beat: Beat, now: Int64, partitions: (Member) -> [String: Int]
    ) throws(Refusal) -> Answer {
        if beat.epoch == ReconciledGroup.leaveEpoch || beat.epoch == ReconciledGroup.awayEpoch {
            return try leave(beat, now)
        }
        guard beat.epoch >= 0 else { throw Refusal(code: .invalidRequest, words: "MemberEpoch is invalid.") }
        if beat.epoch == 0 { try join(beat) }
        guard var member = members[beat.memberId] else {
            throw Refusal(code: .unknownMemberId, words: "Member \(beat.memberId) is not a member of the group.")
        }
        try requireEpoch(beat, member)
        if update(&member, beat) { epoch += 1 }
        member.sessionDeadline = now.addingSaturated(sessionMilliseconds)
        members[member.id] = member
        refreshTopics(partitions)
        if epoch > targetEpoch { makeTarget() }
        let before = member.assigned
        reconcile(&member, owned: beat.owned, now)
        members[member.id] = member
        let isFull = beat.epoch == 0 || (beat.rebalanceMilliseconds >= 0 && beat.topicNames != nil && beat.owned != nil)
        return Answer(
            memberId: member.id, epoch: member.epoch,
            assignment: isFull || member.assigned != before ? member.assigned : nil)
    }

    // MARK: Coming and going

    private mutating func join(_ beat: Beat) throws(Refusal) {
        if let instance = beat.instanceId, let old = members.values.first(where: { $0.instanceId == instance }) {
            guard old.isAway || old.id == beat.memberId else {
                throw Refusal(
                    code: .unreleasedInstanceId, words: "Static member \(old.id) with instance id \(instance) is there."
                )
            }
            return replace(old, beat)
        }
        // One that begins anew has given up all that it had.
        var member = members[beat.memberId] ?? Member(id: beat.memberId)
        if members[beat.memberId] == nil { epoch += 1 }
        member.instanceId = beat.instanceId
        (member.epoch, member.previousEpoch) = (0, -1)
        (member.assigned, member.revoking, member.revocationDeadline) = ([], [], nil)
        members[member.id] = member
    }

    /// A static member that comes back, under a new id maybe, goes on with what it had.
    private mutating func replace(_ old: Member, _ beat: Beat) {
        var member = old
        members[old.id] = nil
        member.id = beat.memberId
        (member.epoch, member.previousEpoch) = (0, -1)
        (member.assigned, member.revoking, member.revocationDeadline) = ([], [], nil)
        members[member.id] = member
        let kept = target.removeValue(forKey: old.id)
        target[member.id] = kept
    }

    private mutating func leave(_ beat: Beat, _ now: Int64) throws(Refusal) -> Answer {
        guard let member = members[beat.memberId] else {
            throw Refusal(code: .unknownMemberId, words: "Member \(beat.memberId) is not a member of the group.")
        }
        if beat.epoch == ReconciledGroup.awayEpoch, member.instanceId != nil {
            members[member.id]?.epoch = ReconciledGroup.awayEpoch
            members[member.id]?.revoking = []
            members[member.id]?.revocationDeadline = nil
            members[member.id]?.sessionDeadline = now.addingSaturated(sessionMilliseconds)
        } else {
            remove(member.id)
        }
        return Answer(memberId: member.id, epoch: beat.epoch, assignment: nil)
    }

    /// The answer to the last heartbeat may have been lost: the epoch before is taken too, as long as the member holds
    /// nothing that it was not given.
    private func requireEpoch(_ beat: Beat, _ member: Member) throws(Refusal) {
        guard beat.epoch != member.epoch, beat.epoch != 0 else { return }
        let isLate =
            beat.epoch == member.previousEpoch && beat.owned.map { $0.isSubset(of: member.assigned) } ?? false
        guard isLate else {
            throw Refusal(
                code: .fencedMemberEpoch,
                words: "The consumer group member has epoch \(beat.epoch); the coordinator has \(member.epoch).")
        }
    }

    /// Takes over what changed; whether that concerns the others.
    private func update(_ member: inout Member, _ beat: Beat) -> Bool {
        member.clientId = beat.clientId
        member.clientHost = beat.clientHost
        member.mayDescribe = beat.mayDescribe
        if beat.rebalanceMilliseconds >= 0 { member.rebalanceMilliseconds = beat.rebalanceMilliseconds }
        if let rack = beat.rackId { member.rackId = rack }
        var changed = false
        if let names = beat.topicNames, names.sorted() != member.topics {
            member.topics = names.sorted()
            changed = true
        }
        if let pattern = beat.pattern, pattern != member.pattern ?? "" {
            member.pattern = pattern.isEmpty ? nil : pattern
            changed = true
        }
        if let assignor = beat.assignor, assignor != member.assignor {
            member.assignor = assignor
            changed = true
        }
        return changed
    }

    // MARK: From what is to what is to be

    private mutating func refreshTopics(_ partitions: (Member) -> [String: Int]) {
        var wanted: [String: Int] = [:]
        for member in members.values { wanted.merge(partitions(member)) { first, _ in first } }
        guard wanted != topics else { return }
        topics = wanted
        epoch += 1
    }

    /// A member first gives up what it is not to have, and is given what is free only then.
    private func reconcile(_ member: inout Member, owned: Set<Place>?, _ now: Int64) {
        if !member.revoking.isEmpty {
            guard let owned, owned.isDisjoint(with: member.revoking) else { return }
            member.revoking = []
            member.revocationDeadline = nil
        }
        let wanted = target[member.id] ?? []
        let toRevoke = member.assigned.subtracting(wanted)
        member.assigned.formIntersection(wanted)
        guard toRevoke.isEmpty else {
            member.revoking = toRevoke
            member.revocationDeadline = now.addingSaturated(member.rebalanceMilliseconds)
            return
        }
        if member.epoch != targetEpoch { (member.previousEpoch, member.epoch) = (member.epoch, targetEpoch) }
        for place in wanted.subtracting(member.assigned) where isFree(place, for: member.id) {
            member.assigned.insert(place)
        }
    }

    private func isFree(_ place: Place, for memberId: String) -> Bool {
        members.allSatisfy { id, other in
            id == memberId || other.isAway || !(other.assigned.contains(place) || other.revoking.contains(place))
        }
    }
}
