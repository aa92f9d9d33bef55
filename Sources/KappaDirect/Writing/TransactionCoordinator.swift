import KappaCore
import KappaWire

/// The questions of a transaction to its coordinator, and to that of the group whose offsets it commits.
final class TransactionCoordinator {
    private let settings: TransactionSettings
    /// Anybody who can say where the coordinators are.
    private let brokers: [BrokerAddress]
    private var connections: [BrokerAddress: BrokerConnection] = [:]
    private var homes: [Home: BrokerAddress] = [:]
    private(set) var producerId: Int64 = -1
    private(set) var producerEpoch: Int16 = -1

    private struct Home: Hashable {
        var key: String
        /// What Kafka calls the type: 0 for a group, 1 for a transactional id.
        var type: Int8
    }

    init(_ settings: TransactionSettings, brokers: [BrokerAddress]) {
        self.settings = settings
        self.brokers = brokers
    }

    /// Fences older writers of the same name and ends what they left open.
    func begin() throws(ConnectionFailure) {
        var request = InitProducerIdRequest()
        request.transactionalId = settings.transactionalId
        request.transactionTimeoutMs = Int32(clamping: settings.timeout.wholeMilliseconds)
        var answer = InitProducerIdResponse()
        try repeating("beginning", own, settings.stop) { connection throws(ConnectionFailure) in
            answer = try connection.ask(request)
            return answer.errorCode
        }
        (producerId, producerEpoch) = (answer.producerId, answer.producerEpoch)
    }

    /// Makes partitions part of the transaction; comes before anything is written to them.
    func add(_ partitions: [(topic: String, partition: Int32)]) throws(ConnectionFailure) {
        var request = AddPartitionsToTxnRequest()
        request.transactionalId = settings.transactionalId
        (request.producerId, request.producerEpoch) = (producerId, producerEpoch)
        request.topics = partitions.grouped(byTopic: \.topic).map { name, partitions in
            var topic = AddPartitionsToTxnRequest.V3AndBelowTopic()
            topic.name = name
            topic.partitions = partitions.map(\.partition)
            return topic
        }
        try repeating("adding partitions", own) { connection throws(ConnectionFailure) in
            try connection.ask(request).resultsByTopic.flatMap(\.resultsByPartition).map(\.partitionErrorCode).worst
        }
    }

    /// Makes a group's places part of the transaction.
    func send(_ places: [CommittedPlace], of group: GroupPlace) throws(ConnectionFailure) {
        var announcement = AddOffsetsToTxnRequest()
        announcement.transactionalId = settings.transactionalId
        (announcement.producerId, announcement.producerEpoch) = (producerId, producerEpoch)
        announcement.groupId = group.group
        try repeating("adding offsets", own) { connection throws(ConnectionFailure) in
            try connection.ask(announcement).errorCode
        }
        var request = TxnOffsetCommitRequest()
        request.transactionalId = settings.transactionalId
        request.groupId = group.group
        (request.producerId, request.producerEpoch) = (producerId, producerEpoch)
        (request.generationId, request.memberId, request.groupInstanceId) = (
            group.generation, group.member, group.instance
        )
        request.topics = places.grouped(byTopic: \.topic).map { name, places in
            var topic = TxnOffsetCommitRequest.Topic()
            topic.name = name
            topic.partitions = places.map { place in
                var partition = TxnOffsetCommitRequest.Partition()
                partition.partitionIndex = place.partition
                partition.committedOffset = place.offset
                partition.committedMetadata = place.metadata
                return partition
            }
            return topic
        }
        try repeating("sending offsets", Home(key: group.group, type: 0)) { connection throws(ConnectionFailure) in
            // From version 3 on the member is in it; without it a zombie would not be found out.
            try connection.ask(request, from: 3).topics.flatMap(\.partitions).map(\.errorCode).worst
        }
    }

    /// The transaction's end. One that is not to be committed is left to the next writer of the name.
    func commit() throws(ConnectionFailure) {
        let request = commitment
        try repeating("ending", own) { connection throws(ConnectionFailure) in
            try connection.ask(request).errorCode
        }
    }

