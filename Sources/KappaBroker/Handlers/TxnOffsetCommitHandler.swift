import KappaCore
import KappaWire

/// Offsets that count when their transaction is committed.
enum TxnOffsetCommitHandler: Handler {
    typealias Request = TxnOffsetCommitRequest

    static func handle(
        _ request: TxnOffsetCommitRequest, _ call: Call<TxnOffsetCommitResponse>, _ core: BrokerCore
    ) -> Outcome<TxnOffsetCommitResponse> {
        let denial = denial(of: request, call, core)
        let refusal = refusal(of: request, call.version, core)
        var accepted: GroupStore.Offsets = [:]
        var response = TxnOffsetCommitResponse()
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
        core.groups.commit(
            request.groupId, accepted, producerId: request.producerId, epoch: request.producerEpoch
        ) { error in
            if error != .noError { response.refuseAccepted(error) }
            call.answer(response)
        }
        return .wait
    }

    private static func refusal(
        of request: TxnOffsetCommitRequest, _ version: Int16, _ core: BrokerCore
    ) -> ErrorCode? {
        guard !request.groupId.isEmpty else { return .invalidGroupId }
        return memberRefusal(of: request, core)
            ?? core.transactions.refusal(
                ofProducer: request.producerId, request.producerEpoch, of: request.transactionalId,
                writingTo: .init(topic: Topic.offsets, index: 0), adds: version >= 5, knowsAbortable: version >= 4)
    }

    private static func denial(
        of request: TxnOffsetCommitRequest, _ call: Call<TxnOffsetCommitResponse>, _ core: BrokerCore
    ) -> ErrorCode? {
        guard call.may(.write, .transactionalId(request.transactionalId), core) else {
            return .transactionalIdAuthorizationFailed
        }
        return call.may(.read, .group(request.groupId), core) ? nil : .groupAuthorizationFailed
    }

    private static func memberRefusal(of request: TxnOffsetCommitRequest, _ core: BrokerCore) -> ErrorCode? {
        if let group = core.reconciled.groups[request.groupId], !group.members.isEmpty {
            let refusal = group.refusal(memberId: request.memberId, epoch: request.generationId)
            return refusal == .staleMemberEpoch ? .illegalGeneration : refusal
        }
        guard let group = core.groups.groups[request.groupId] else {
            return request.generationId < 0 ? nil : .illegalGeneration
        }
        return group.commitRefusal(
            memberId: request.memberId, instance: request.groupInstanceId, generation: request.generationId,
            isTransactional: true)
    }

    private static func take(
        _ part: TxnOffsetCommitRequest.Partition, _ topic: String, into accepted: inout GroupStore.Offsets,
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

extension TxnOffsetCommitResponse {
    /// What was found right could not be written down.
    fileprivate mutating func refuseAccepted(_ error: ErrorCode) {
        for topic in topics.indices {
            for part in topics[topic].partitions.indices where topics[topic].partitions[part].errorCode == .noError {
                topics[topic].partitions[part].errorCode = error
            }
        }
    }
}
