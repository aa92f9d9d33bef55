import KappaLog
import KappaWire

/// What stands in `__consumer_offsets`, in Kafka's own form: OffsetCommitKey 1 and value 3, GroupMetadataKey 2 and
/// value 3.
enum GroupRecord {
    /// What one batch of such records may hold: half of what a segment of their log does, and far more than any group
    /// needs. Kafka's own limit is its largest message.
    static let largestBatch = 8 << 20

    case offset(group: String, Transaction.Partition, CommittedOffset?)
    case group(String, ConsumerGroup?)

    func key() throws(WireError) -> [UInt8] {
        var writer = WireWriter()
        switch self {
        case .offset(let group, let partition, _):
            writer.append(Int16(1))
            try writer.append(text: group)
            try writer.append(text: partition.topic)
            writer.append(partition.index)
        case .group(let id, _):
            writer.append(Int16(2))
            try writer.append(text: id)
        }
        return writer.bytes
    }

    /// Nil is a tombstone.
    func value(now: Int64) throws(WireError) -> [UInt8]? {
        switch self {
        case .offset(_, _, nil), .group(_, nil): nil
        case .offset(_, _, let committed?): try GroupRecord.encode(committed)
        case .group(_, let group?): try GroupRecord.encode(group, now: now)
        }
    }

    private static func encode(_ committed: CommittedOffset) throws(WireError) -> [UInt8] {
        var writer = WireWriter()
        writer.append(Int16(3))
        writer.append(committed.offset)
        writer.append(committed.leaderEpoch)
        try writer.append(text: committed.metadata)
        writer.append(committed.committedAt)
        return writer.bytes
    }

    private static func encode(_ group: ConsumerGroup, now: Int64) throws(WireError) -> [UInt8] {
        var writer = WireWriter()
        writer.append(Int16(3))
        try writer.append(text: group.protocolType ?? "")
        writer.append(group.generation)
        try writer.append(text: group.protocolName)
        try writer.append(text: group.leader)
        writer.append(now)
        writer.append(Int32(group.members.count))
        for member in group.members {
            try writer.append(text: member.id)
            try writer.append(text: member.instanceId)
            try writer.append(text: member.clientId)
            try writer.append(text: member.clientHost)
            writer.append(Int32(clamping: member.rebalanceMilliseconds))
            writer.append(Int32(clamping: member.sessionMilliseconds))
            writer.append(sized: member.metadata(for: group.protocolName ?? ""))
            writer.append(sized: member.assignment)
        }
        return writer.bytes
    }

    /// Nil for kinds of record that newer Kafkas write.
    init?(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws(WireError) {
        var reader = WireReader(key)
        let version: Int16 = try reader.number()
        let group = try reader.text() ?? ""
        switch version {
        case 0, 1:
            let partition = Transaction.Partition(topic: try reader.text() ?? "", index: try reader.number())
            var committed: CommittedOffset?
            if let value { committed = try GroupRecord.offset(value) }
            self = .offset(group: group, partition, committed)
        case 2:
            var restored: ConsumerGroup?
            if let value { restored = try GroupRecord.group(group, value) }
            self = .group(group, restored)
        default: return nil
        }
    }

    private static func offset(_ value: UnsafeRawBufferPointer) throws(WireError) -> CommittedOffset {
        var reader = WireReader(value)
        let version: Int16 = try reader.number()
        let offset: Int64 = try reader.number()
        let leaderEpoch: Int32 = version >= 3 ? try reader.number() : -1
        let metadata = try reader.text() ?? ""
        return CommittedOffset(
            offset: offset, leaderEpoch: leaderEpoch, metadata: metadata, committedAt: try reader.number())
    }

    private static func group(_ id: String, _ value: UnsafeRawBufferPointer) throws(WireError) -> ConsumerGroup {
        var reader = WireReader(value)
        let version: Int16 = try reader.number()
        var group = ConsumerGroup(id: id)
        group.protocolType = try reader.text()
        group.generation = try reader.number()
        group.protocolName = try reader.text()
        group.leader = try reader.text()
        if version >= 2 { let _: Int64 = try reader.number() }
        let count: Int32 = try reader.number()
        for _ in 0..<max(0, count) {
            group.members.append(try member(&reader, version, protocolName: group.protocolName ?? ""))
        }
        group.state = group.members.isEmpty ? .empty : .stable
        return group
    }

    private static func member(
        _ reader: inout WireReader, _ version: Int16, protocolName: String
    ) throws(WireError) -> GroupMember {
        let id = try reader.text() ?? ""
        let instance = version >= 3 ? try reader.text() : nil
        let (client, host) = (try reader.text() ?? "", try reader.text() ?? "")
        let (rebalance, session): (Int32, Int32) = (try reader.number(), try reader.number())
        let subscription = try reader.sized()
        var member = GroupMember(
            id: id, instanceId: instance, clientId: client, clientHost: host, sessionMilliseconds: Int64(session),
            rebalanceMilliseconds: Int64(rebalance), protocols: [.init(name: protocolName, metadata: subscription)])
        member.assignment = try reader.sized()
        return member
    }
}
