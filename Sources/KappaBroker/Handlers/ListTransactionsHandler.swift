import KappaCore
import KappaWire

enum ListTransactionsHandler: Handler {
    typealias Request = ListTransactionsRequest

    static func handle(
        _ request: ListTransactionsRequest, _ call: Call<ListTransactionsResponse>, _ core: BrokerCore
    ) -> Outcome<ListTransactionsResponse> {
        let known = Set((Int8(0)...5).compactMap { Transaction.State(rawValue: $0)?.name })
        let producers = Set(request.producerIdFilters)
        var pattern: LinearPattern?
        if let text = request.transactionalIdPattern, !text.isEmpty {
            guard let read = LinearPattern(text) else {
                return .answer(ListTransactionsResponse { $0.errorCode = .invalidRegularExpression })
            }
            pattern = read
        }
        return .answer(
            ListTransactionsResponse { response in
                response.unknownStateFilters = request.stateFilters.filter { !known.contains($0) }
                response.transactionStates = core.transactions.coordinator.transactions.values
                    .filter { call.may(.describe, .transactionalId($0.id), core, tells: false) }
                    .filter { request.stateFilters.isEmpty || request.stateFilters.contains($0.state.name) }
                    .filter { $0.hasLasted(request.durationFilter, now: core.now.wall) }
                    .filter { pattern?.matches($0.id) ?? true }
                    .filter { producers.isEmpty || producers.contains($0.producerId) }
                    .sorted { $0.id < $1.id }
                    .map { transaction in
                        .init {
                            $0.transactionalId = transaction.id
                            $0.producerId = transaction.producerId
                            $0.transactionState = transaction.state.name
                        }
                    }
            })
    }
}

extension Transaction {
    /// Whether it began so long ago; one that has not begun counts as old, as in Kafka.
    fileprivate func hasLasted(_ milliseconds: Int64, now: Int64) -> Bool {
        milliseconds < 0 || now.subtractingSaturated(startedAt) >= milliseconds
    }
}
