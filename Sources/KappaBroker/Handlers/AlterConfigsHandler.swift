import KappaWire

/// Replaces all settings of a topic.
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
                        let problem = change(
                            resource.resourceType, resource.resourceName, validateOnly: request.validateOnly, core
                        ) { settings throws(TopicSettings.Problem) in
                            settings = TopicSettings()
                            for config in resource.configs { try settings.set(config.name, to: config.value) }
                        }
                        answer.errorCode = problem?.code ?? .noError
                        answer.errorMessage = problem?.words
                    }
                }
            })
    }

    /// Checks a change of a topic's settings and carries it out.
    static func change(
        _ type: Int8, _ name: String, validateOnly: Bool, _ core: BrokerCore,
        _ body: (inout TopicSettings) throws(TopicSettings.Problem) -> Void
    ) -> AdminProblem? {
        guard ConfigResource(rawValue: type) == .topic else {
            return AdminProblem(.invalidRequest, "only settings of topics can be changed while the broker runs")
        }
        guard let topic = core.topics.topics[name] else {
            return AdminProblem(.unknownTopicOrPartition, "there is no topic \(name)")
        }
        guard !topic.isInternal else { return AdminProblem(.invalidRequest, "\(name) is the broker's own") }
        var settings = topic.settings
        do {
            try body(&settings)
        } catch {
            return AdminProblem(.invalidConfig, error.words)
        }
        guard !validateOnly else { return nil }
        do {
            try core.topics.configure(topic, settings)
            return nil
        } catch {
            core.configuration.log("the settings of \(name) could not be kept: \(error)")
            return AdminProblem(.kafkaStorageError, "\(error)")
        }
    }
}
