import KappaWire

/// How far a group has come. A group or partition that nothing is known of has come to −1, which is no error.
enum OffsetFetchHandler: Handler {
    typealias Request = OffsetFetchRequest

    static func handle(
        _ request: OffsetFetchRequest, _ call: Call<OffsetFetchResponse>, _ core: BrokerCore
    ) -> Outcome<OffsetFetchResponse> {
        let known = core.groups.offsets[request.groupId] ?? [:]
        var response = OffsetFetchResponse()
        response.topics = (request.topics ?? everything(in: known)).map { topic in
            .init { answer in
                answer.name = topic.name
                answer.partitions = topic.partitionIndexes.map { index in
                    let partition = Transaction.Partition(topic: topic.name, index: index)
                    let isUnstable = request.requireStable && core.groups.isUnstable(request.groupId, partition)
                    return describe(index, known[partition], isUnstable: isUnstable)
                }
            }
        }
        return .answer(response)
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
