import KappaCore
import KappaWire

/// A group writes down how far it has come.
enum OffsetCommitHandler: Handler {
    typealias Request = OffsetCommitRequest

    static func handle(
        _ request: OffsetCommitRequest, _ call: Call<OffsetCommitResponse>, _ core: BrokerCore
    ) -> Outcome<OffsetCommitResponse> {
        let denial: ErrorCode? = call.may(.read, .group(request.groupId), core) ? nil : .groupAuthorizationFailed
        let refusal = refusal(of: request, version: call.version, core)
        var accepted: GroupStore.Offsets = [:]
        var response = OffsetCommitResponse()
        response.topics = request.topics.map { topic in
            .init { answer in
                answer.name = topic.name
                let mayRead = denial != nil || call.may(.read, .topic(topic.name), core)
                let denied = mayRead ? denial : .topicAuthorizationFailed
                answer.partitions = topic.partitions.map { part in
                    .init {
                        $0.partitionIndex = part.partitionIndex
                        $0.errorCode = denied ?? refusal ?? take(part, topic.name, into: &accepted, core)
                    }
                }
            }
        }
        core.groups.commit(request.groupId, accepted) { error in
            if error != .noError { response.refuseAccepted(error) }
            call.answer(response)
        }
        return .wait
    }

    private static func refusal(
        of request: OffsetCommitRequest, version: Int16, _ core: BrokerCore
    ) -> ErrorCode? {
        guard !request.groupId.isEmpty else { return .invalidGroupId }
        if let group = core.reconciled.groups[request.groupId], !group.members.isEmpty {
            // A stale epoch can be told from version 9 on.
            let refusal = group.refusal(memberId: request.memberId, epoch: request.generationId)
            return version < 9 && refusal == .staleMemberEpoch ? .unsupportedVersion : refusal
        }
        guard let group = core.groups.groups[request.groupId] else {
            return request.generationId < 0 ? nil : .illegalGeneration
        }
        return group.commitRefusal(
            memberId: request.memberId, instance: request.groupInstanceId, generation: request.generationId,
            isTransactional: false)
    }

    private static func take(
        _ part: OffsetCommitRequest.Partition, _ topic: String, into accepted: inout GroupStore.Offsets,
        _ core: BrokerCore
    ) -> ErrorCode {
        let metadata = part.committedMetadata ?? ""
        guard metadata.utf8.count <= core.configuration.maximumOffsetMetadataBytes else {
            return .offsetMetadataTooLarge
        }
        guard core.topics.partition(topic, part.partitionIndex) != nil else { return .unknownTopicOrPartition }
        accepted[.init(topic: topic, index: part.partitionIndex)] = CommittedOffset(
            offset: part.committedOffset, leaderEpoch: part.committedLeaderEpoch, metadata: metadata,
            committedAt: core.now.wall)
        return .noError
    }
}

extension OffsetCommitResponse {
    /// What was found right could not be written down.
    fileprivate mutating func refuseAccepted(_ error: ErrorCode) {
        for topic in topics.indices {
            for part in topics[topic].partitions.indices where topics[topic].partitions[part].errorCode == .noError {
                topics[topic].partitions[part].errorCode = error
            }
        }
    }
}
