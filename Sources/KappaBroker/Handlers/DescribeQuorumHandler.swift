import KappaCore
import KappaWire

/// The quorum of one: this broker keeps the metadata alone, and is never behind itself.
enum DescribeQuorumHandler: Handler {
    typealias Request = DescribeQuorumRequest

    private static let metadataTopic = "__cluster_metadata"

    static func handle(
        _ request: DescribeQuorumRequest, _ call: Call<DescribeQuorumResponse>, _ core: BrokerCore
    ) -> Outcome<DescribeQuorumResponse> {
        guard call.may(.describe, .cluster, core) else {
            return .answer(DescribeQuorumResponse { $0.errorCode = .clusterAuthorizationFailed })
        }
        return .answer(
            DescribeQuorumResponse { response in
                response.topics = request.topics.map { topic in
                    .init { answer in
                        answer.topicName = topic.topicName
                        answer.partitions = topic.partitions.map { describe(topic.topicName, $0.partitionIndex, core) }
                    }
                }
                response.nodes = [
                    .init { node in
                        node.nodeId = core.configuration.nodeId
                        node.listeners = [
                            .init {
                                $0.name = "CONTROLLER"
                                $0.host = core.advertised.host
                                $0.port = core.advertised.port
                            }
                        ]
                    }
                ]
            })
    }

    private static func describe(
        _ topic: String, _ index: Int32, _ core: BrokerCore
    ) -> DescribeQuorumResponse.Partition {
        .init { answer in
            answer.partitionIndex = index
            guard topic == metadataTopic, index == 0 else {
                answer.errorCode = .unknownTopicOrPartition
                answer.leaderId = -1
                return
            }
            // The metadata is one file that is replaced as a whole; each topic is a change to it.
            let end = Int64(core.topics.topics.count)
            answer.leaderId = core.configuration.nodeId
            answer.leaderEpoch = 1
            answer.highWatermark = end
            answer.currentVoters = [
                .init {
                    $0.replicaId = core.configuration.nodeId
                    $0.logEndOffset = end
                    $0.lastFetchTimestamp = core.now.wall
                    $0.lastCaughtUpTimestamp = core.now.wall
                }
            ]
        }
    }
}
