import KappaCore
import KappaWire

enum DescribeConfigsHandler: Handler {
    typealias Request = DescribeConfigsRequest

    static func handle(
        _ request: DescribeConfigsRequest, _ call: Call<DescribeConfigsResponse>, _ core: BrokerCore
    ) -> Outcome<DescribeConfigsResponse> {
        .answer(
            DescribeConfigsResponse { response in
                response.results = request.resources.map { resource in
                    .init { answer in
                        answer.resourceType = resource.resourceType
                        answer.resourceName = resource.resourceName
                        do throws(AdminProblem) {
                            try ConfigResource.require(
                                .describeConfigs, resource.resourceType, resource.resourceName, call, core)
                            let all = try entries(resource, request, core)
                            let wanted = resource.configurationKeys.map(Set.init)
                            answer.configs = all.filter { wanted?.contains($0.name) ?? true }
                        } catch {
                            answer.errorCode = error.code
                            answer.errorMessage = error.words
                        }
                    }
                }
            })
    }

    private static func entries(
        _ resource: DescribeConfigsRequest.Resource, _ request: DescribeConfigsRequest, _ core: BrokerCore
    ) throws(AdminProblem) -> [DescribeConfigsResponse.Config] {
        switch ConfigResource(rawValue: resource.resourceType) {
        case .topic:
            guard let topic = core.topics.topics[resource.resourceName] else {
                throw AdminProblem(.unknownTopicOrPartition, "there is no topic \(resource.resourceName)")
            }
            return TopicSettings.all.map {
                describe($0, as: $0.name, core.settings.levels(of: $0, on: topic.settings), request)
            }
        case .broker: return try brokerEntries(resource.resourceName, request, core)
        case nil:
            throw AdminProblem(.invalidRequest, "settings of kind \(resource.resourceType) are not kept here")
        }
    }

    /// An empty name asks for what was set for all brokers, and for nothing else.
    private static func brokerEntries(
        _ name: String, _ request: DescribeConfigsRequest, _ core: BrokerCore
    ) throws(AdminProblem) -> [DescribeConfigsResponse.Config] {
        guard !name.isEmpty else {
            let set = core.settings.values[.cluster] ?? [:]
            return BrokerSettings.changeable.filter { set[$0.brokerName] != nil }.map { definition in
                let levels = core.settings.levels(of: definition).filter { $0.source != .broker }
                return describe(definition, as: definition.brokerName, levels, request)
            }
        }
        try ConfigResource.requireBroker(name, core)
        let changeable = BrokerSettings.changeable.map {
            describe($0, as: $0.brokerName, core.settings.levels(of: $0), request)
        }
        return changeable + BrokerSettings.fixed(core).map { describe($0, request) }
    }

    private static func describe(
        _ definition: SettingDefinition, as name: String, _ levels: [BrokerSettings.Level],
        _ request: DescribeConfigsRequest
    ) -> DescribeConfigsResponse.Config {
        .init {
            $0.name = name
            $0.value = levels[0].value
            $0.configSource = levels[0].source.rawValue
            $0.configType = definition.kind.rawValue
            if request.includeDocumentation { $0.documentation = definition.documentation }
            if request.includeSynonyms { $0.synonyms = levels.map(synonym) }
        }
    }

    private static func describe(
        _ fixed: BrokerSettings.Level, _ request: DescribeConfigsRequest
    ) -> DescribeConfigsResponse.Config {
        .init {
            $0.name = fixed.name
            $0.value = fixed.value
            $0.readOnly = true
            $0.configSource = fixed.source.rawValue
            $0.configType = SettingDefinition.Kind.string.rawValue
            if request.includeSynonyms { $0.synonyms = [synonym(fixed)] }
        }
    }

    private static func synonym(_ level: BrokerSettings.Level) -> DescribeConfigsResponse.Synonym {
        .init {
            $0.name = level.name
            $0.value = level.value
            $0.source = level.source.rawValue
        }
    }
}

/// What settings belong to, by the protocol's numbers.
enum ConfigResource: Int8 {
    case topic = 2
    case broker = 4

    /// Kinds that are not kept here are refused later, for what they are.
    static func require<Response>(
        _ operation: AccessOperation, _ type: Int8, _ name: String, _ call: Call<Response>, _ core: BrokerCore
    ) throws(AdminProblem) {
        switch ConfigResource(rawValue: type) {
        case .topic:
            guard call.may(operation, .topic(name), core) else {
                throw AdminProblem(.topicAuthorizationFailed, "Authorization failed.")
            }
        case .broker, nil:
            guard call.may(operation, .cluster, core) else {
                throw AdminProblem(.clusterAuthorizationFailed, "Authorization failed.")
            }
        }
    }

    static func requireBroker(_ name: String, _ core: BrokerCore) throws(AdminProblem) {
        guard name == String(core.configuration.nodeId) else {
            throw AdminProblem(
                .invalidRequest, "Unexpected broker id, expected \(core.configuration.nodeId), but received \(name)")
        }
    }
}
