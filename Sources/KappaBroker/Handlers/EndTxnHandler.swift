import KappaCore
import KappaWire

/// The fate of a transaction: answered once the outcome is durable and the markers are in the logs.
enum EndTxnHandler: Handler {
    typealias Request = EndTxnRequest

    static func handle(
        _ request: EndTxnRequest, _ call: Call<EndTxnResponse>, _ core: BrokerCore
    ) -> Outcome<EndTxnResponse> {
        guard call.may(.write, .transactionalId(request.transactionalId), core) else {
            return .answer(EndTxnResponse { $0.errorCode = .transactionalIdAuthorizationFailed })
        }
        core.transactions.decide { coordinator in
            guard call.version >= 5 else {
                return coordinator.end(
                    request.transactionalId, producerId: request.producerId, epoch: request.producerEpoch,
                    commit: request.committed, now: core.now.wall)
            }
            return coordinator.endBumping(
                request.transactionalId, producerId: request.producerId, epoch: request.producerEpoch,
                commit: request.committed, now: core.now.wall, freshProducerId: { core.freshProducerId() })
        } answer: { result in
            call.answer(
                EndTxnResponse {
                    $0.errorCode = result.error.fenced(knownFrom: 2, version: call.version)
                    guard case .success(let transaction) = result else { return }
                    ($0.producerId, $0.producerEpoch) = transaction.successor
                })
        }
        return .wait
    }
}
