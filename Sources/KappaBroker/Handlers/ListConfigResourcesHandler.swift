import KappaCore
import KappaWire

/// Names what has settings: topics and the broker. Version 0 asks for client metrics, of which there are none.
enum ListConfigResourcesHandler: Handler {
    typealias Request = ListConfigResourcesRequest

    static func handle(
        _ request: ListConfigResourcesRequest, _ call: Call<ListConfigResourcesResponse>, _ core: BrokerCore
    ) -> Outcome<ListConfigResourcesResponse> {
        guard call.may(.describeConfigs, .cluster, core) else {
            return .answer(ListConfigResourcesResponse { $0.errorCode = .clusterAuthorizationFailed })
        }
        guard call.version > 0 else { return .answer(ListConfigResourcesResponse()) }
        let all: [(kind: ConfigResource, names: [String])] = [
            (.topic, core.topics.names), (.broker, [String(core.configuration.nodeId)]),
        ]
        let wanted = all.filter { request.resourceTypes.isEmpty || request.resourceTypes.contains($0.kind.rawValue) }
        return .answer(
            ListConfigResourcesResponse { response in
                response.configResources = wanted.flatMap { kind, names in
                    names.map { name in
                        .init {
                            $0.resourceName = name
                            $0.resourceType = kind.rawValue
                        }
                    }
                }
            })
    }
}
