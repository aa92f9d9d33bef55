import KappaCore
import KappaWire

/// Members leave, or an administrator takes them out (from version 3).
enum LeaveGroupHandler: Handler {
    typealias Request = LeaveGroupRequest

    static func handle(
        _ request: LeaveGroupRequest, _ call: Call<LeaveGroupResponse>, _ core: BrokerCore
    ) -> Outcome<LeaveGroupResponse> {
        var response = LeaveGroupResponse()
        guard call.may(.read, .group(request.groupId), core) else {
            response.errorCode = .groupAuthorizationFailed
            return .answer(response)
        }
        guard call.version >= 3 else {
            response.errorCode = core.groups.leave(request.groupId, memberId: request.memberId, instance: nil)
            return .answer(response)
        }
        response.members = request.members.map { member in
            .init {
                $0.memberId = member.memberId
                $0.groupInstanceId = member.groupInstanceId
                $0.errorCode = core.groups.leave(
                    request.groupId, memberId: member.memberId, instance: member.groupInstanceId)
            }
        }
        return .answer(response)
    }
}
