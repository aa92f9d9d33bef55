import KappaCore
import KappaWire

enum ListGroupsHandler: Handler {
    typealias Request = ListGroupsRequest

    static func handle(
        _ request: ListGroupsRequest, _ call: Call<ListGroupsResponse>, _ core: BrokerCore
    ) -> Outcome<ListGroupsResponse> {
        let states = Set(request.statesFilter.map { $0.lowercased() })
        let types = Set(request.typesFilter.map { $0.lowercased() })
        let reconciled = core.reconciled.groups
        let classic = core.groups.groups.values.filter { reconciled[$0.id] == nil }
        let all = classic.map(describe) + reconciled.values.map(describe)
        let seesAll = call.may(.describe, .cluster, core, tells: false)
        return .answer(
            ListGroupsResponse { response in
                response.groups = all.sorted { $0.groupId < $1.groupId }
                    .filter { seesAll || call.may(.describe, .group($0.groupId), core, tells: false) }
                    .filter { states.isEmpty || states.contains($0.groupState.lowercased()) }
                    .filter { types.isEmpty || types.contains($0.groupType.lowercased()) }
            })
    }

    private static func describe(_ group: ConsumerGroup) -> ListGroupsResponse.Group {
        .init {
            $0.groupId = group.id
            $0.protocolType = group.protocolType ?? ""
            $0.groupState = group.state.rawValue
            $0.groupType = "Classic"
        }
    }

    private static func describe(_ group: ReconciledGroup) -> ListGroupsResponse.Group {
        .init {
            $0.groupId = group.id
            $0.protocolType = "consumer"
            $0.groupState = group.state.rawValue
            $0.groupType = "Consumer"
        }
    }
}
