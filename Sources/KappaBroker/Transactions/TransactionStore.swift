import KappaCore
import KappaLog
import KappaRecords
import KappaWire

/// Carries out what the coordinator decides: the record of the outcome first, then the markers.
final class TransactionStore {
    private unowned let core: BrokerCore
    private(set) var coordinator = TransactionCoordinator()
    private var alarm: Timers.Key?

    init(core: BrokerCore) { self.core = core }

    /// Lets the coordinator decide, carries that out, and answers when the client may know. A transaction's opening
    /// need not wait for the disk: should it be lost, the start finds the open transaction in the logs and aborts it.
    /// What could not be written down is taken back, and the client tries again.
    func decide(
        _ body: (inout TransactionCoordinator) -> TransactionCoordinator.Decision,
        answer: @escaping (Result<Transaction, ErrorCode>) -> Void
    ) {
        switch body(&coordinator) {
        case .refused(let error): answer(.failure(error))
        case .unchanged(let transaction): answer(.success(transaction))
        case .changed(let transaction):
            if write(transaction) == nil {
                coordinator.takeBack()
                answer(.failure(.coordinatorNotAvailable))
            } else {
                answer(.success(transaction))
            }
        case .decided(let transaction, let error):
            let isWritten = conclude(transaction) {
                answer(error == .noError ? .success(transaction) : .failure(error))
            }
            if !isWritten { answer(.failure(.coordinatorNotAvailable)) }
        }
        setAlarm()
    }

    /// The same where the answer must not come before the record of it is durable.
    func decideDurably(
        _ body: (inout TransactionCoordinator) -> TransactionCoordinator.Decision,
        answer: @escaping (Result<Transaction, ErrorCode>) -> Void
    ) {
        decide(body) { [unowned self] result in
            guard case .success = result, let partition = core.topics.partition(Topic.transactions, 0) else {
                return answer(result)
            }
            partition.whenDurable(partition.log.endOffset) { answer(result) }
        }
    }

    /// Why a producer may not write to a partition as part of its transaction. Clients of the newer kind need not say
    /// beforehand where they will write: their first write to a partition `adds` it.
    func refusal(
        ofProducer producerId: Int64, _ epoch: Int16, of id: String?, writingTo place: Transaction.Partition,
        adds: Bool, knowsAbortable: Bool
    ) -> ErrorCode? {
        guard let refusal = coordinator.refusal(ofProducer: producerId, epoch: epoch, writingTo: place) else {
            return nil
        }
        guard adds, refusal == .invalidTxnState, let id = id ?? coordinator.transaction(ofProducer: producerId)?.id
        else {
            return knowsAbortable && refusal == .invalidTxnState ? .transactionAbortable : refusal
        }
        var outcome: ErrorCode?
        // A partition is added without waiting, so the answer is there at once.
        decide { coordinator in
            coordinator.add([place], to: id, producerId: producerId, epoch: epoch, now: core.now.wall)
        } answer: { result in
            outcome = result.error
        }
        return outcome == .noError ? nil : outcome?.fenced(knownFrom: .max, version: 0)
    }

    /// Whether there is such a transactional id, or room for one.
    func mayHave(_ id: String) -> Bool {
        coordinator.transactions[id] != nil
            || coordinator.transactions.count < core.configuration.maximumTransactionalIds
    }

    /// Forgets ids that nobody has used for long, as Kafka does (transactional.id.expiration.ms), some at a time.
    func expireIds(_ now: Moment) {
        let limit = now.wall - core.configuration.transactionalIdRetentionMilliseconds
        let old = coordinator.transactions.values.filter {
            $0.updatedAt < limit && $0.state != .ongoing && !$0.state.isPrepared
        }.prefix(1000).map(\.id)
        guard !old.isEmpty, let partition = core.topics.partition(Topic.transactions, 0) else { return }
        var builder = RecordBatchBuilder()
        for id in old {
            guard let key = try? TransactionRecord.key(id) else { continue }
            builder.append(timestamp: now.wall, key: key, value: nil)
        }
        guard core.append(own: builder.build(), to: partition) != nil else { return }
        for id in old { coordinator.forget(id) }
    }

    /// Topics are gone, and no marker may be written into others of their names.
    func forget(topics: Set<String>) {
        for transaction in coordinator.forget(topics: topics) { write(transaction) }
    }

    /// False, and nothing has changed, where the outcome could not be written down.
    private func conclude(_ transaction: Transaction, _ done: @escaping () -> Void) -> Bool {
        guard let end = write(transaction), let partition = core.topics.partition(Topic.transactions, 0) else {
            coordinator.takeBack()
            return false
        }
        partition.whenDurable(end) { [unowned self] in
            mark(transaction.id) { [unowned self] ends in whenDurable(ends, done) }
        }
        return true
    }

    /// Whoever hears that a transaction was committed may read it at once, and a marker that is not on the disk is not
    /// shown to readers.
    private func whenDurable(_ ends: [(partition: Partition, end: Int64)], _ done: @escaping () -> Void) {
        var left = ends.count
        guard left > 0 else { return done() }
        for (partition, end) in ends {
            partition.whenDurable(end) {
                left -= 1
                if left == 0 { done() }
            }
        }
    }

