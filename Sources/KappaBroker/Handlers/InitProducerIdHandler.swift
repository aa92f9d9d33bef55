import KappaCore
import KappaWire

/// A producer gets its id, and with a transactional id the sole right to it: whoever had it before is fenced.
enum InitProducerIdHandler: Handler {
    typealias Request = InitProducerIdRequest

    static func handle(
        _ request: InitProducerIdRequest, _ call: Call<InitProducerIdResponse>, _ core: BrokerCore
    ) -> Outcome<InitProducerIdResponse> {
        guard let id = request.transactionalId else {
            guard mayWriteAnywhere(call, core) else { return .answer(refusal(.clusterAuthorizationFailed)) }
            return .answer(freshProducer(core))
        }
        guard call.may(.write, .transactionalId(id), core) else {
            return .answer(refusal(.transactionalIdAuthorizationFailed))
        }
        guard !id.isEmpty else { return .answer(refusal(.invalidRequest)) }
        guard (1...core.configuration.maximumTransactionMilliseconds).contains(request.transactionTimeoutMs) else {
            return .answer(refusal(.invalidTransactionTimeout))
        }
        guard core.transactions.mayHave(id) else { return .answer(refusal(.policyViolation)) }
        guard let fresh = core.freshProducerId() else { return .answer(refusal(.coordinatorLoadInProgress)) }
        let expected = request.producerId >= 0 ? (request.producerId, request.producerEpoch) : nil
        core.transactions.decideDurably { coordinator in
            coordinator.initialise(
                id, timeoutMilliseconds: request.transactionTimeoutMs, expected: expected, now: core.now.wall,
                freshProducerId: { fresh })
        } answer: { result in
            switch result {
            case .failure(let error): call.answer(refusal(error.fenced(knownFrom: 4, version: call.version)))
            case .success(let transaction):
                call.answer(
                    InitProducerIdResponse {
                        $0.producerId = transaction.producerId
                        $0.producerEpoch = transaction.epoch
                    })
            }
        }
        return .wait
    }

    /// An id is of use to whoever may write to any topic at all.
    private static func mayWriteAnywhere(_ call: Call<InitProducerIdResponse>, _ core: BrokerCore) -> Bool {
        if call.may(.idempotentWrite, .cluster, core, tells: false) { return true }
        return core.access?.authorizer.allowsSome(.write, of: .topic, by: call.client) ?? true
    }

    private static func freshProducer(_ core: BrokerCore) -> InitProducerIdResponse {
        guard let id = core.freshProducerId() else { return refusal(.coordinatorLoadInProgress) }
        return InitProducerIdResponse { $0.producerId = id }
    }

    private static func refusal(_ error: ErrorCode) -> InitProducerIdResponse {
        InitProducerIdResponse {
            $0.errorCode = error
            $0.producerEpoch = -1
        }
    }
}

extension BrokerCore {
    /// Nil where none can be noted down, on a full disk say. Clients try again later when they hear, as from Kafka in
    /// that case, that the coordinator is loading.
    func freshProducerId() -> Int64? {
        do {
            return try producerIds.take()
        } catch {
            complain("no producer id can be given out: \(error)")
            return nil
        }
    }
}

extension ErrorCode {
    /// PRODUCER_FENCED came late to the protocol; older versions say the same with INVALID_PRODUCER_EPOCH.
    func fenced(knownFrom first: Int16, version: Int16) -> ErrorCode {
        self == .producerFenced && version < first ? .invalidProducerEpoch : self
    }
}
