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
        return .answer(
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
                response.topics = names.map { describe($0, core, mayCreate: mayCreate && !asksForAll) }
            })
    }

    private static func describe(_ name: String, _ core: BrokerCore, mayCreate: Bool) -> MetadataResponse.Topic {
        var answer = MetadataResponse.Topic()
        answer.name = name
        guard Topic.isValidName(name) else {
            answer.errorCode = .invalidTopicException
            return answer
        }
        let found = core.topics.topics[name] ?? (mayCreate ? create(name, core) : nil)
        guard let topic = found else {
            answer.errorCode = .unknownTopicOrPartition
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

    private static func create(_ name: String, _ core: BrokerCore) -> Topic? {
        do {
            if name == Topic.offsets || name == Topic.transactions {
                _ = try core.internalPartition(name)
                return core.topics.topics[name]
            }
            let count = Int(core.configuration.defaultPartitions)
            return try core.topics.create(name, partitions: count, settings: TopicSettings(), now: core.now)
        } catch {
            core.configuration.log("the topic \(name) could not be created: \(error)")
            return nil
        }
    }
}
