import KappaCore
import KappaLog
import KappaWire

enum DescribeProducersHandler: Handler {
    typealias Request = DescribeProducersRequest

    static func handle(
        _ request: DescribeProducersRequest, _ call: Call<DescribeProducersResponse>, _ core: BrokerCore
    ) -> Outcome<DescribeProducersResponse> {
        .answer(
            DescribeProducersResponse { response in
                response.topics = request.topics.map { topic in
                    .init { answer in
                        answer.name = topic.name
                        answer.partitions = topic.partitionIndexes.map { index in
                            guard call.may(.read, .topic(topic.name), core) else {
                                return .init {
                                    $0.partitionIndex = index
                                    $0.errorCode = .topicAuthorizationFailed
                                }
                            }
                            return describe(topic.name, index, core)
                        }
                    }
                }
            })
    }

    private static func describe(
        _ topic: String, _ index: Int32, _ core: BrokerCore
    ) -> DescribeProducersResponse.Partition {
        .init { answer in
            answer.partitionIndex = index
            guard let partition = core.topics.partition(topic, index) else {
                answer.errorCode = .unknownTopicOrPartition
                return
            }
            answer.activeProducers = partition.log.producers.producers.sorted { $0.key < $1.key }.map { id, producer in
                .init {
                    $0.producerId = id
                    $0.producerEpoch = Int32(producer.epoch)
                    $0.lastSequence = producer.batches.last?.lastSequence ?? -1
                    $0.lastTimestamp = producer.lastTimestamp
                    $0.coordinatorEpoch = producer.coordinatorEpoch
                    $0.currentTxnStartOffset = producer.transactionStart ?? -1
                }
            }
        }
    }
}
