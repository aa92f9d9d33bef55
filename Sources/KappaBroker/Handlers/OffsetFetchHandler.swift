import KappaCore
import KappaWire

/// How far a group has come. A group or partition that nothing is known of has come to −1, which is no error.
enum OffsetFetchHandler: Handler {
    typealias Request = OffsetFetchRequest

    static func handle(
        _ request: OffsetFetchRequest, _ call: Call<OffsetFetchResponse>, _ core: BrokerCore
    ) -> Outcome<OffsetFetchResponse> {
        var response = OffsetFetchResponse()
        guard call.version >= 8 else {
            guard call.may(.describe, .group(request.groupId), core) else {
                response.refuse(.groupAuthorizationFailed, request.topics, version: call.version)
                return .answer(response)
            }
            response.topics = offsets(of: request.groupId, request.topics, isStable: request.requireStable, call, core)
            return .answer(response)
        }
        response.groups = request.groups.map { group in
            .init {
                $0.groupId = group.groupId
                guard call.may(.describe, .group(group.groupId), core) else {
                    return $0.errorCode = .groupAuthorizationFailed
                }
                if let member = group.memberId, let known = core.reconciled.groups[group.groupId],
                    let refusal = known.refusal(memberId: member, epoch: group.memberEpoch)
                {
                    return $0.errorCode = refusal
                }
                $0.topics = offsets(of: group.groupId, group.topics, isStable: request.requireStable, call, core)
            }
        }
        return .answer(response)
    }

    private static func offsets(
        of group: String, _ topics: [OffsetFetchRequest.Topic]?, isStable: Bool, _ call: Call<OffsetFetchResponse>,
        _ core: BrokerCore
    ) -> [OffsetFetchResponse.Topic] {
        let known = core.groups.offsets[group] ?? [:]
        // Of all that there is, a client sees what it may know of.
        let wanted =
            topics
            ?? everything(in: known).filter { call.may(.describe, .topic($0.name), core, tells: false) }
        return wanted.map { topic in
            .init { answer in
                answer.name = topic.name
                guard call.may(.describe, .topic(topic.name), core) else {
                    answer.partitions = topic.partitionIndexes.map { nothing(at: $0, .topicAuthorizationFailed) }
                    return
                }
                answer.partitions = topic.partitionIndexes.map { index in
                    let partition = Transaction.Partition(topic: topic.name, index: index)
                    let isUnstable = isStable && core.groups.isUnstable(group, partition)
                    return describe(index, known[partition], isUnstable: isUnstable)
                }
            }
        }
    }

    /// Null asks for all that there are.
    private static func everything(in known: GroupStore.Offsets) -> [OffsetFetchRequest.Topic] {
        Dictionary(grouping: known.keys, by: \.topic).sorted { $0.key < $1.key }.map { name, partitions in
            .init {
                $0.name = name
                $0.partitionIndexes = partitions.map(\.index).sorted()
            }
        }
    }

    fileprivate static func nothing(at index: Int32, _ error: ErrorCode) -> OffsetFetchResponse.Partition {
        .init {
            $0.partitionIndex = index
            $0.committedOffset = -1
            $0.committedLeaderEpoch = -1
            $0.metadata = ""
            $0.errorCode = error
        }
    }

    private static func describe(
        _ index: Int32, _ committed: CommittedOffset?, isUnstable: Bool
    ) -> OffsetFetchResponse.Partition {
        .init {
            $0.partitionIndex = index
            $0.committedOffset = isUnstable ? -1 : committed?.offset ?? -1
            $0.committedLeaderEpoch = isUnstable ? -1 : committed?.leaderEpoch ?? -1
            $0.metadata = isUnstable ? "" : committed?.metadata ?? ""
            $0.errorCode = isUnstable ? .unstableOffsetCommit : .noError
        }
    }
}

extension OffsetFetchResponse {
    /// The oldest versions have an error for each partition only.
    fileprivate mutating func refuse(_ error: ErrorCode, _ wanted: [OffsetFetchRequest.Topic]?, version: Int16) {
        errorCode = error
        guard version < 2 else { return }
        topics = (wanted ?? []).map { topic in
            .init { answer in
                answer.name = topic.name
                answer.partitions = topic.partitionIndexes.map { OffsetFetchHandler.nothing(at: $0, error) }
            }
        }
    }
}
