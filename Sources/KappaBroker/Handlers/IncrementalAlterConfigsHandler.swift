import KappaWire

/// Changes single settings of a topic or of the broker.
enum IncrementalAlterConfigsHandler: Handler {
    typealias Request = IncrementalAlterConfigsRequest

    static func handle(
        _ request: IncrementalAlterConfigsRequest, _ call: Call<IncrementalAlterConfigsResponse>, _ core: BrokerCore
    ) -> Outcome<IncrementalAlterConfigsResponse> {
        .answer(
            IncrementalAlterConfigsResponse { response in
                response.responses = request.resources.map { resource in
                    .init { answer in
                        answer.resourceType = resource.resourceType
                        answer.resourceName = resource.resourceName
                        let problem = ConfigChange.apply(
                            resource.configs.map(change), type: resource.resourceType, name: resource.resourceName,
                            replaces: false, validateOnly: request.validateOnly, call, core)
                        answer.errorCode = problem?.code ?? .noError
                        answer.errorMessage = problem?.words
                    }
                }
            })
    }

    private static func change(_ config: IncrementalAlterConfigsRequest.Config) -> ConfigChange {
        ConfigChange(
            name: config.name, value: config.value, operation: ConfigChange.Operation(rawValue: config.configOperation))
    }
}
