import KappaCore
import KappaWire

/// Partitions that a transaction is about to write to. One that is not there refuses them all.
enum AddPartitionsToTxnHandler: Handler {
    typealias Request = AddPartitionsToTxnRequest
    private typealias Transaction = AddPartitionsToTxnRequest.Transaction
    private typealias Results = [AddPartitionsToTxnResponse.Topic]

    static func handle(
        _ request: AddPartitionsToTxnRequest, _ call: Call<AddPartitionsToTxnResponse>, _ core: BrokerCore
    ) -> Outcome<AddPartitionsToTxnResponse> {
        if call.version >= 4 { return handleBrokers(request, call, core) }
        let transaction = Transaction {
            $0.transactionalId = request.transactionalId
            ($0.producerId, $0.producerEpoch) = (request.producerId, request.producerEpoch)
            $0.topics = request.topics
        }
        let results =
            refusal(of: transaction, call, core)
            ?? carryOut(transaction, core) { $0.fenced(knownFrom: 2, version: call.version) }
        return .answer(AddPartitionsToTxnResponse { $0.resultsByTopic = results })
    }

    /// Brokers ask for several transactions at once, and need the rights of brokers.
    private static func handleBrokers(
        _ request: AddPartitionsToTxnRequest, _ call: Call<AddPartitionsToTxnResponse>, _ core: BrokerCore
    ) -> Outcome<AddPartitionsToTxnResponse> {
        guard call.may(.clusterAction, .cluster, core) else {
            return .answer(AddPartitionsToTxnResponse { $0.errorCode = .clusterAuthorizationFailed })
        }
        return .answer(
            AddPartitionsToTxnResponse { response in
                response.resultsByTransaction = request.transactions.map { transaction in
                    .init {
                        $0.transactionalId = transaction.transactionalId
                        $0.topicResults =
                            unknown(in: transaction, core)
                            ?? (transaction.verifyOnly
                                ? verify(transaction, core) : carryOut(transaction, core) { $0 })
                    }
                }
            })
    }

    private static func refusal(
        of transaction: Transaction, _ call: Call<AddPartitionsToTxnResponse>, _ core: BrokerCore
    ) -> Results? {
        guard call.may(.write, .transactionalId(transaction.transactionalId), core) else {
            return results(transaction) { _ in .transactionalIdAuthorizationFailed }
        }
        let denied = Set(transaction.topics.map(\.name).filter { !call.may(.write, .topic($0), core) })
        guard denied.isEmpty else {
            return results(transaction) {
                denied.contains($0.topic) ? .topicAuthorizationFailed : .operationNotAttempted
            }
        }
        return unknown(in: transaction, core)
    }

    private static func unknown(in transaction: Transaction, _ core: BrokerCore) -> Results? {
        let places = places(transaction)
        let missing = Set(places.filter { core.topics.partition($0.topic, $0.index) == nil })
        guard missing.isEmpty else {
            return results(transaction) { missing.contains($0) ? .unknownTopicOrPartition : .operationNotAttempted }
        }
        guard places.contains(where: { Topic.isInternal($0.topic) }) else { return nil }
        return results(transaction) {
            Topic.isInternal($0.topic) ? .invalidTopicException : .operationNotAttempted
        }
    }

    /// Adding partitions waits for nothing, so its answer is there at once.
    private static func carryOut(
        _ transaction: Transaction, _ core: BrokerCore, _ told: (ErrorCode) -> ErrorCode
    ) -> Results {
        var error = ErrorCode.unknownServerError
        core.transactions.decide { coordinator in
            coordinator.add(
                places(transaction), to: transaction.transactionalId, producerId: transaction.producerId,
                epoch: transaction.producerEpoch, now: core.now.wall)
        } answer: { result in
            error = result.error
        }
        return results(transaction) { _ in told(error) }
    }

    private static func verify(_ transaction: Transaction, _ core: BrokerCore) -> Results {
        results(transaction) { place in
            core.transactions.coordinator.verification(
                of: place, in: transaction.transactionalId, producerId: transaction.producerId,
                epoch: transaction.producerEpoch)
        }
    }

    private static func places(_ transaction: Transaction) -> [KappaBroker.Transaction.Partition] {
        transaction.topics.flatMap { topic in topic.partitions.map { .init(topic: topic.name, index: $0) } }
    }

    private static func results(
        _ transaction: Transaction, _ error: (KappaBroker.Transaction.Partition) -> ErrorCode
    ) -> Results {
        transaction.topics.map { topic in
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

extension Result where Failure == ErrorCode {
    var error: ErrorCode {
        switch self {
        case .success: .noError
        case .failure(let error): error
        }
    }
}
