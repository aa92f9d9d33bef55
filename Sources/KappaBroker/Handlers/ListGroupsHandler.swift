import KappaWire

enum ListGroupsHandler: Handler {
    typealias Request = ListGroupsRequest

    static func handle(
        _ request: ListGroupsRequest, _ call: Call<ListGroupsResponse>, _ core: BrokerCore
    ) -> Outcome<ListGroupsResponse> {
        let wanted = Set(request.statesFilter.map { $0.lowercased() })
        return .answer(
            ListGroupsResponse { response in
                response.groups = core.groups.groups.values.sorted { $0.id < $1.id }
                    .filter { wanted.isEmpty || wanted.contains($0.state.rawValue.lowercased()) }
                    .map { group in
                        .init {
                            $0.groupId = group.id
                            $0.protocolType = group.protocolType ?? ""
                            $0.groupState = group.state.rawValue
                        }
                    }
            })
    }
}
