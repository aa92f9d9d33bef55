import KappaCore
import KappaWire

/// Topics with their partitions, in the order of their names, page by page.
enum DescribeTopicPartitionsHandler: Handler {
    typealias Request = DescribeTopicPartitionsRequest

    /// As in Kafka, whatever the client asks for.
    private static let mostPartitions = 2000

    static func handle(
        _ request: DescribeTopicPartitionsRequest, _ call: Call<DescribeTopicPartitionsResponse>, _ core: BrokerCore
    ) -> Outcome<DescribeTopicPartitionsResponse> {
        var names = request.topics.isEmpty ? core.topics.names : Array(Set(request.topics.map(\.name))).sorted()
        if request.topics.isEmpty { names.removeAll { !call.may(.describe, .topic($0), core, tells: false) } }
        if let cursor = request.cursor { names.removeAll { $0 < cursor.topicName } }
        var left = max(1, min(Int(request.responsePartitionLimit), mostPartitions))
        var response = DescribeTopicPartitionsResponse()
        for name in names {
            guard left > 0 else {
                response.nextCursor = .init { $0.topicName = name }
                break
            }
            guard call.may(.describe, .topic(name), core) else {
                response.topics.append(
                    .init {
                        $0.name = name
                        $0.errorCode = .topicAuthorizationFailed
                    })
                continue
            }
            let first = request.cursor?.topicName == name ? max(0, Int(request.cursor?.partitionIndex ?? 0)) : 0
            var answer = describe(name, from: first, most: left, core)
            if answer.errorCode == .noError {
                answer.topicAuthorizedOperations = core.operations(on: .topic(name), by: call.client)
            }
            response.topics.append(answer)
            left -= answer.partitions.count
            let next = first + answer.partitions.count
            guard let topic = core.topics.topics[name], next < topic.partitions.count else { continue }
            response.nextCursor = .init {
                $0.topicName = name
                $0.partitionIndex = Int32(next)
            }
            break
        }
        return .answer(response)
    }

    private static func describe(
        _ name: String, from first: Int, most: Int, _ core: BrokerCore
    ) -> DescribeTopicPartitionsResponse.Topic {
        var answer = DescribeTopicPartitionsResponse.Topic()
        answer.name = name
        guard let topic = core.topics.topics[name] else {
            answer.errorCode = Topic.isValidName(name) ? .unknownTopicOrPartition : .invalidTopicException
            return answer
        }
        answer.topicId = topic.id.wire
        answer.isInternal = topic.isInternal
        let node = core.configuration.nodeId
        answer.partitions = topic.partitions.dropFirst(first).prefix(most).map { partition in
            .init {
                $0.partitionIndex = partition.index
                $0.leaderId = node
                $0.leaderEpoch = 0
                $0.replicaNodes = [node]
                $0.isrNodes = [node]
                $0.eligibleLeaderReplicas = []
                $0.lastKnownElr = []
            }
        }
        return answer
    }
}
