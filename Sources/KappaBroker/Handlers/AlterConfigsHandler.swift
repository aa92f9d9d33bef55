import KappaWire

/// Replaces all settings of a topic or of the broker.
enum AlterConfigsHandler: Handler {
    typealias Request = AlterConfigsRequest

    static func handle(
        _ request: AlterConfigsRequest, _ call: Call<AlterConfigsResponse>, _ core: BrokerCore
    ) -> Outcome<AlterConfigsResponse> {
        .answer(
            AlterConfigsResponse { response in
                response.responses = request.resources.map { resource in
                    .init { answer in
                        answer.resourceType = resource.resourceType
                        answer.resourceName = resource.resourceName
                        let problem = ConfigChange.apply(
                            resource.configs.map { ConfigChange(name: $0.name, value: $0.value, operation: .set) },
                            type: resource.resourceType, name: resource.resourceName, replaces: true,
                            validateOnly: request.validateOnly, call, core)
                        answer.errorCode = problem?.code ?? .noError
                        answer.errorMessage = problem?.words
                    }
                }
            })
    }
}
