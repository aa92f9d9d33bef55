import KappaCore
import KappaWire

/// A member joins or rejoins its group; the answer waits until all members have.
enum JoinGroupHandler: Handler {
    typealias Request = JoinGroupRequest

    static func handle(
        _ request: JoinGroupRequest, _ call: Call<JoinGroupResponse>, _ core: BrokerCore
    ) -> Outcome<JoinGroupResponse> {
        let configuration = core.configuration
        let session = Int64(request.sessionTimeoutMs)
        guard !request.groupId.isEmpty else { return .answer(refusal(.invalidGroupId, request)) }
        guard call.may(.read, .group(request.groupId), core) else {
            return .answer(refusal(.groupAuthorizationFailed, request))
        }
        guard !core.reconciled.holds(request.groupId) else {
            return .answer(refusal(.inconsistentGroupProtocol, request))
        }
        guard
            (configuration.minimumSessionMilliseconds...configuration.maximumSessionMilliseconds).contains(session)
        else { return .answer(refusal(.invalidSessionTimeout, request)) }
        // Far beyond what any client offers; what it offers is held for as long as it is a member.
        guard request.protocols.count <= mostProtocols,
            request.protocols.reduce(0, { $0 + $1.metadata.count + $1.name.utf8.count }) <= GroupRecord.largestBatch / 2
        else { return .answer(refusal(.invalidRequest, request)) }
        var join = GroupEvents.Join(ticket: 0)
        join.memberId = request.memberId
        join.instanceId = request.groupInstanceId
        join.clientId = call.clientName
        join.clientHost = "/\(call.clientHost)"
        join.sessionMilliseconds = session
        join.rebalanceMilliseconds = call.version == 0 ? session : max(0, Int64(request.rebalanceTimeoutMs))
        join.protocolType = request.protocolType
        join.protocols = request.protocols.map { .init(name: $0.name, metadata: $0.metadata) }
        join.needsKnownId = call.version >= 4
        let name = (request.groupInstanceId ?? call.clientName).cut(toBytes: longestNameInId)
        join.freshId = "\(name)-\(freshSuffix())"
        core.groups.join(request.groupId, join) { call.answer(response(to: $0, version: call.version)) }
        return .wait
    }

    private static let mostProtocols = 1000

    /// A member's id begins with its name, for people; it must still fit where texts do.
    private static let longestNameInId = 249

    /// In the form of the ids that Kafka gives out.
    private static func freshSuffix() -> String {
        let word = TopicId.random().word
        var parts: [Substring] = []
        var rest = word[...]
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return parts.joined(separator: "-")
    }

    private static func refusal(_ error: ErrorCode, _ request: JoinGroupRequest) -> JoinGroupResponse {
        JoinGroupResponse {
            $0.errorCode = error
            $0.memberId = request.memberId
            $0.protocolName = ""
        }
    }

    private static func response(to answer: GroupEvents.JoinAnswer, version: Int16) -> JoinGroupResponse {
        JoinGroupResponse {
            $0.errorCode = answer.error
            $0.generationId = answer.generation
            $0.protocolType = answer.protocolType
            // Null came with version 7.
            $0.protocolName = answer.protocolName ?? (version >= 7 ? nil : "")
            $0.leader = answer.leader
            $0.memberId = answer.memberId
            $0.members = answer.members.map { member in
                .init {
                    $0.memberId = member.memberId
                    $0.groupInstanceId = member.instanceId
                    $0.metadata = member.metadata
                }
            }
        }
    }
}
