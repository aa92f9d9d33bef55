import KappaCore
import KappaWire

/// Every partition is on the one broker and stays there: to ask for that is right, and for anything else is not.
enum AlterPartitionReassignmentsHandler: Handler {
    typealias Request = AlterPartitionReassignmentsRequest

    static func handle(
        _ request: AlterPartitionReassignmentsRequest, _ call: Call<AlterPartitionReassignmentsResponse>,
        _ core: BrokerCore
    ) -> Outcome<AlterPartitionReassignmentsResponse> {
        guard call.may(.alter, .cluster, core) else {
            return .answer(AlterPartitionReassignmentsResponse { $0.errorCode = .clusterAuthorizationFailed })
        }
        return .answer(
            AlterPartitionReassignmentsResponse { response in
                response.allowReplicationFactorChange = request.allowReplicationFactorChange
                response.responses = request.topics.map { topic in
                    .init { answer in
                        answer.name = topic.name
                        answer.partitions = topic.partitions.map { part in
                            .init {
                                $0.partitionIndex = part.partitionIndex
                                guard let problem = problem(part, topic.name, core) else { return }
                                $0.errorCode = problem.code
                                $0.errorMessage = problem.words
                            }
                        }
                    }
                }
            })
    }

    private static func problem(
        _ part: AlterPartitionReassignmentsRequest.Partition, _ topic: String, _ core: BrokerCore
    ) -> AdminProblem? {
        guard core.topics.partition(topic, part.partitionIndex) != nil else {
            return AdminProblem(.unknownTopicOrPartition, "This server does not host this topic-partition.")
        }
        guard let replicas = part.replicas else {
            return AdminProblem(.noReassignmentInProgress, "No partition reassignment is in progress.")
        }
        guard replicas == [core.configuration.nodeId] else {
            let node = core.configuration.nodeId
            return AdminProblem(.invalidReplicaAssignment, "There is no broker but \(node), which has every partition.")
        }
        return nil
    }
}

enum ListPartitionReassignmentsHandler: Handler {
    typealias Request = ListPartitionReassignmentsRequest

    /// Nothing is ever on its way.
    static func handle(
        _ request: ListPartitionReassignmentsRequest, _ call: Call<ListPartitionReassignmentsResponse>,
        _ core: BrokerCore
    ) -> Outcome<ListPartitionReassignmentsResponse> {
        guard call.may(.describe, .cluster, core) else {
            return .answer(ListPartitionReassignmentsResponse { $0.errorCode = .clusterAuthorizationFailed })
        }
        return .answer(ListPartitionReassignmentsResponse())
    }
}
