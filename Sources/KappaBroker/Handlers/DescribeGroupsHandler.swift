import KappaCore
import KappaWire

enum DescribeGroupsHandler: Handler {
    typealias Request = DescribeGroupsRequest

    static func handle(
        _ request: DescribeGroupsRequest, _ call: Call<DescribeGroupsResponse>, _ core: BrokerCore
    ) -> Outcome<DescribeGroupsResponse> {
        .answer(
            DescribeGroupsResponse { response in
                response.groups = request.groups.map { id in
                    guard call.may(.describe, .group(id), core) else {
                        return .init {
                            $0.groupId = id
                            $0.errorCode = .groupAuthorizationFailed
                        }
                    }
                    // As Kafka has it: a group that is not there is described as dead, and later as not found.
                    var answer =
                        core.groups.groups[id].map(describe)
                        ?? .init {
                            $0.groupId = id
                            $0.groupState = ConsumerGroup.State.dead.rawValue
                            guard call.version >= 6 else { return }
                            $0.errorCode = .groupIdNotFound
                            $0.errorMessage = "Group \(id) not found."
                        }
                    if request.includeAuthorizedOperations {
                        answer.authorizedOperations = core.operations(on: .group(id), by: call.client)
                    }
                    return answer
                }
            })
    }

    private static func describe(_ group: ConsumerGroup) -> DescribeGroupsResponse.Group {
        .init {
            $0.groupId = group.id
            $0.groupState = group.state.rawValue
            $0.protocolType = group.protocolType ?? ""
            let isStable = group.state == .stable
            $0.protocolData = isStable ? group.protocolName ?? "" : ""
            $0.members = group.members.map { member in
                .init {
                    $0.memberId = member.id
                    $0.groupInstanceId = member.instanceId
                    $0.clientId = member.clientId
                    $0.clientHost = member.clientHost
                    $0.memberMetadata = isStable ? member.metadata(for: group.protocolName ?? "") : []
                    $0.memberAssignment = isStable ? member.assignment : []
                }
            }
        }
    }
}
