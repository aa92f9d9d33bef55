import KappaCore
import KappaLog
import KappaRecords
import KappaWire

/// The consumer groups and their offsets, kept in `__consumer_offsets`.
final class GroupStore {
    typealias Offsets = [Transaction.Partition: CommittedOffset]

    unowned let core: BrokerCore
    private(set) var groups: [String: ConsumerGroup] = [:]
    private(set) var offsets: [String: Offsets] = [:]
    /// Offsets of open transactions, by producer and group.
    var pending: [Int64: [String: Offsets]] = [:]
    /// What open transactions have written of topics that were deleted since: to be taken back when they are committed.
    var pendingOfDeletedTopics: [Int64: [GroupRecord]] = [:]
    /// Commits that are not durable yet.
    var underway: [Ticket: (group: String, offsets: Offsets)] = [:]
    /// Tombstones that a full disk did not take.
    var owed: [GroupRecord] = []
    private var joins: [Ticket: (GroupEvents.JoinAnswer) -> Void] = [:]
    private var syncs: [Ticket: (GroupEvents.SyncAnswer) -> Void] = [:]
    private var lastTicket: Ticket = 0
    private var alarms: [String: (key: Timers.Key, deadline: Int64)] = [:]

    init(core: BrokerCore) { self.core = core }

    // MARK: Events

    func join(_ groupId: String, _ join: GroupEvents.Join, _ answer: @escaping (GroupEvents.JoinAnswer) -> Void) {
        guard mayHave(groupId) else { return answer(.init(error: .groupMaxSizeReached, memberId: join.memberId)) }
        var join = join
        join.ticket = nextTicket()
        joins[join.ticket] = answer
        change(groupId) { $0.join(join, now: core.now.steady) }
    }

    func sync(_ groupId: String, _ sync: GroupEvents.Sync, _ answer: @escaping (GroupEvents.SyncAnswer) -> Void) {
        guard groups[groupId] != nil else { return answer(.init(error: .unknownMemberId)) }
        var sync = sync
        sync.ticket = nextTicket()
        syncs[sync.ticket] = answer
        change(groupId) { $0.sync(sync, now: core.now.steady) }
    }

    func heartbeat(_ request: HeartbeatRequest) -> ErrorCode {
        guard groups[request.groupId] != nil else { return .unknownMemberId }
        return groups[request.groupId]!.heartbeat(
            memberId: request.memberId, instance: request.groupInstanceId, generation: request.generationId,
            now: core.now.steady)
    }

    func leave(_ groupId: String, memberId: String, instance: String?) -> ErrorCode {
        guard groups[groupId] != nil else { return .unknownMemberId }
        var result = ErrorCode.noError
        change(groupId) { group in
            let (error, actions) = group.leave(memberId: memberId, instance: instance, now: core.now.steady)
            result = error
            return actions
        }
        return result
    }

    func nextTicket() -> Ticket {
        lastTicket += 1
        return lastTicket
    }

    private func change(_ id: String, _ body: (inout ConsumerGroup) -> [GroupEvents.Action]) {
        groups[id, default: ConsumerGroup(id: id)].mostMembers = core.configuration.maximumGroupMembers
        groups[id]!.initialDelayMilliseconds = core.configuration.initialRebalanceMilliseconds
        let actions = body(&groups[id]!)
        for action in actions { perform(action, id) }
        setAlarm(id)
        // A join that came to nothing leaves no group behind.
        if groups[id]?.isNothing ?? false, offsets[id] == nil { dropGroup(id) }
    }

    private func perform(_ action: GroupEvents.Action, _ id: String) {
        switch action {
        case .answerJoin(let ticket, let answer): joins.removeValue(forKey: ticket)?(answer)
        case .answerSync(let ticket, let answer): syncs.removeValue(forKey: ticket)?(answer)
        case .persist:
            // The answer need not wait for the disk: members of a generation that was lost are told so and join again.
            _ = write([.group(id, groups[id])])
        }
    }

    private func setAlarm(_ id: String) {
        guard let deadline = groups[id]?.nextDeadline else { return }
        if let alarm = alarms[id] {
            // Heartbeats only move deadlines up; an alarm that rings early is set again.
            guard deadline < alarm.deadline else { return }
            core.timers.cancel(alarm.key)
        }
        let key = core.timers.schedule(at: deadline) { [unowned self] now in
            alarms[id] = nil
            guard groups[id] != nil else { return }
            change(id) { $0.tick(now.steady) }
        }
        alarms[id] = (key, deadline)
    }

