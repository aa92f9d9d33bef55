import KappaCore
import KappaWire

/// A member fetches its assignment; the leader brings all of them.
enum SyncGroupHandler: Handler {
    typealias Request = SyncGroupRequest

    static func handle(
        _ request: SyncGroupRequest, _ call: Call<SyncGroupResponse>, _ core: BrokerCore
    ) -> Outcome<SyncGroupResponse> {
        guard !request.groupId.isEmpty else { return .answer(SyncGroupResponse { $0.errorCode = .invalidGroupId }) }
        guard call.may(.read, .group(request.groupId), core) else {
            return .answer(SyncGroupResponse { $0.errorCode = .groupAuthorizationFailed })
        }
        var sync = GroupEvents.Sync(ticket: 0)
        sync.memberId = request.memberId
        sync.instanceId = request.groupInstanceId
        sync.generation = request.generationId
        sync.protocolType = request.protocolType
        sync.protocolName = request.protocolName
        sync.assignments = request.assignments.map { ($0.memberId, $0.assignment) }
        core.groups.sync(request.groupId, sync) { answer in
            call.answer(
                SyncGroupResponse {
                    $0.errorCode = answer.error
                    $0.protocolType = answer.protocolType
                    $0.protocolName = answer.protocolName
                    $0.assignment = answer.assignment
                })
        }
        return .wait
    }
}
