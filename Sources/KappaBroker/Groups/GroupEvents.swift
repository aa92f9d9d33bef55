package import KappaWire

/// What is asked of a consumer group, and what it asks of its owner.
package enum GroupEvents {
    package struct Join {
        package var ticket: Ticket
        package var memberId = ""
        package var instanceId: String?
        package var clientId = ""
        package var clientHost = ""
        package var sessionMilliseconds: Int64 = 10_000
        package var rebalanceMilliseconds: Int64 = 60_000
        package var protocolType = "consumer"
        package var protocols: [GroupProtocol] = []
        /// From JoinGroup 4 on a new member first learns its id, so that a lost answer leaves no ghost behind.
        package var needsKnownId = false
        /// The id for a member that has none yet, made by the owner: a pure machine draws no random numbers.
        package var freshId = ""

        package init(ticket: Ticket) { self.ticket = ticket }
    }

    package struct JoinAnswer: Equatable {
        package var error = ErrorCode.noError
        package var generation: Int32 = -1
        package var protocolType: String?
        package var protocolName: String?
        package var leader = ""
        package var memberId = ""
        /// All members with their metadata, for the leader alone.
        package var members: [JoinedMember] = []
    }

    package struct JoinedMember: Equatable {
        package var memberId: String
        package var instanceId: String?
        package var metadata: [UInt8]
    }

    package struct Sync {
        package var ticket: Ticket
        package var memberId = ""
        package var instanceId: String?
        package var generation: Int32 = -1
        package var protocolType: String?
        package var protocolName: String?
        package var assignments: [(memberId: String, bytes: [UInt8])] = []

        package init(ticket: Ticket) { self.ticket = ticket }
    }

    package struct SyncAnswer: Equatable {
        package var error = ErrorCode.noError
        package var protocolType: String?
        package var protocolName: String?
        package var assignment: [UInt8] = []
    }

    package enum Action: Equatable {
        case answerJoin(Ticket, JoinAnswer)
        case answerSync(Ticket, SyncAnswer)
        /// The group's membership changed and has to be written down.
        case persist
    }
}
