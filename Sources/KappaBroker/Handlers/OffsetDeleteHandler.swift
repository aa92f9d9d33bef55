import KappaCore
import KappaWire

/// Forgets a group's offsets, but not of topics that its members are at.
enum OffsetDeleteHandler: Handler {
    typealias Request = OffsetDeleteRequest

    static func handle(
        _ request: OffsetDeleteRequest, _ call: Call<OffsetDeleteResponse>, _ core: BrokerCore
    ) -> Outcome<OffsetDeleteResponse> {
        var response = OffsetDeleteResponse()
        guard call.may(.delete, .group(request.groupId), core) else {
            response.errorCode = .groupAuthorizationFailed
            return .answer(response)
        }
        guard let group = core.groups.groups[request.groupId] else {
            response.errorCode = .groupIdNotFound
            return .answer(response)
        }
        guard group.state == .empty || group.protocolType == "consumer" else {
            response.errorCode = .nonEmptyGroup
            return .answer(response)
        }
        var doomed: [Transaction.Partition] = []
        response.topics = request.topics.map { topic in
            .init { answer in
                answer.name = topic.name
                let isDenied = !call.may(.read, .topic(topic.name), core)
                answer.partitions = topic.partitions.map { part in
                    let error =
                        isDenied ? .topicAuthorizationFailed : refusal(topic.name, part.partitionIndex, group, core)
                    if error == .noError { doomed.append(.init(topic: topic.name, index: part.partitionIndex)) }
                    return .init {
                        $0.partitionIndex = part.partitionIndex
                        $0.errorCode = error
                    }
                }
            }
        }
        response.errorCode = core.groups.deleteOffsets(request.groupId, doomed)
        if response.errorCode != .noError { response.topics = [] }
        return .answer(response)
    }

    private static func refusal(
        _ topic: String, _ index: Int32, _ group: ConsumerGroup, _ core: BrokerCore
    ) -> ErrorCode {
        guard core.topics.partition(topic, index) != nil else { return .unknownTopicOrPartition }
        let others = core.reconciled.groups[group.id]
        let isWanted = others?.members.values.contains { others?.wanted(by: $0).contains(topic) ?? false } ?? false
        return isWanted || group.isSubscribed(to: topic) ? .groupSubscribedToTopic : .noError
    }
}
