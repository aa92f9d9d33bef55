package import KappaCore
package import KappaKafka

/// How far a group is behind, partition by partition.
package struct GroupLag {
    package struct Row {
        package var at: TopicPartition
        /// Nil where the group has no place yet.
        package var current: Int64?
        package var end: Int64
        package var member: String?
        package var host: String?
        var clientId: String?

        /// Records that are still to come; without a place, all that the log holds.
        package var lag: Int64
    }

    package var state: String
    package var rows: [Row]
    package var members: Int

    package var total: Int64 { rows.reduce(0) { $0 + $1.lag } }

    /// The places of the group and the partitions of its members.
    package init(_ group: String, _ client: KafkaClient) throws {
        let described = try client.describeGroups([group]).first
        if let error = described?.error { throw error }
        state = described?.state ?? "Dead"
        members = described?.members.count ?? 0
        let committed = try client.groupOffsets(group)
        var owners: [TopicPartition: GroupDescription.Member] = [:]
        for member in described?.members ?? [] {
            for at in member.assignment { owners[at] = member }
        }
        let places = Set(committed.map(\.at)).union(owners.keys)
        rows = try client.watermarks(of: places.sorted()).sorted { $0.key < $1.key }.map { at, marks in
            let current = committed.first { $0.at == at }?.offset
            let owner = owners[at]
            // A place before the log's start cannot be read any more; what is left begins at the start.
            let lag = max(0, marks.high - max(current ?? marks.low, marks.low))
            return Row(
                at: at, current: current, end: marks.high, member: owner?.id, host: owner?.host,
                clientId: owner?.clientId, lag: lag)
        }
    }

    package var isKnown: Bool { !rows.isEmpty || !["Dead", "Unknown"].contains(state) }
}
