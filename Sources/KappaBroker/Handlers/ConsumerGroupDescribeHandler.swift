import KappaCore
import KappaWire

enum ConsumerGroupDescribeHandler: Handler {
    typealias Request = ConsumerGroupDescribeRequest

    static func handle(
        _ request: ConsumerGroupDescribeRequest, _ call: Call<ConsumerGroupDescribeResponse>, _ core: BrokerCore
    ) -> Outcome<ConsumerGroupDescribeResponse> {
        .answer(
            ConsumerGroupDescribeResponse { response in
                response.groups = request.groupIds.map { id in
                    guard call.may(.describe, .group(id), core) else {
                        return refusal(id, .groupAuthorizationFailed, "Group authorization failed.")
                    }
                    guard let group = core.reconciled.groups[id] else {
                        let isClassic = core.groups.groups[id] != nil
                        let words = "Group \(id) \(isClassic ? "is not a consumer group" : "not found")."
                        return refusal(id, .groupIdNotFound, words)
                    }
                    // As in Kafka: the whole group is hidden where a topic of it must not be seen.
                    let topics = Set(group.members.values.flatMap { $0.assigned.map(\.topic) + $0.topics })
                    guard topics.allSatisfy({ call.may(.describe, .topic($0), core) }) else {
                        let words =
                            "The group has described topic(s) that the client is not authorized to describe."
                        return refusal(id, .topicAuthorizationFailed, words)
                    }
                    var answer = describe(group, core)
                    if request.includeAuthorizedOperations {
                        answer.authorizedOperations = core.operations(on: .group(id), by: call.client)
                    }
                    return answer
                }
            })
    }

    private static func refusal(
        _ id: String, _ error: ErrorCode, _ words: String
    ) -> ConsumerGroupDescribeResponse.Group {
        .init {
            $0.groupId = id
            $0.errorCode = error
            $0.errorMessage = words
        }
    }

    private static func describe(
        _ group: ReconciledGroup, _ core: BrokerCore
    ) -> ConsumerGroupDescribeResponse.Group {
        .init { answer in
            answer.groupId = group.id
            answer.groupState = group.state.rawValue
            answer.groupEpoch = group.epoch
            answer.assignmentEpoch = group.targetEpoch
            answer.assignorName = group.assignor
            answer.members = group.members.values.sorted { $0.id < $1.id }.map { member in
                .init {
                    $0.memberId = member.id
                    $0.instanceId = member.instanceId
                    $0.rackId = member.rackId
                    $0.memberEpoch = member.epoch
                    $0.clientId = member.clientId
                    $0.clientHost = member.clientHost
                    $0.subscribedTopicNames = member.topics
                    $0.subscribedTopicRegex = member.pattern
                    $0.assignment = assignment(member.assigned, core)
                    $0.targetAssignment = assignment(group.target[member.id] ?? [], core)
                    // 1 is a member that speaks the new protocol.
                    $0.memberType = 1
                }
            }
        }
    }

    private static func assignment(
        _ places: Set<ReconciledGroup.Place>, _ core: BrokerCore
    ) -> ConsumerGroupDescribeResponse.Assignment {
        .init { assignment in
            let topics = Dictionary(grouping: places, by: \.topic).sorted { $0.key < $1.key }
            assignment.topicPartitions = topics.map { name, places in
                .init {
                    $0.topicId = core.topics.topics[name]?.id.wire ?? WireUUID()
                    $0.topicName = name
                    $0.partitions = places.map(\.index).sorted()
                }
            }
        }
    }
}
