import KappaCore
import KappaWire

/// Where an epoch of leadership ended. One node is the leader from the start, in epoch 0.
enum OffsetForLeaderEpochHandler: Handler {
    typealias Request = OffsetForLeaderEpochRequest

    static func handle(
        _ request: OffsetForLeaderEpochRequest, _ call: Call<OffsetForLeaderEpochResponse>, _ core: BrokerCore
    ) -> Outcome<OffsetForLeaderEpochResponse> {
        .answer(
            OffsetForLeaderEpochResponse { response in
                response.topics = request.topics.map { topic in
                    .init { answer in
                        answer.topic = topic.topic
                        answer.partitions = topic.partitions.map { part in
                            guard call.may(.describe, .topic(topic.topic), core) else {
                                return .init {
                                    $0.partition = part.partition
                                    $0.errorCode = .topicAuthorizationFailed
                                }
                            }
                            return find(part, topic.topic, core)
                        }
                    }
                }
            })
    }

    private static func find(
        _ part: OffsetForLeaderEpochRequest.Partition, _ topic: String, _ core: BrokerCore
    ) -> OffsetForLeaderEpochResponse.Partition {
        .init {
            $0.partition = part.partition
            guard let partition = core.topics.partition(topic, part.partition) else {
                $0.errorCode = .unknownTopicOrPartition
                return
            }
            guard part.currentLeaderEpoch <= 0 else {
                $0.errorCode = .unknownLeaderEpoch
                return
            }
            guard part.leaderEpoch == 0 else { return }
            $0.leaderEpoch = 0
            $0.endOffset = partition.highWatermark
        }
    }
}
