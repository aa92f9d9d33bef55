import KappaCore
import KappaWire

/// A transaction is about to commit a group's offsets.
enum AddOffsetsToTxnHandler: Handler {
    typealias Request = AddOffsetsToTxnRequest

    static func handle(
        _ request: AddOffsetsToTxnRequest, _ call: Call<AddOffsetsToTxnResponse>, _ core: BrokerCore
    ) -> Outcome<AddOffsetsToTxnResponse> {
        guard call.may(.write, .transactionalId(request.transactionalId), core) else {
            return .answer(AddOffsetsToTxnResponse { $0.errorCode = .transactionalIdAuthorizationFailed })
        }
        guard call.may(.read, .group(request.groupId), core) else {
            return .answer(AddOffsetsToTxnResponse { $0.errorCode = .groupAuthorizationFailed })
        }
        core.transactions.decide { coordinator in
            coordinator.add(
                [.init(topic: Topic.offsets, index: 0)], to: request.transactionalId, producerId: request.producerId,
                epoch: request.producerEpoch, now: core.now.wall)
        } answer: { result in
            call.answer(
                AddOffsetsToTxnResponse { $0.errorCode = result.error.fenced(knownFrom: 2, version: call.version) })
        }
        return .wait
    }
}
