/// One member of a consumer group, as the group sees it.
struct GroupMember {
    var id: String
    /// Set for static members, which keep their place over restarts.
    var instanceId: String?
    var clientId: String
    var clientHost: String
    var sessionMilliseconds: Int64
    var rebalanceMilliseconds: Int64
    var protocols: [GroupProtocol]
    var assignment: [UInt8] = []
    /// The request that waits for the rebalance to end.
    var joining: Ticket?
    /// The request that waits for the leader's assignment.
    var syncing: Ticket?
    /// When the member is taken for dead, by the steady clock.
    var sessionDeadline: Int64 = 0

    mutating func heard(at now: Int64) { sessionDeadline = now + sessionMilliseconds }

    func metadata(for name: String) -> [UInt8] { protocols.first { $0.name == name }?.metadata ?? [] }
}

/// A way of assigning partitions that a member can use, with what it tells the leader for it.
package struct GroupProtocol: Equatable, Sendable {
    package var name: String
    package var metadata: [UInt8]

    package init(name: String, metadata: [UInt8]) {
        self.name = name
        self.metadata = metadata
    }
}

/// Names a request that waits for its answer; the group hands it back with the answer.
package typealias Ticket = UInt64
