import Glibc
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
            return TopicSettings.all.map { describe($0, topic.settings, request) }
        case .broker:
            guard resource.resourceName.isEmpty || resource.resourceName == String(BrokerCore.nodeId) else {
                throw AdminProblem(.invalidRequest, "there is no broker \(resource.resourceName)")
            }
            return brokerEntries(core)
        case nil:
            throw AdminProblem(.invalidRequest, "settings of kind \(resource.resourceType) are not kept here")
        }
    }

    private static func describe(
        _ definition: TopicSettings.Definition, _ settings: TopicSettings, _ request: DescribeConfigsRequest
    ) -> DescribeConfigsResponse.Config {
        .init {
            $0.name = definition.name
            $0.value = settings.value(of: definition)
            $0.configSource = settings.source(of: definition)
            $0.configType = definition.kind.rawValue
            if request.includeDocumentation { $0.documentation = definition.documentation }
            if request.includeSynonyms {
                let name = definition.name
                let initial = definition.initial
                $0.synonyms = [
                    .init {
                        $0.name = name
                        $0.value = initial
                        $0.source = TopicSettings.defaultSource
                    }
                ]
            }
        }
    }

    /// Whoever asks stands in another folder.
    private static func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func brokerEntries(_ core: BrokerCore) -> [DescribeConfigsResponse.Config] {
        let configuration = core.configuration
        let values = [
            ("auto.create.topics.enable", String(configuration.autoCreatesTopics)),
            ("broker.id", String(BrokerCore.nodeId)),
            ("default.replication.factor", "1"),
            ("group.initial.rebalance.delay.ms", "0"),
            ("group.max.session.timeout.ms", String(configuration.maximumSessionMilliseconds)),
            ("group.min.session.timeout.ms", String(configuration.minimumSessionMilliseconds)),
            ("kappa.version", configuration.version),
            ("log.dirs", absolute(configuration.dataDirectory)),
            ("num.partitions", String(configuration.defaultPartitions)),
            ("transaction.max.timeout.ms", String(configuration.maximumTransactionMilliseconds)),
        ]
        return values.map { name, value in
            .init {
                $0.name = name
                $0.value = value
                $0.readOnly = true
                $0.configSource = 4
            }
        }
    }
}

/// What settings belong to, by the protocol's numbers.
enum ConfigResource: Int8 {
    case topic = 2
    case broker = 4
}

extension TopicSettings {
    static let defaultSource: Int8 = 5

    /// By the protocol's numbers: 1 for a value set on the topic, 5 for the default.
    func source(of definition: Definition) -> Int8 {
        overrides[definition.name] == nil ? TopicSettings.defaultSource : 1
    }
}
