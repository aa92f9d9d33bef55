import KappaWire

/// Which topics there are and who leads them: always this broker.
enum MetadataHandler: Handler {
    typealias Request = MetadataRequest

    static func handle(
        _ request: MetadataRequest, _ call: Call<MetadataResponse>, _ core: BrokerCore
    ) -> Outcome<MetadataResponse> {
        // Null means all; so did an empty list in version 0, which knew no null.
        let asksForAll = request.topics == nil || (call.version == 0 && request.topics!.isEmpty)
        let mayCreate = core.configuration.autoCreatesTopics && (call.version < 4 || request.allowAutoTopicCreation)
        let wanted: [Wanted] =
            asksForAll
            ? core.topics.names.map { .name($0) }
            : request.topics!.map { topic in topic.name.map { .name($0) } ?? .id(topic.topicId) }
        let missing = mayCreate && !asksForAll ? missing(request.topics!.compactMap(\.name), core) : []
        guard !missing.isEmpty else { return .answer(answer(wanted, core)) }
        let plans = missing.map {
            TopicStore.Plan(name: $0, partitions: Int(core.configuration.defaultPartitions))
        }
        core.topics.create(plans, now: core.now, core.elsewhere) { result in
            guard case .failure(let error) = result else { return call.answer(answer(wanted, core)) }
            core.complain("topics could not be created: \(error)")
            call.answer(answer(wanted, core, of: Set(missing), failed: .kafkaStorageError))
        }
        return .wait
    }

    /// Topics that are to be made for whoever asks of them: not more of them at once than any client means.
    private static func missing(_ names: [String], _ core: BrokerCore) -> [String] {
        var missing: [String] = []
        let others = TopicNames(core.topics.topics.keys)
        for name in names where core.topics.topics[name] == nil && Topic.isValidName(name) {
            if Topic.isInternal(name) { _ = try? core.internalPartition(name) }
            guard core.topics.topics[name] == nil, !core.topics.making.contains(name), missing.count < mostMade else {
                continue
            }
            if !missing.contains(name), others.collision(with: name) == nil { missing.append(name) }
        }
        return missing
    }

    private static let mostMade = 100

    private static func answer(
        _ wanted: [Wanted], _ core: BrokerCore, of failing: Set<String> = [], failed: ErrorCode? = nil
    ) -> MetadataResponse {
        MetadataResponse { response in
            response.brokers = [
                .init {
                    $0.nodeId = core.configuration.nodeId
                    $0.host = core.advertised.host
                    $0.port = Int32(core.advertised.port)
                }
            ]
            response.clusterId = core.topics.clusterId
            response.controllerId = core.configuration.nodeId
            response.topics = wanted.map { wanted in
                switch wanted {
                case .name(let name): describe(name, core, failed: failing.contains(name) ? failed : nil)
                case .id(let id): describe(id, core)
                }
            }
        }
    }

    /// What a topic is asked for by.
    private enum Wanted {
        case name(String)
        case id(WireUUID)
    }

    private static func describe(_ id: WireUUID, _ core: BrokerCore) -> MetadataResponse.Topic {
        guard let topic = core.topics.topic(id) else {
            return .init {
                $0.errorCode = .unknownTopicId
                $0.name = nil
                $0.topicId = id
            }
        }
        return describe(topic.name, core, failed: nil)
    }

    private static func describe(_ name: String, _ core: BrokerCore, failed: ErrorCode?) -> MetadataResponse.Topic {
        var answer = MetadataResponse.Topic()
        answer.name = name
        guard Topic.isValidName(name) else {
            answer.errorCode = .invalidTopicException
            return answer
        }
        guard let topic = core.topics.topics[name] else {
            answer.errorCode = failed ?? .unknownTopicOrPartition
            return answer
        }
        answer.topicId = topic.id.wire
        answer.isInternal = topic.isInternal
        answer.partitions = topic.partitions.map { partition in
            .init {
                $0.partitionIndex = partition.index
                $0.leaderId = core.configuration.nodeId
                $0.leaderEpoch = 0
                $0.replicaNodes = [core.configuration.nodeId]
                $0.isrNodes = [core.configuration.nodeId]
            }
        }
        return answer
    }
}
