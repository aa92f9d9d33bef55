import KappaCore
import KappaWire

enum CreateTopicsHandler: Handler {
    typealias Request = CreateTopicsRequest

    static func handle(
        _ request: CreateTopicsRequest, _ call: Call<CreateTopicsResponse>, _ core: BrokerCore
    ) -> Outcome<CreateTopicsResponse> {
        var seen: [String: Int] = [:]
        for topic in request.topics { seen[topic.name, default: 0] += 1 }
        var names = TopicNames(core.topics.topics.keys)
        var plans: [TopicStore.Plan] = []
        var response = CreateTopicsResponse()
        let mayCreateAll = call.may(.create, .cluster, core, tells: false)
        response.topics = request.topics.map { topic in
            var answer = CreateTopicsResponse.Topic()
            answer.name = topic.name
            do throws(AdminProblem) {
                if seen[topic.name] != 1 {
                    throw AdminProblem(.invalidRequest, "the topic \(topic.name) is named more than once")
                }
                guard mayCreateAll || call.may(.create, .topic(topic.name), core) else {
                    throw AdminProblem(.topicAuthorizationFailed, "Authorization failed.")
                }
                let (partitions, settings) = try check(topic, names, core)
                names.insert(topic.name)
                plans.append(.init(name: topic.name, partitions: partitions, settings: settings))
                // Who may not see settings learns no more than that the topic is made.
                if call.may(.describeConfigs, .topic(topic.name), core, tells: false) {
                    describe(partitions, settings, core, in: &answer)
                } else {
                    answer.topicConfigErrorCode = .topicAuthorizationFailed
                }
            } catch {
                answer.errorCode = error.code
                answer.errorMessage = error.words
            }
            return answer
        }
        let total = plans.reduce(0) { $0 + $1.partitions }
        // Kafka's own bound, in its own words.
        guard total <= TopicStore.mostPartitions else {
            response.refuse(.policyViolation, "Excessively large number of partitions per request.")
            return .answer(response)
        }
        guard !request.validateOnly, !plans.isEmpty else { return .answer(response) }
        // All that were found right are made together: the disk is waited for once.
        core.topics.create(plans, now: core.now, core.elsewhere) { result in
            switch result {
            case .failure(let error):
                core.complain("topics could not be created: \(error)")
                response.refuse(.kafkaStorageError, "\(error)")
            case .success:
                for index in response.topics.indices where response.topics[index].errorCode == .noError {
                    let made = core.topics.topics[response.topics[index].name]
                    response.topics[index].topicId = made?.id.wire ?? WireUUID()
                }
            }
            call.answer(response)
        }
        return .wait
    }

    private static func check(
        _ topic: CreateTopicsRequest.Topic, _ others: TopicNames, _ core: BrokerCore
    ) throws(AdminProblem) -> (Int, TopicSettings) {
        guard Topic.isValidName(topic.name) else {
            let rule = "1 to 249 letters, digits, points, underscores and hyphens"
            throw AdminProblem(.invalidTopicException, "'\(topic.name)' is not a topic name: \(rule)")
        }
        guard !Topic.isInternal(topic.name) else {
            throw AdminProblem(.invalidTopicException, "\(topic.name) is the broker's own, and made when it is needed")
        }
        guard core.topics.topics[topic.name] == nil, !core.topics.making.contains(topic.name) else {
            throw AdminProblem(.topicAlreadyExists, "Topic '\(topic.name)' already exists.")
        }
        if let other = others.collision(with: topic.name) {
            throw AdminProblem(
                .invalidTopicException, "Topic '\(topic.name)' collides with existing topic: \(other)")
        }
        let settings = try settings(of: topic)
        guard topic.assignments.isEmpty else { return (try count(topic.assignments, topic, core), settings) }
        guard topic.replicationFactor == -1 || topic.replicationFactor == 1 else {
            // Kafka's own words, for scripts that look for them.
            let factor = topic.replicationFactor
            throw AdminProblem(
                .invalidReplicationFactor,
                "Unable to replicate the partition \(factor) time(s): The target replication factor of \(factor) cannot "
                    + "be reached because only 1 broker(s) are registered.")
        }
        let partitions = topic.numPartitions == -1 ? core.configuration.defaultPartitions : topic.numPartitions
        guard (1...Int32(TopicStore.mostPartitions)).contains(partitions) else {
            throw AdminProblem(
                .invalidPartitions,
                "\(partitions) is not a number of partitions between 1 and \(TopicStore.mostPartitions)")
        }
        return (Int(partitions), settings)
    }

    private static func count(
        _ assignments: [CreateTopicsRequest.Assignment], _ topic: CreateTopicsRequest.Topic, _ core: BrokerCore
    ) throws(AdminProblem) -> Int {
        guard topic.numPartitions == -1, topic.replicationFactor == -1 else {
            throw AdminProblem(.invalidRequest, "with an assignment, partitions and replication must be -1")
        }
        guard assignments.count <= TopicStore.mostPartitions else {
            throw AdminProblem(.invalidPartitions, "a topic has at most \(TopicStore.mostPartitions) partitions")
        }
        let indexes = assignments.map { Int($0.partitionIndex) }.sorted()
        let node = core.configuration.nodeId
        guard indexes == Array(0..<assignments.count), assignments.allSatisfy({ $0.brokerIds == [node] }) else {
            throw AdminProblem(.invalidReplicaAssignment, "partitions go from 0 up, each to broker \(node)")
        }
        return assignments.count
    }

    private static func settings(of topic: CreateTopicsRequest.Topic) throws(AdminProblem) -> TopicSettings {
        var settings = TopicSettings()
        for config in topic.configs {
            do {
                try settings.set(config.name, to: config.value)
            } catch {
                throw AdminProblem(.invalidConfig, error.words)
            }
        }
        return settings
    }

    private static func describe(
        _ partitions: Int, _ settings: TopicSettings, _ core: BrokerCore, in answer: inout CreateTopicsResponse.Topic
    ) {
        answer.numPartitions = Int32(partitions)
        answer.replicationFactor = 1
        answer.configs = TopicSettings.all.map { definition in
            let levels = core.settings.levels(of: definition, on: settings)
            return .init {
                $0.name = definition.name
                $0.value = levels[0].value
                $0.configSource = levels[0].source.rawValue
            }
        }
    }
}

extension CreateTopicsResponse {
    /// None of what was found right is made.
    fileprivate mutating func refuse(_ error: ErrorCode, _ words: String) {
        for index in topics.indices where topics[index].errorCode == .noError {
            topics[index] = .init {
                $0.name = topics[index].name
                $0.errorCode = error
                $0.errorMessage = words
            }
        }
    }
}

/// Why an administrative request was refused, for the client to show.
struct AdminProblem: Error {
    var code: ErrorCode
    var words: String

    init(_ code: ErrorCode, _ words: String) {
        self.code = code
        self.words = words
    }
}
