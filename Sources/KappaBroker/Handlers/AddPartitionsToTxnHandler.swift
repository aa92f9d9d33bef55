import KappaCore
import KappaWire

/// Partitions that a transaction is about to write to. One that is not there refuses them all.
enum AddPartitionsToTxnHandler: Handler {
    typealias Request = AddPartitionsToTxnRequest

    static func handle(
        _ request: AddPartitionsToTxnRequest, _ call: Call<AddPartitionsToTxnResponse>, _ core: BrokerCore
    ) -> Outcome<AddPartitionsToTxnResponse> {
        guard call.may(.write, .transactionalId(request.transactionalId), core) else {
            return .answer(answer(request) { _ in .transactionalIdAuthorizationFailed })
        }
        let denied = Set(request.topics.map(\.name).filter { !call.may(.write, .topic($0), core) })
        guard denied.isEmpty else {
            return .answer(
                answer(request) { denied.contains($0.topic) ? .topicAuthorizationFailed : .operationNotAttempted })
        }
        let places = request.topics.flatMap { topic in
            topic.partitions.map { Transaction.Partition(topic: topic.name, index: $0) }
        }
        let missing = Set(places.filter { core.topics.partition($0.topic, $0.index) == nil })
        guard missing.isEmpty else {
            return .answer(
                answer(request) { missing.contains($0) ? .unknownTopicOrPartition : .operationNotAttempted })
        }
        guard !places.contains(where: { Topic.isInternal($0.topic) }) else {
            return .answer(
                answer(request) { Topic.isInternal($0.topic) ? .invalidTopicException : .operationNotAttempted })
        }
        core.transactions.decide { coordinator in
            coordinator.add(
                places, to: request.transactionalId, producerId: request.producerId, epoch: request.producerEpoch,
                now: core.now.wall)
        } answer: { result in
            let error = result.error.fenced(knownFrom: 2, version: call.version)
            call.answer(answer(request) { _ in error })
        }
        return .wait
    }

    private static func answer(
        _ request: AddPartitionsToTxnRequest, _ error: (Transaction.Partition) -> ErrorCode
    ) -> AddPartitionsToTxnResponse {
        AddPartitionsToTxnResponse { response in
            response.resultsByTopic = request.topics.map { topic in
                .init { result in
                    result.name = topic.name
                    result.resultsByPartition = topic.partitions.map { index in
                        .init {
                            $0.partitionIndex = index
                            $0.partitionErrorCode = error(.init(topic: topic.name, index: index))
                        }
                    }
                }
            }
        }
    }
}

extension Result where Failure == ErrorCode {
    var error: ErrorCode {
        switch self {
        case .success: .noError
        case .failure(let error): error
        }
    }
}