    /// Sends the word to commit, and waits for nothing.
    func sendCommit() throws(ConnectionFailure) {
        let connection = try connected(to: try home(own))
        try connection.send(commitment, version: try connection.version(of: EndTxnRequest.self))
    }

    private var commitment: EndTxnRequest {
        var request = EndTxnRequest()
        request.transactionalId = settings.transactionalId
        (request.producerId, request.producerEpoch) = (producerId, producerEpoch)
        request.committed = true
        return request
    }

    // MARK: Asking

    private var own: Home { Home(key: settings.transactionalId, type: 1) }

    /// Asks again for as long as the broker is still busy with what was before.
    private func repeating(
        _ step: String, _ home: Home, _ stop: StopSignal = .never,
        _ ask: (BrokerConnection) throws(ConnectionFailure) -> ErrorCode
    ) throws(ConnectionFailure) {
        let deadline = ContinuousClock.now + settings.patience
        var pauses = BackOff(from: .milliseconds(2), to: .milliseconds(100))
        while true {
            let code = try ask(try connected(to: try self.home(home)))
            if code == .noError { return }
            if code == .notCoordinator || code == .coordinatorNotAvailable { homes[home] = nil }
            guard TransactionCoordinator.passes(code), ContinuousClock.now < deadline else {
                throw ConnectionFailure(
                    "the transaction '\(settings.transactionalId)', \(step): \(code.name)", code: code)
            }
            if stop.wait(pauses.pause()) { throw ConnectionFailure.stopped(stop) }
        }
    }

    fileprivate static func passes(_ code: ErrorCode) -> Bool {
        switch code {
        case .concurrentTransactions, .coordinatorLoadInProgress, .coordinatorNotAvailable, .notCoordinator: true
        default: false
        }
    }

    private func home(_ home: Home) throws(ConnectionFailure) -> BrokerAddress {
        if let known = homes[home] { return known }
        var request = FindCoordinatorRequest()
        (request.key, request.keyType) = (home.key, home.type)
        var trouble = ConnectionFailure("no broker is known", kind: .unreachable)
        for broker in brokers {
            do throws(ConnectionFailure) {
                let answer = try connected(to: broker).ask(request, from: 1)
                // One that has not made up its mind yet is asked again, like one that is busy.
                if TransactionCoordinator.passes(answer.errorCode) { return broker }
                guard answer.errorCode == .noError else {
                    throw ConnectionFailure(
                        "\(broker): the coordinator of '\(home.key)': \(answer.errorCode.name)",
                        code: answer.errorCode)
                }
                let found = BrokerAddress(host: answer.host, port: Int(answer.port))
                homes[home] = found
                return found
            } catch {
                trouble = error
            }
        }
        throw trouble
    }

    private func connected(to broker: BrokerAddress) throws(ConnectionFailure) -> BrokerConnection {
        if let known = connections[broker], !known.isStale { return known }
        let made = try BrokerConnection(
            broker, clientId: settings.clientId, signIn: settings.signIn, patience: settings.patience)
        try made.negotiate()
        connections[broker] = made
        return made
    }
}

extension Sequence {
    /// As requests have them: each topic once, with what belongs to it.
    func grouped(byTopic topic: (Element) -> String) -> [(topic: String, elements: [Element])] {
        Dictionary(grouping: self, by: topic).map { ($0.key, $0.value) }
    }
}

extension [ErrorCode] {
    /// The one to go by: whatever is not merely a matter of time, then what is. 'Not attempted' is what the others are
    /// told when one of them is wrong.
    fileprivate var worst: ErrorCode {
        let wrong = filter { $0 != .noError }
        let decisive = wrong.first { !TransactionCoordinator.passes($0) && $0 != .operationNotAttempted }
        return decisive ?? wrong.first { $0 != .operationNotAttempted } ?? wrong.first ?? .noError
    }
}
