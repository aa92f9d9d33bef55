import KappaCore
import KappaWire

/// A member of a group of the new kind lives, and learns what it is to hold.
enum ConsumerGroupHeartbeatHandler: Handler {
    typealias Request = ConsumerGroupHeartbeatRequest

    static func handle(
        _ request: ConsumerGroupHeartbeatRequest, _ call: Call<ConsumerGroupHeartbeatResponse>, _ core: BrokerCore
    ) -> Outcome<ConsumerGroupHeartbeatResponse> {
        do throws(ReconciledGroup.Refusal) {
            try check(request, version: call.version)
            try authorize(request, call, core)
            let answer = try core.reconciled.heartbeat(request.groupId, beat(request, call, core))
            return .answer(
                ConsumerGroupHeartbeatResponse {
                    $0.memberId = answer.memberId
                    $0.memberEpoch = answer.epoch
                    $0.heartbeatIntervalMs = ReconciledGroupStore.heartbeatMilliseconds
                    $0.assignment = answer.assignment.map { assignment($0, core) }
                })
        } catch {
            return .answer(
                ConsumerGroupHeartbeatResponse {
                    $0.errorCode = error.code
                    $0.errorMessage = error.words
                })
        }
    }

    private static func check(
        _ request: ConsumerGroupHeartbeatRequest, version: Int16
    ) throws(ReconciledGroup.Refusal) {
        func refuse(_ words: String) -> ReconciledGroup.Refusal { .init(code: .invalidRequest, words: words) }
        guard !request.groupId.isEmpty else { throw refuse("GroupId can't be empty.") }
        guard request.instanceId != "" else { throw refuse("InstanceId can't be empty.") }
        // Version 0 lets the broker think of an id.
        guard !request.memberId.isEmpty || (version == 0 && request.memberEpoch == 0) else {
            throw refuse("MemberId can't be empty.")
        }
        if request.memberEpoch == 0 {
            guard request.rebalanceTimeoutMs > 0 else {
                throw refuse("RebalanceTimeoutMs must be provided in first request.")
            }
            guard request.topicPartitions?.isEmpty == true else {
                throw refuse("TopicPartitions must be empty when (re-)joining.")
            }
            guard request.subscribedTopicNames != nil || request.subscribedTopicRegex?.isEmpty == false else {
                throw refuse("SubscribedTopicNames or SubscribedTopicRegex must be set in first request.")
            }
        }
        if request.memberEpoch == ReconciledGroup.awayEpoch, request.instanceId == nil {
            throw refuse("InstanceId can't be null.")
        }
        if let name = request.serverAssignor, ReconciledGroup.Assignor(rawValue: name) == nil {
            let known = ReconciledGroup.Assignor.allCases.map(\.rawValue).joined(separator: ", ")
            throw .init(
                code: .unsupportedAssignor,
                words: "ServerAssignor \(name) is not supported. Supported assignors: \(known).")
        }
        if let pattern = request.subscribedTopicRegex, !pattern.isEmpty, LinearPattern(pattern) == nil {
            throw .init(
                code: .invalidRegularExpression,
                words: "SubscribedTopicRegex `\(pattern)` is not a valid regular expression.")
        }
    }

    private static func authorize(
        _ request: ConsumerGroupHeartbeatRequest, _ call: Call<ConsumerGroupHeartbeatResponse>, _ core: BrokerCore
    ) throws(ReconciledGroup.Refusal) {
        guard call.may(.read, .group(request.groupId), core) else {
            throw .init(code: .groupAuthorizationFailed, words: "Not authorized to access group: \(request.groupId)")
        }
        let denied = (request.subscribedTopicNames ?? []).filter { !call.may(.describe, .topic($0), core) }
        guard denied.isEmpty else {
            throw .init(
                code: .topicAuthorizationFailed,
                words: "Not authorized to access topics: [\(denied.sorted().joined(separator: ", "))]")
        }
    }

    private static func beat(
        _ request: ConsumerGroupHeartbeatRequest, _ call: Call<ConsumerGroupHeartbeatResponse>, _ core: BrokerCore
    ) -> ReconciledGroup.Beat {
        let id = request.memberId.isEmpty ? TopicId.random().wire.description : request.memberId
        var beat = ReconciledGroup.Beat(memberId: id, epoch: request.memberEpoch)
        beat.instanceId = request.instanceId
        beat.rackId = request.rackId
        beat.clientId = call.clientName
        beat.clientHost = "/\(call.clientHost)"
        beat.mayDescribe = { [client = call.client, unowned core] in
            core.allows(.describe, .topic($0), client, tells: false)
        }
        beat.rebalanceMilliseconds = Int64(request.rebalanceTimeoutMs)
        beat.topicNames = request.subscribedTopicNames
        beat.pattern = request.subscribedTopicRegex
        beat.assignor = request.serverAssignor
        beat.owned = request.topicPartitions.map { topics in
            var owned: Set<ReconciledGroup.Place> = []
            for topic in topics {
                guard let name = core.topics.topic(topic.topicId)?.name else { continue }
                for index in topic.partitions { owned.insert(.init(topic: name, index: index)) }
            }
            return owned
        }
        return beat
    }

    private static func assignment(
        _ places: Set<ReconciledGroup.Place>, _ core: BrokerCore
    ) -> ConsumerGroupHeartbeatResponse.Assignment {
        .init { assignment in
            let topics = Dictionary(grouping: places, by: \.topic).sorted { $0.key < $1.key }
            assignment.topicPartitions = topics.compactMap { name, places in
                guard let topic = core.topics.topics[name] else { return nil }
                return .init {
                    $0.topicId = topic.id.wire
                    $0.partitions = places.map(\.index).sorted()
                }
            }
        }
    }
}
