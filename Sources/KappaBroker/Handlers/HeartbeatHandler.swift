import KappaCore
import KappaWire

/// A member is alive, and learns whether its group still is as it was.
enum HeartbeatHandler: Handler {
    typealias Request = HeartbeatRequest

    static func handle(
        _ request: HeartbeatRequest, _ call: Call<HeartbeatResponse>, _ core: BrokerCore
    ) -> Outcome<HeartbeatResponse> {
        guard call.may(.read, .group(request.groupId), core) else {
            return .answer(HeartbeatResponse { $0.errorCode = .groupAuthorizationFailed })
        }
        return .answer(HeartbeatResponse { $0.errorCode = core.groups.heartbeat(request) })
    }
}
