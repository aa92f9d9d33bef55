import KappaWire

/// Changes single settings of a topic.
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
                        let problem = AlterConfigsHandler.change(
                            resource.resourceType, resource.resourceName, validateOnly: request.validateOnly, core
                        ) { settings throws(TopicSettings.Problem) in
                            for config in resource.configs { try apply(config, to: &settings) }
                        }
                        answer.errorCode = problem?.code ?? .noError
                        answer.errorMessage = problem?.words
                    }
                }
            })
    }

    /// The protocol's numbers: 0 set, 1 delete, 2 append to a list, 3 subtract from one.
    private static func apply(
        _ config: IncrementalAlterConfigsRequest.Config, to settings: inout TopicSettings
    ) throws(TopicSettings.Problem) {
        guard let definition = TopicSettings.definition(config.name) else { throw .unknown(config.name) }
        var list = settings.value(of: definition).split(separator: ",").map(String.init)
        let words = (config.value ?? "").split(separator: ",").map(String.init)
        switch config.configOperation {
        case 0: return try settings.set(config.name, to: config.value)
        case 1: return try settings.set(config.name, to: nil)
        case 2 where definition.kind == .list: list += words.filter { !list.contains($0) }
        case 3 where definition.kind == .list: list.removeAll { words.contains($0) }
        default: throw .invalid(name: config.name, value: config.value ?? "")
        }
        try settings.set(config.name, to: list.joined(separator: ","))
    }
}