    /// Writes the markers of a transaction whose outcome is durable. That outcome stands: a partition that has no room
    /// for its marker is tried again until it has.
    private func mark(
        _ id: String, after marked: [(partition: Partition, end: Int64)] = [],
        _ done: @escaping ([(partition: Partition, end: Int64)]) -> Void
    ) {
        guard let transaction = coordinator.transactions[id], transaction.state.isPrepared else { return done(marked) }
        var marked = marked
        let have = Set(marked.map { ObjectIdentifier($0.partition) })
        var isWhole = true
        for place in transaction.partitions.sorted(by: { ($0.topic, $0.index) < ($1.topic, $1.index) }) {
            // A topic that was deleted meanwhile needs no marker.
            guard let partition = core.topics.partition(place.topic, place.index),
                !have.contains(ObjectIdentifier(partition))
            else { continue }
            if let end = write(transaction.state == .prepareCommit ? .commit : .abort, of: transaction, to: partition) {
                marked.append((partition, end))
            } else {
                isWhole = false
            }
        }
        guard isWhole else {
            core.after(200) { [unowned self, marked] _ in mark(id, after: marked, done) }
            return
        }
        // Should this record be lost, the next start writes the markers once more, which changes nothing.
        if let finished = coordinator.markersWritten(id, now: core.now.wall) { write(finished) }
        setAlarm()
        done(marked)
    }

    private func write(_ marker: TransactionMarker, of transaction: Transaction, to partition: Partition) -> Int64? {
        write(marker, producerId: transaction.producerId, epoch: transaction.epoch, to: partition)
    }

    private func write(_ marker: TransactionMarker, producerId: Int64, epoch: Int16, to partition: Partition) -> Int64?
    {
        let batch = marker.batch(
            producerId: producerId, producerEpoch: epoch, coordinatorEpoch: 0, timestamp: core.now.wall)
        guard let end = core.append(own: batch, to: partition) else { return nil }
        if partition.topic == Topic.offsets { core.groups.finish(producerId: producerId, commits: marker == .commit) }
        return end
    }

    @discardableResult
    private func write(_ transaction: Transaction) -> Int64? {
        do {
            let partition = try core.internalPartition(Topic.transactions)
            var builder = RecordBatchBuilder()
            builder.append(
                timestamp: core.now.wall, key: try TransactionRecord.key(transaction.id),
                value: try TransactionRecord.value(transaction))
            return core.append(own: builder.build(), to: partition)
        } catch {
            core.complain("\(Topic.transactions) took no record: \(error)")
            return nil
        }
    }

    // MARK: Time

    private func setAlarm() {
        guard let deadline = coordinator.nextDeadline else {
            if let alarm { core.timers.cancel(alarm) }
            alarm = nil
            return
        }
        // Deadlines are by the wall clock, so that they hold over restarts; the wait for them is by the steady one.
        wake(after: max(0, deadline - core.now.wall))
    }

    private func wake(after milliseconds: Int64) {
        if let alarm { core.timers.cancel(alarm) }
        alarm = core.after(milliseconds) { [unowned self] _ in expire() }
    }

    private func expire() {
        alarm = nil
        while let decision = coordinator.expireOne(now: core.now.wall) {
            guard case .decided(let transaction, _) = decision, conclude(transaction, {}) else {
                return wake(after: 1000)
            }
        }
        setAlarm()
    }

    // MARK: Start

    /// Reads the log back, and finishes what a crash interrupted.
    func load() throws {
        if let partition = core.topics.partition(Topic.transactions, 0) {
            try InternalLogReader.forEach(partition.log, unreadable: core.leaveOut(of: Topic.transactions)) { item in
                guard case .record(let record, _) = item, let key = record.key else { return }
                let id = try TransactionRecord.id(key)
                guard let value = record.value, let transaction = try TransactionRecord.read(id, value) else {
                    return coordinator.forget(id)
                }
                coordinator.restore(transaction)
            }
        }
        for transaction in coordinator.transactions.values { core.producerIds.exclude(transaction.producerId) }
        adoptOpenTransactions()
        for transaction in coordinator.transactions.values where transaction.state.isPrepared {
            mark(transaction.id) { _ in }
        }
        setAlarm()
    }

    /// A log may hold an open transaction that the coordinator's log lost with the power: one that is still ongoing
    /// is given the partition, any other can only be aborted.
    private func adoptOpenTransactions() {
        var isWhole = true
        for partition in core.topics.partitions {
            for (producerId, producer) in partition.log.producers.producers {
                core.producerIds.exclude(producerId)
                guard producer.transactionStart != nil else { continue }
                let place = Transaction.Partition(topic: partition.topic, index: partition.index)
                if var known = coordinator.transaction(ofProducer: producerId),
                    known.state == .ongoing || known.state.isPrepared
                {
                    known.partitions.insert(place)
                    coordinator.restore(known)
                } else if write(.abort, producerId: producerId, epoch: producer.epoch, to: partition) == nil {
                    isWhole = false
                }
            }
        }
        // A disk without room is no reason not to serve readers.
        if !isWhole { core.after(1000) { [unowned self] _ in adoptOpenTransactions() } }
    }
}
