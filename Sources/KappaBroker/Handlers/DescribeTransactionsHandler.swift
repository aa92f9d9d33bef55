import KappaCore
import KappaWire

enum DescribeTransactionsHandler: Handler {
    typealias Request = DescribeTransactionsRequest

    static func handle(
        _ request: DescribeTransactionsRequest, _ call: Call<DescribeTransactionsResponse>, _ core: BrokerCore
    ) -> Outcome<DescribeTransactionsResponse> {
        .answer(
            DescribeTransactionsResponse { response in
                response.transactionStates = request.transactionalIds.map { id in
                    guard call.may(.describe, .transactionalId(id), core) else {
                        return .init {
                            $0.transactionalId = id
                            $0.errorCode = .transactionalIdAuthorizationFailed
                        }
                    }
                    return core.transactions.coordinator.transactions[id].map { describe($0, call, core) }
                        ?? .init {
                            $0.transactionalId = id
                            $0.errorCode = .transactionalIdNotFound
                        }
                }
            })
    }

    private static func describe(
        _ transaction: Transaction, _ call: Call<DescribeTransactionsResponse>, _ core: BrokerCore
    ) -> DescribeTransactionsResponse.Transaction {
        .init {
            $0.transactionalId = transaction.id
            $0.transactionState = transaction.state.name
            $0.transactionTimeoutMs = transaction.timeoutMilliseconds
            $0.transactionStartTimeMs = transaction.startedAt
            $0.producerId = transaction.producerId
            $0.producerEpoch = transaction.epoch
            let topics = Dictionary(grouping: transaction.partitions, by: \.topic).sorted { $0.key < $1.key }
            // Topics that the client must not know of are left out.
            let visible = topics.filter { call.may(.describe, .topic($0.key), core, tells: false) }
            $0.topics = visible.map { topic, partitions in
                .init {
                    $0.topic = topic
                    $0.partitions = partitions.map(\.index).sorted()
                }
            }
        }
    }
}