    // MARK: What is held

    /// Whether there is such a group, or room for one.
    func mayHave(_ id: String) -> Bool {
        groups[id] != nil || groups.count < core.configuration.maximumGroups
    }

    func makeGroup(_ id: String) {
        if groups[id] == nil { groups[id] = ConsumerGroup(id: id) }
    }

    func merge(_ committed: Offsets, of group: String) {
        guard !committed.isEmpty else { return }
        makeGroup(group)
        offsets[group, default: [:]].merge(committed) { $1 }
    }

    func remove(_ partitions: [Transaction.Partition], of group: String) {
        for partition in partitions { offsets[group]?[partition] = nil }
    }

    func dropGroup(_ group: String) {
        offsets[group] = nil
        groups[group] = nil
        if let alarm = alarms.removeValue(forKey: group) { core.timers.cancel(alarm.key) }
    }

    // MARK: The log

    /// Many records as one batch, or as several where there are very many; answers the first refusal.
    func writeAll(_ records: [GroupRecord]) -> ErrorCode {
        for start in stride(from: 0, to: records.count, by: GroupStore.recordsOfABatch) {
            let part = records[start..<min(start + GroupStore.recordsOfABatch, records.count)]
            if case .failure(let error) = write(part) { return error }
        }
        return .noError
    }

    private static let recordsOfABatch = 5000

    func write(
        _ records: some Sequence<GroupRecord>, producer: (id: Int64, epoch: Int16)? = nil
    ) -> Result<(partition: Partition, end: Int64), ErrorCode> {
        do {
            let partition = try core.internalPartition(Topic.offsets)
            var builder = RecordBatchBuilder()
            if let producer {
                builder.attributes = [.transactional]
                builder.producerId = producer.id
                builder.producerEpoch = producer.epoch
                builder.baseSequence = partition.nextSequence(of: producer.id, epoch: producer.epoch)
            }
            for record in records {
                builder.append(
                    timestamp: core.now.wall, key: try record.key(), value: try record.value(now: core.now.wall))
                guard builder.size <= GroupRecord.largestBatch else { return .failure(.invalidCommitOffsetSize) }
            }
            guard let end = core.append(own: builder.build(), to: partition) else {
                return .failure(.coordinatorNotAvailable)
            }
            return .success((partition, end))
        } catch let error as WireError {
            core.complain("\(Topic.offsets): a record cannot be written: \(error.message)")
            return .failure(.invalidRequest)
        } catch {
            core.complain("\(Topic.offsets) cannot be made: \(error)")
            return .failure(.coordinatorNotAvailable)
        }
    }

    func load() throws {
        guard let partition = core.topics.partition(Topic.offsets, 0) else { return }
        try InternalLogReader.forEach(partition.log, unreadable: core.leaveOut(of: Topic.offsets)) { item in
            switch item {
            case .marker(let marker, let batch): finish(producerId: batch.producerId, commits: marker == .commit)
            case .record(let record, let batch): try restore(record, batch)
            }
        }
        for id in groups.keys {
            groups[id]!.restart(now: core.now.steady)
            setAlarm(id)
        }
        for id in offsets.keys where groups[id] == nil { groups[id] = ConsumerGroup(id: id) }
        forgetDeletedTopics()
    }

    /// A deletion that a crash cut short may have left a topic's offsets behind.
    private func forgetDeletedTopics() {
        var gone: Set<String> = []
        let written = offsets.values.map(\.keys) + pending.values.flatMap { $0.values.map(\.keys) }
        for partition in written.joined() where core.topics.topics[partition.topic] == nil {
            gone.insert(partition.topic)
        }
        if !gone.isEmpty { forget(topics: gone) }
    }

    private func restore(_ record: Record, _ batch: RecordBatch) throws {
        guard let key = record.key, let restored = try GroupRecord(key: key, value: record.value) else { return }
        switch restored {
        case .group(let id, let group): groups[id] = group
        case .offset(let group, let partition, let committed):
            if batch.isTransactional {
                pending[batch.producerId, default: [:]][group, default: [:]][partition] = committed
            } else if let committed {
                offsets[group, default: [:]][partition] = committed
            } else {
                offsets[group]?[partition] = nil
                if offsets[group]?.isEmpty ?? false { offsets[group] = nil }
            }
        }
    }
}
