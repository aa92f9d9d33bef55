import KappaWire

enum DescribeTransactionsHandler: Handler {
    typealias Request = DescribeTransactionsRequest

    static func handle(
        _ request: DescribeTransactionsRequest, _ call: Call<DescribeTransactionsResponse>, _ core: BrokerCore
    ) -> Outcome<DescribeTransactionsResponse> {
        .answer(
            DescribeTransactionsResponse { response in
                response.transactionStates = request.transactionalIds.map { id in
                    core.transactions.coordinator.transactions[id].map(describe)
                        ?? .init {
                            $0.transactionalId = id
                            $0.errorCode = .transactionalIdNotFound
                        }
                }
            })
    }

    private static func describe(_ transaction: Transaction) -> DescribeTransactionsResponse.Transaction {
        .init {
            $0.transactionalId = transaction.id
            $0.transactionState = transaction.state.name
            $0.transactionTimeoutMs = transaction.timeoutMilliseconds
            $0.transactionStartTimeMs = transaction.startedAt
            $0.producerId = transaction.producerId
            $0.producerEpoch = transaction.epoch
            let topics = Dictionary(grouping: transaction.partitions, by: \.topic).sorted { $0.key < $1.key }
            $0.topics = topics.map { topic, partitions in
                .init {
                    $0.topic = topic
                    $0.partitions = partitions.map(\.index).sorted()
                }
            }
        }
    }
}
