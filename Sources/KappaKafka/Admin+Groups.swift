import CRdKafka
import Glibc
package import KappaCore
import KappaDirect
import KappaWire

/// A group as the list shows it.
package struct GroupListing: Sendable, Hashable {
    package var name: String
    package var state: String
}

/// A group with its members.
package struct GroupDescription: Sendable {
    package struct Member: Sendable {
        package var id: String
        package var instanceId: String?
        package var clientId: String
        package var host: String
        package var assignment: [TopicPartition]
    }

    package var name: String
    package var state: String
    package var assignor: String
    package var members: [Member]
    package var error: KafkaError?

    /// Members are there, so offsets cannot be changed under them.
    package var isActive: Bool { !members.isEmpty }
}

/// What coordinators are asked goes over the plain path: librdkafka, of every version so far, can end the program while
/// a coordinator moves or is not there yet.
extension KafkaClient {
    package func listGroups() throws(KafkaError) -> [GroupListing] {
        let groups = try asking { questions throws(ConnectionFailure) in try questions.groups() }
        // Other protocols (Connect's workers, say) have groups without places in topics.
        let consumers = groups.filter { $0.protocolType.isEmpty || $0.protocolType == "consumer" }
        return consumers.map { group in
            GroupListing(name: group.groupId, state: group.groupState.isEmpty ? "Unknown" : group.groupState)
        }.sorted { $0.name < $1.name }
    }

    package func describeGroups(_ names: [String]) throws(KafkaError) -> [GroupDescription] {
        var described: [GroupDescription] = []
        for name in names {
            let found = try asking { questions throws(ConnectionFailure) in try questions.describe(name) }
            described.append(GroupDescription(found))
        }
        return described
    }

    /// All committed places of a group.
    package func groupOffsets(_ group: String) throws(KafkaError) -> [PartitionOffset] {
        let places = try asking { questions throws(ConnectionFailure) in try questions.places(of: group) }
        return places.map { place in
            let metadata = place.metadata.flatMap { $0.isEmpty ? nil : $0 }
            return PartitionOffset(TopicPartition(place.topic, place.partition), place.offset, metadata: metadata)
        }
    }

    /// Sets a group's committed places; the group must have no members.
    package func alterGroupOffsets(_ group: String, _ offsets: [PartitionOffset]) throws(KafkaError)
        -> [PartitionOffset]
    {
        let places = offsets.map { ($0.at.topic, $0.at.partition, $0.offset, $0.metadata) }
        let refused = try asking { questions throws(ConnectionFailure) in try questions.commit(places, of: group) }
        return offsets.map { offset in
            var result = offset
            let refusal = refused.first { $0.topic == offset.at.topic && $0.partition == offset.at.partition }
            result.error = refusal.map { KafkaError($0.code, "group '\(group)': \(offset.at)") }
            return result
        }
    }

    package func deleteGroups(_ names: [String]) throws(KafkaError) -> [ItemOutcome] {
        var outcomes: [ItemOutcome] = []
        for name in names {
            let code = try asking { questions throws(ConnectionFailure) in try questions.delete(name) }
            outcomes.append(ItemOutcome(name: name, error: code.map { KafkaError($0, "group '\(name)'") }))
        }
        return outcomes
    }

    /// Lends the questions to one thread at a time; a second thread gets others.
    func asking<Answer>(
        _ body: (ClusterQuestions) throws(ConnectionFailure) -> Answer
    ) throws(KafkaError) -> Answer {
        let questions = takeQuestions()
        defer { giveBack(questions) }
        do {
            return try body(questions)
        } catch {
            throw explained(error)
        }
    }

    private func explained(_ failure: ConnectionFailure) -> KafkaError {
        if failure.isSecurity { return untrusted(failure) }
        if let code = failure.code {
            var error = KafkaError(code, "")
            error.kind = failure.kind
            error.message = "\(failure.message) (\(KafkaError(code, "").message))"
            return error
        }
        guard failure.kind == .unreachable else {
            return KafkaError(code: RD_KAFKA_RESP_ERR__FAIL.rawValue, message: failure.message)
        }
        let cause = KafkaClient.plain(failure.message, askedFor: configuration.brokers)
        let place = "the broker at \(configuration.brokers) within \(configuration.timeout.word)"
        return KafkaError(
            code: RD_KAFKA_RESP_ERR__TRANSPORT.rawValue, kind: .unreachable,
            message: "cannot reach \(place): \(cause)", hint: KafkaError.hintOnAbsence)
    }
}

extension GroupDescription {
    fileprivate init(_ group: DescribeGroupsResponse.Group) {
        name = group.groupId
        // Kafka answers so from version 6 on, where it said "Dead" before.
        let isGone = group.errorCode == .groupIdNotFound
        state = isGone || group.groupState.isEmpty ? "Dead" : group.groupState
        assignor = group.protocolData
        members = group.members.map { member in
            Member(
                id: member.memberId, instanceId: member.groupInstanceId, clientId: member.clientId,
                host: member.clientHost, assignment: ConsumerAssignment.partitions(in: member.memberAssignment))
        }
        if group.errorCode != .noError, !isGone { error = KafkaError(group.errorCode, "group '\(group.groupId)'") }
    }
}

/// The bytes in which consumers tell each other who has which partitions.
enum ConsumerAssignment {
    /// Empty where they are not to be read: what a foreign member wrote is no error of ours.
    static func partitions(in bytes: [UInt8]) -> [TopicPartition] {
        bytes.withUnsafeBytes { bytes in (try? read(WireReader(bytes))) ?? [] }
    }

    private static func read(_ wire: consuming WireReader) throws(WireError) -> [TopicPartition] {
        var reader = wire
        var partitions: [TopicPartition] = []
        _ = try reader.integer(Int16.self)
        for _ in 0..<(try count(&reader)) {
            let topic = try reader.text(Int(try reader.integer(Int16.self)))
            for _ in 0..<(try count(&reader)) {
                partitions.append(TopicPartition(topic, try reader.integer(Int32.self)))
            }
        }
        return partitions.sorted()
    }

    /// Each element takes four bytes at least.
    private static func count(_ reader: inout WireReader) throws(WireError) -> Int {
        let count = Int(try reader.integer(Int32.self))
        guard count >= 0, count <= reader.remaining / 4 else {
            throw .tooManyElements(count, index: reader.index, available: reader.remaining)
        }
        return count
    }
}
