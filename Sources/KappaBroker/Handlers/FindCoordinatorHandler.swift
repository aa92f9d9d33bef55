import KappaCore
import KappaWire

/// Who looks after a group or a transactional id: always this broker.
enum FindCoordinatorHandler: Handler {
    typealias Request = FindCoordinatorRequest

    static func handle(
        _ request: FindCoordinatorRequest, _ call: Call<FindCoordinatorResponse>, _ core: BrokerCore
    ) -> Outcome<FindCoordinatorResponse> {
        let denied = denial(request, call, core)
        return .answer(
            FindCoordinatorResponse {
                guard denied == nil else {
                    $0.errorCode = denied ?? .noError
                    $0.nodeId = -1
                    return
                }
                guard request.keyType == 0 || request.keyType == 1 else {
                    $0.errorCode = .invalidRequest
                    $0.errorMessage = "a coordinator of kind \(request.keyType) is not known"
                    $0.nodeId = -1
                    return
                }
                $0.nodeId = core.configuration.nodeId
                $0.host = core.advertised.host
                $0.port = Int32(core.advertised.port)
            })
    }

    private static func denial(
        _ request: FindCoordinatorRequest, _ call: Call<FindCoordinatorResponse>, _ core: BrokerCore
    ) -> ErrorCode? {
        switch request.keyType {
        case 0: call.may(.describe, .group(request.key), core) ? nil : .groupAuthorizationFailed
        case 1: call.may(.describe, .transactionalId(request.key), core) ? nil : .transactionalIdAuthorizationFailed
        default: nil
        }
    }
}
