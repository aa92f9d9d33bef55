import KappaWire

/// Which topics there are and who leads them: always this broker.
enum MetadataHandler: Handler {
    typealias Request = MetadataRequest

    static func handle(
        _ request: MetadataRequest, _ call: Call<MetadataResponse>, _ core: BrokerCore
    ) -> Outcome<MetadataResponse> {
        // Null means all; so did an empty list in version 0, which knew no null.
        let asksForAll = request.topics == nil || (call.version == 0 && request.topics!.isEmpty)
        let names = asksForAll ? core.topics.names : request.topics!.map(\.name)
        let mayCreate = core.configuration.autoCreatesTopics && (call.version < 4 || request.allowAutoTopicCreation)
        let missing = mayCreate && !asksForAll ? missing(names, core) : []
        guard !missing.isEmpty else { return .answer(answer(names, core)) }
        let plans = missing.map {
            TopicStore.Plan(name: $0, partitions: Int(core.configuration.defaultPartitions))
        }
        core.topics.create(plans, now: core.now, core.elsewhere) { result in
            guard case .failure(let error) = result else { return call.answer(answer(names, core)) }
            core.complain("topics could not be created: \(error)")
            call.answer(answer(names, core, of: Set(missing), failed: .kafkaStorageError))
        }
        return .wait
    }

    /// Topics that are to be made for whoever asks of them: not more of them at once than any client means.
    private static func missing(_ names: [String], _ core: BrokerCore) -> [String] {
        var missing: [String] = []
        for name in names where core.topics.topics[name] == nil && Topic.isValidName(name) {
            if Topic.isInternal(name) { _ = try? core.internalPartition(name) }
            guard core.topics.topics[name] == nil, !core.topics.making.contains(name), missing.count < mostMade else {
                continue
            }
            if !missing.contains(name) { missing.append(name) }
        }
        return missing
    }

    private static let mostMade = 100

    private static func answer(
        _ names: [String], _ core: BrokerCore, of failing: Set<String> = [], failed: ErrorCode? = nil
    ) -> MetadataResponse {
        MetadataResponse { response in
            response.brokers = [
                .init {
                    $0.nodeId = BrokerCore.nodeId
                    $0.host = core.advertised.host
                    $0.port = Int32(core.advertised.port)
                }
            ]
            response.clusterId = core.topics.clusterId
            response.controllerId = BrokerCore.nodeId
            response.topics = names.map { describe($0, core, failed: failing.contains($0) ? failed : nil) }
        }
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
        answer.isInternal = topic.isInternal
        answer.partitions = topic.partitions.map { partition in
            .init {
                $0.partitionIndex = partition.index
                $0.leaderId = BrokerCore.nodeId
                $0.leaderEpoch = 0
                $0.replicaNodes = [BrokerCore.nodeId]
                $0.isrNodes = [BrokerCore.nodeId]
            }
        }
        return answer
    }
}
