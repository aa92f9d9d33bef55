import KappaCore
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
            ? core.topics.names.filter { call.may(.describe, .topic($0), core, tells: false) }.map { .name($0) }
            : request.topics!.map { topic in topic.name.map { .name($0) } ?? .id(topic.topicId) }
        let asking = Asking(request: request, call: call, core: core)
        let missing = mayCreate && !asksForAll ? missing(asking.seen(request.topics!.compactMap(\.name)), core) : []
        let (made, denied) = asking.creatable(missing)
        guard !made.isEmpty else {
            return .answer(asking.answer(wanted, of: denied, failed: .topicAuthorizationFailed))
        }
        let plans = made.map {
            TopicStore.Plan(name: $0, partitions: Int(core.configuration.defaultPartitions))
        }
        core.topics.create(plans, now: core.now, core.elsewhere) { result in
            guard case .failure(let error) = result else {
                return call.answer(asking.answer(wanted, of: denied, failed: .topicAuthorizationFailed))
            }
            core.complain("topics could not be created: \(error)")
            call.answer(asking.answer(wanted, of: Set(made), failed: .kafkaStorageError))
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

    /// What a topic is asked for by.
    fileprivate enum Wanted {
        case name(String)
        case id(WireUUID)
    }
}

/// One request and what its client may see.
private struct Asking {
    let request: MetadataRequest
    let call: Call<MetadataResponse>
    let core: BrokerCore

    func seen(_ names: [String]) -> [String] {
        core.access == nil ? names : names.filter { call.may(.describe, .topic($0), core) }
    }

    /// Of topics that are not there, those that the client may make, and those that it may not.
    func creatable(_ names: [String]) -> ([String], denied: Set<String>) {
        guard core.access != nil, !call.may(.create, .cluster, core, tells: false) else { return (names, []) }
        let made = names.filter { call.may(.create, .topic($0), core) }
        return (made, Set(names).subtracting(made))
    }

    func answer(
        _ wanted: [MetadataHandler.Wanted], of failing: Set<String> = [], failed: ErrorCode? = nil
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
            if request.includeClusterAuthorizedOperations {
                response.clusterAuthorizedOperations = core.operationsOnCluster(by: call.client)
            }
            response.topics = wanted.map { wanted in
                switch wanted {
                case .name(let name): describe(name, failed: failing.contains(name) ? failed : nil)
                case .id(let id): describe(id)
                }
            }
        }
    }

    private func describe(_ id: WireUUID) -> MetadataResponse.Topic {
        guard let topic = core.topics.topic(id) else { return unnamed(id, .unknownTopicId) }
        // What the id stands for must not be learnt, that it stands for something may.
        guard call.may(.describe, .topic(topic.name), core) else { return unnamed(id, .topicAuthorizationFailed) }
        return describe(topic.name, failed: nil)
    }

    private func unnamed(_ id: WireUUID, _ error: ErrorCode) -> MetadataResponse.Topic {
        .init {
            $0.errorCode = error
            $0.name = nil
            $0.topicId = id
        }
    }

    private func describe(_ name: String, failed: ErrorCode?) -> MetadataResponse.Topic {
        var answer = MetadataResponse.Topic()
        answer.name = name
        guard call.may(.describe, .topic(name), core) else {
            answer.errorCode = .topicAuthorizationFailed
            return answer
        }
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
        if request.includeTopicAuthorizedOperations {
            answer.topicAuthorizedOperations = core.operations(on: .topic(name), by: call.client)
        }
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
