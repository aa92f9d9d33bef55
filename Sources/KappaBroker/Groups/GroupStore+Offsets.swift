import KappaCore
import KappaLog
import KappaWire

/// How far groups have come: written first, counted when it is durable.
extension GroupStore {
    /// Writes offsets down; `done` runs when they are durable, and they count from then on. What could not be written
    /// is answered with an error and counts for nothing.
    func commit(_ group: String, _ committed: Offsets, done: @escaping (ErrorCode) -> Void) {
        guard !committed.isEmpty else { return done(.noError) }
        guard mayHave(group) else { return done(.groupMaxSizeReached) }
        let records = committed.map { GroupRecord.offset(group: group, $0.key, $0.value) }
        switch write(records) {
        case .failure(let error): done(error)
        case .success(let place):
            makeGroup(group)
            let ticket = nextTicket()
            underway[ticket] = (group, committed)
            place.partition.whenDurable(place.end) { [unowned self] in
                // Of a topic that was deleted meanwhile nothing counts any more.
                let left = underway.removeValue(forKey: ticket)?.offsets ?? [:]
                merge(left, of: group)
                done(.noError)
            }
        }
    }

    /// The same within a transaction: the offsets count when it is committed.
    func commit(
        _ group: String, _ committed: Offsets, producerId: Int64, epoch: Int16, done: @escaping (ErrorCode) -> Void
    ) {
        guard !committed.isEmpty else { return done(.noError) }
        guard mayHave(group) else { return done(.groupMaxSizeReached) }
        let records = committed.map { GroupRecord.offset(group: group, $0.key, $0.value) }
        switch write(records, producer: (producerId, epoch)) {
        case .failure(let error): done(error)
        case .success(let place):
            makeGroup(group)
            pending[producerId, default: [:]][group, default: [:]].merge(committed) { $1 }
            place.partition.whenDurable(place.end) { done(.noError) }
        }
    }

    /// A transaction's marker stands in the log.
    func finish(producerId: Int64, commits: Bool) {
        let gone = pendingOfDeletedTopics.removeValue(forKey: producerId) ?? []
        guard let groups = pending.removeValue(forKey: producerId), commits else { return }
        for (group, committed) in groups { merge(committed, of: group) }
        // To whoever reads the log, the marker has just made these count.
        bury(gone)
    }

    /// Whether an open transaction may still change this offset.
    func isUnstable(_ group: String, _ partition: Transaction.Partition) -> Bool {
        pending.values.contains { $0[group]?[partition] != nil }
    }

    func deleteOffsets(_ group: String, _ partitions: [Transaction.Partition]) -> ErrorCode {
        let known = partitions.filter { offsets[group]?[$0] != nil }
        let error = writeAll(known.map { .offset(group: group, $0, nil) })
        guard error == .noError else { return error }
        remove(known, of: group)
        return .noError
    }

    /// Removes a group that nobody uses, with its offsets.
    func delete(_ group: String) -> ErrorCode {
        let known = offsets[group].map { Array($0.keys) } ?? []
        let error = writeAll(known.map { .offset(group: group, $0, nil) } + [.group(group, nil)])
        guard error == .noError else { return error }
        dropGroup(group)
        return .noError
    }

    /// The offsets of topics that are no more, also those that are only just being written; `done` runs when that is
    /// durable. A topic made under the name of one of them begins without any.
    func forget(topics: Set<String>, done: @escaping () -> Void = {}) {
        var gone: [GroupRecord] = []
        for (group, committed) in offsets {
            let partitions = committed.keys.filter { topics.contains($0.topic) }
            remove(partitions, of: group)
            gone += partitions.map { .offset(group: group, $0, nil) }
        }
        for (ticket, commit) in underway {
            let partitions = commit.offsets.keys.filter { topics.contains($0.topic) }
            for partition in partitions { underway[ticket]!.offsets[partition] = nil }
            gone += partitions.map { .offset(group: commit.group, $0, nil) }
        }
        for (producer, groups) in pending {
            for (group, committed) in groups {
                let partitions = committed.keys.filter { topics.contains($0.topic) }
                for partition in partitions { pending[producer]![group]![partition] = nil }
                pendingOfDeletedTopics[producer, default: []] += partitions.map { .offset(group: group, $0, nil) }
            }
        }
        bury(gone)
        guard let log = core.topics.partition(Topic.offsets, 0) else { return done() }
        log.whenDurable(log.log.endOffset, done)
    }

    /// Writes tombstones that must be written: where the disk has no room for them they are owed, and tried again.
    private func bury(_ records: [GroupRecord]) {
        owed += records
        guard !owed.isEmpty, writeAll(owed) != .noError else {
            owed = []
            return
        }
        core.after(1000) { [unowned self] _ in bury([]) }
    }

    func expireOffsets(_ now: Moment) {
        let limit = now.wall - core.configuration.offsetsRetentionMilliseconds
        for (group, committed) in offsets
        where groups[group]?.state ?? .empty == .empty && !core.reconciled.holds(group) {
            let old = committed.filter { $0.value.committedAt < limit }.map(\.key)
            guard !old.isEmpty || committed.isEmpty else { continue }
            guard deleteOffsets(group, old) == .noError else { return }
            if offsets[group]?.isEmpty ?? true { _ = delete(group) }
        }
    }
}
