package import KappaWire

/// A consumer group of the new kind (KIP-848): the broker says who is to have what, and each member gets there at its
/// own pace, one heartbeat after the other, without a moment at which all stand still.
///
/// A state machine without clock, randomness or I/O. Three numbers order everything: the group's epoch grows with each
/// change of members or topics; the target, what each is to have, belongs to one of them; and a member's epoch is the
/// last target that it has reached, or gives up partitions for.
package struct ReconciledGroup {
    package typealias Place = Transaction.Partition

    package enum State: String, Sendable {
        case empty = "Empty"
        case assigning = "Assigning"
        case reconciling = "Reconciling"
        case stable = "Stable"
    }

    package struct Member {
        package internal(set) var id: String
        package internal(set) var instanceId: String?
        package internal(set) var rackId: String?
        package internal(set) var clientId = ""
        package internal(set) var clientHost = ""
        var mayDescribe: (String) -> Bool = { _ in true }
        package internal(set) var epoch: Int32 = 0
        package internal(set) var topics: [String] = []
        package internal(set) var pattern: String?
        /// What it may use.
        package internal(set) var assigned: Set<Place> = []
        /// What it was told to give up and has not yet said that it has.
        var revoking: Set<Place> = []
        var previousEpoch: Int32 = -1
        var assignor: String?
        var rebalanceMilliseconds: Int64 = 0
        var sessionDeadline: Int64 = 0
        /// Until when it must have given up what it was told to.
        var revocationDeadline: Int64?

        /// A static member that went away and will come back.
        var isAway: Bool { epoch == ReconciledGroup.awayEpoch }
    }

    static let leaveEpoch: Int32 = -1
    static let awayEpoch: Int32 = -2

    package let id: String
    package internal(set) var epoch: Int32 = 0
    package internal(set) var targetEpoch: Int32 = 0
    package internal(set) var members: [String: Member] = [:]
    package internal(set) var target: [String: Set<Place>] = [:]
    /// The partitions of each topic that anybody wants, as they were when the target was last made.
    var topics: [String: Int] = [:]
    let sessionMilliseconds: Int64

    package init(id: String, sessionMilliseconds: Int64 = 45_000) {
        self.id = id
        self.sessionMilliseconds = sessionMilliseconds
    }

    package var state: State {
        if members.isEmpty { return .empty }
        if epoch > targetEpoch { return .assigning }
        let isSettled = members.allSatisfy { id, member in
            member.isAway || (member.epoch == targetEpoch && member.assigned == target[id] ?? [])
        }
        return isSettled ? .stable : .reconciling
    }

    /// The assignor that most members want; the even one where nobody says.
    package var assignor: String {
        var votes: [String: Int] = [:]
        for member in members.values { if let name = member.assignor { votes[name, default: 0] += 1 } }
        return votes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? Assignor.uniform.rawValue
    }

    /// What is wrong with a member that commits or asks in this epoch, if anything is.
    package func refusal(memberId: String, epoch: Int32) -> ErrorCode? {
        // An administrator, or a consumer that assigns itself, may change an empty group's offsets.
        if epoch < 0, members.isEmpty { return nil }
        guard let member = members[memberId] else { return .unknownMemberId }
        return member.epoch == epoch ? nil : .staleMemberEpoch
    }

    // MARK: Time

    package var nextDeadline: Int64? {
        members.values.lazy.map { min($0.sessionDeadline, $0.revocationDeadline ?? .max) }.min()
    }

    /// Puts out members that were not heard of, or that do not give up what they were told to.
    package mutating func tick(_ now: Int64) {
        let late = members.values.filter { min($0.sessionDeadline, $0.revocationDeadline ?? .max) <= now }
        for member in late { remove(member.id) }
    }

    mutating func remove(_ memberId: String) {
        guard members.removeValue(forKey: memberId) != nil else { return }
        target[memberId] = nil
        epoch += 1
    }
}
