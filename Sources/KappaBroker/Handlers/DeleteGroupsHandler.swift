import KappaCore
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
                        $0.errorCode =
                            call.may(.delete, .group(id), core) ? delete(id, core) : .groupAuthorizationFailed
                    }
                }
            })
    }

    private static func delete(_ id: String, _ core: BrokerCore) -> ErrorCode {
        guard !core.reconciled.holds(id) else { return .nonEmptyGroup }
        let isReconciled = core.reconciled.groups[id] != nil
        guard let group = core.groups.groups[id] else { return isReconciled ? forget(id, core) : .groupIdNotFound }
        guard group.state == .empty else { return .nonEmptyGroup }
        let error = core.groups.delete(id)
        return error == .noError ? forget(id, core) : error
    }

    private static func forget(_ id: String, _ core: BrokerCore) -> ErrorCode {
        core.reconciled.delete(id)
        return .noError
    }
}
