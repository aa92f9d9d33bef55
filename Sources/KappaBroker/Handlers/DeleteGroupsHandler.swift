import KappaWire

enum DeleteGroupsHandler: Handler {
    typealias Request = DeleteGroupsRequest

    static func handle(
        _ request: DeleteGroupsRequest, _ call: Call<DeleteGroupsResponse>, _ core: BrokerCore
    ) -> Outcome<DeleteGroupsResponse> {
        .answer(
            DeleteGroupsResponse { response in
                response.results = request.groupsNames.map { id in
                    .init {
                        $0.groupId = id
                        $0.errorCode = delete(id, core)
                    }
                }
            })
    }

    private static func delete(_ id: String, _ core: BrokerCore) -> ErrorCode {
        guard let group = core.groups.groups[id] else { return .groupIdNotFound }
        guard group.state == .empty else { return .nonEmptyGroup }
        return core.groups.delete(id)
    }
}
