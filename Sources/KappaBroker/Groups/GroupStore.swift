import KappaCore
import KappaLog
import KappaWire

/// The consumer groups and their offsets, kept in `__consumer_offsets`.
final class GroupStore {
    typealias Offsets = [Transaction.Partition: CommittedOffset]

    private unowned let core: BrokerCore
    private(set) var groups: [String: ConsumerGroup] = [:]
    private(set) var offsets: [String: Offsets] = [:]
    /// Offsets of open transactions, by producer and group.
    private(set) var pending: [Int64: [String: Offsets]] = [:]
    private var joins: [Ticket: (GroupEvents.JoinAnswer) -> Void] = [:]
    private var syncs: [Ticket: (GroupEvents.SyncAnswer) -> Void] = [:]
    private var lastTicket: Ticket = 0
    private var alarms: [String: (key: Timers.Key, deadline: Int64)] = [:]

    init(core: BrokerCore) { self.core = core }

    // MARK: Events

    func join(_ groupId: String, _ join: GroupEvents.Join, _ answer: @escaping (GroupEvents.JoinAnswer) -> Void) {
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

    private func nextTicket() -> Ticket {
        lastTicket += 1
        return lastTicket
    }

    private func change(_ id: String, _ body: (inout ConsumerGroup) -> [GroupEvents.Action]) {
        let actions = body(&groups[id, default: ConsumerGroup(id: id)])
        for action in actions { perform(action, id) }
        setAlarm(id)
    }

    private func perform(_ action: GroupEvents.Action, _ id: String) {
        switch action {
        case .answerJoin(let ticket, let answer): joins.removeValue(forKey: ticket)?(answer)
        case .answerSync(let ticket, let answer): syncs.removeValue(forKey: ticket)?(answer)
        case .persist:
            // The answer need not wait for the disk: members of a generation that was lost are told so and join again.
            write([.group(id, groups[id])])
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

    // MARK: Offsets

    /// Writes offsets down; `done` runs when they are durable, and they count from then on.
    func commit(_ group: String, _ committed: Offsets, done: @escaping () -> Void) {
        guard !committed.isEmpty else { return done() }
        if groups[group] == nil { groups[group] = ConsumerGroup(id: group) }
        let records = committed.map { GroupRecord.offset(group: group, $0.key, $0.value) }
        guard let partition = try? core.internalPartition(Topic.offsets), let end = write(records) else { return }
        partition.whenDurable(end) { [unowned self] in
            offsets[group, default: [:]].merge(committed) { $1 }
            done()
        }
    }

    /// The same within a transaction: the offsets count when it is committed.
    func commit(
        _ group: String, _ committed: Offsets, producerId: Int64, epoch: Int16, done: @escaping () -> Void
    ) {
        guard !committed.isEmpty else { return done() }
        if groups[group] == nil { groups[group] = ConsumerGroup(id: group) }
        let records = committed.map { GroupRecord.offset(group: group, $0.key, $0.value) }
        guard let partition = try? core.internalPartition(Topic.offsets),
            let end = write(records, producer: (producerId, epoch))
        else { return }
        pending[producerId, default: [:]][group, default: [:]].merge(committed) { $1 }
        partition.whenDurable(end, done)
    }

    /// A transaction's marker stands in the log.
    func finish(producerId: Int64, commits: Bool) {
        guard let groups = pending.removeValue(forKey: producerId), commits else { return }
        for (group, committed) in groups { offsets[group, default: [:]].merge(committed) { $1 } }
    }

    /// Whether an open transaction may still change this offset.
    func isUnstable(_ group: String, _ partition: Transaction.Partition) -> Bool {
        pending.values.contains { $0[group]?[partition] != nil }
    }

    func deleteOffsets(_ group: String, _ partitions: [Transaction.Partition]) {
        let known = partitions.filter { offsets[group]?[$0] != nil }
        write(known.map { .offset(group: group, $0, nil) })
        for partition in known { offsets[group]?[partition] = nil }
    }

    /// Removes a group that nobody uses, with its offsets.
    func delete(_ group: String) {
        let known = offsets[group].map { Array($0.keys) } ?? []
        write(known.map { .offset(group: group, $0, nil) } + [.group(group, nil)])
        offsets[group] = nil
        groups[group] = nil
        if let alarm = alarms.removeValue(forKey: group) { core.timers.cancel(alarm.key) }
    }

    /// The offsets of a topic that is no more.
    func forget(topic: String) {
        for (group, committed) in offsets { deleteOffsets(group, committed.keys.filter { $0.topic == topic }) }
    }

    func expireOffsets(_ now: Moment) {
        let limit = now.wall - core.configuration.offsetsRetentionMilliseconds
        for (group, committed) in offsets where groups[group]?.state ?? .empty == .empty {
            deleteOffsets(group, committed.filter { $0.value.committedAt < limit }.map(\.key))
            if offsets[group]?.isEmpty ?? true { delete(group) }
        }
    }

    // MARK: The log

    @discardableResult
    private func write(_ records: [GroupRecord], producer: (id: Int64, epoch: Int16)? = nil) -> Int64? {
        guard !records.isEmpty else { return nil }
        let partition: Partition
        do {
            partition = try core.internalPartition(Topic.offsets)
        } catch {
            core.fail(BrokerError("\(Topic.offsets) cannot be made: \(error)"))
            return nil
        }
        var builder = RecordBatchBuilder()
        if let producer {
            builder.attributes = [.transactional]
            builder.producerId = producer.id
            builder.producerEpoch = producer.epoch
            builder.baseSequence = partition.nextSequence(of: producer.id, epoch: producer.epoch)
        }
        for record in records {
            builder.append(timestamp: core.now.wall, key: record.key, value: record.value(now: core.now.wall))
        }
        return core.append(own: builder.build(), to: partition)
    }

    func load() throws {
        guard let partition = core.topics.partition(Topic.offsets, 0) else { return }
        try InternalLogReader.forEach(partition.log) { item in
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
