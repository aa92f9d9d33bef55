import KappaCore
import KappaWire

/// The one broker leads everything already, so there is nothing to elect.
enum ElectLeadersHandler: Handler {
    typealias Request = ElectLeadersRequest

    static func handle(
        _ request: ElectLeadersRequest, _ call: Call<ElectLeadersResponse>, _ core: BrokerCore
    ) -> Outcome<ElectLeadersResponse> {
        guard call.may(.alter, .cluster, core) else {
            return .answer(ElectLeadersResponse { $0.errorCode = .clusterAuthorizationFailed })
        }
        // Null asks for all that need it, and of those alone the answer tells.
        return .answer(
            ElectLeadersResponse { response in
                response.replicaElectionResults = (request.topicPartitions ?? []).map { topic in
                    .init { answer in
                        answer.topic = topic.topic
                        answer.partitionResult = topic.partitions.map { index in
                            result(index, isThere: core.topics.partition(topic.topic, index) != nil)
                        }
                    }
                }
            })
    }

    private static func result(_ index: Int32, isThere: Bool) -> ElectLeadersResponse.Partition {
        .init {
            $0.partitionId = index
            $0.errorCode = isThere ? .electionNotNeeded : .unknownTopicOrPartition
            $0.errorMessage = isThere ? "Leader election not needed for topic partition." : "No such topic partition."
        }
    }
}
