package import KappaCore
package import KappaKafka

/// Where the places of a group are moved to.
package enum GroupTarget: Sendable, Equatable {
    case start
    case end
    case offset(Int64)
    case shifted(Int64)
    case time(Timestamp)
}

/// `monitoring` or `monitoring:0,1`.
package struct TopicSelection: Sendable, Equatable {
    package var topic: String
    package var partitions: [Int32]?

    package init(topic: String, partitions: [Int32]?) {
        self.topic = topic
        self.partitions = partitions
    }
}

/// Moves the places of a group that has no members.
package struct GroupMove {
    private let group: String
    private let client: KafkaClient
    package let committed: [PartitionOffset]

    package init(_ group: String, _ client: KafkaClient) throws {
        self.group = group
        self.client = client
        committed = try client.groupOffsets(group)
    }

    package func refuseActive() throws {
        guard let members = try client.describeGroups([group]).first?.members, !members.isEmpty else { return }
        throw JobFailure(
            "group '\(group)' has \(members.count == 1 ? "a member" : "\(members.count) members"), so its offsets cannot be reset",
            hint: "stop them first: \(Set(members.map(\.host)).sorted().joined(separator: ", "))")
    }

    /// The places to move: those selected, or all that the group has committed.
    package func places(_ selected: [TopicSelection]) throws -> [TopicPartition] {
        guard !selected.isEmpty else { return committed.map(\.at).sorted() }
        return try selected.flatMap { selection in
            let all = try client.partitions(of: selection.topic)
            guard let numbers = selection.partitions else { return all }
            for number in numbers where !all.contains(where: { $0.partition == number }) {
                throw JobFailure("topic '\(selection.topic)' has no partition \(number)")
            }
            return all.filter { numbers.contains($0.partition) }
        }
    }

    /// Where each place comes to stand; one beyond what the log holds is moved to its edge, and that is told.
    package func resolve(_ target: GroupTarget, _ places: [TopicPartition], voice: Voice) throws -> [PartitionOffset] {
        try places.map { at in
            let marks = try client.watermarks(at)
            let current = committed.first { $0.at == at }?.offset ?? marks.low
            let offset: Int64
            switch target {
            case .start: offset = marks.low
            case .end: offset = marks.high
            case .offset(let number): offset = number
            case .shifted(let number): offset = current + number
            case .time(let time):
                let found = try client.offsets(atOrAfter: time, in: [at]).first?.offset ?? PartitionOffset.none
                offset = found >= 0 ? found : marks.high
            }
            let held = min(max(offset, marks.low), marks.high)
            if held != offset {
                voice.warning(
                    "\(at): the log holds \(marks.low) to \(marks.high); \(held) is taken for \(offset)")
            }
            return PartitionOffset(at, held)
        }
    }

    package func perform(_ wanted: [PartitionOffset]) throws {
        for outcome in try client.alterGroupOffsets(group, wanted) {
            guard let error = outcome.error else { continue }
            guard error.code == KafkaError.unknownMember else { throw error }
            throw JobFailure(
                "group '\(group)' was not reset: it has members (of the newer protocol, or that joined just now)",
                hint: "stop them first")
        }
    }
}
