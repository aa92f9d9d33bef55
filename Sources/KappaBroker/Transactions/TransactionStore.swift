import KappaCore
import KappaLog
import KappaWire

/// Carries out what the coordinator decides: the record of the outcome first, then the markers.
final class TransactionStore {
    private unowned let core: BrokerCore
    private(set) var coordinator = TransactionCoordinator()
    private var alarm: Timers.Key?

    init(core: BrokerCore) { self.core = core }

    /// Lets the coordinator decide, carries that out, and answers when the client may know. A transaction's opening
    /// need not wait for the disk: should it be lost, the start finds the open transaction in the logs and aborts it.
    func decide(
        _ body: (inout TransactionCoordinator) -> TransactionCoordinator.Decision,
        answer: @escaping (Result<Transaction, ErrorCode>) -> Void
    ) {
        switch body(&coordinator) {
        case .refused(let error): answer(.failure(error))
        case .unchanged(let transaction): answer(.success(transaction))
        case .changed(let transaction):
            write(transaction)
            answer(.success(transaction))
        case .decided(let transaction, let error):
            conclude(transaction) { answer(error == .noError ? .success(transaction) : .failure(error)) }
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

    private func conclude(_ transaction: Transaction, _ done: @escaping () -> Void) {
        guard let partition = try? core.internalPartition(Topic.transactions), let end = write(transaction) else {
            return
        }
        partition.whenDurable(end) { [unowned self] in
            whenDurable(writeMarkers(transaction)[...], done)
        }
    }

    /// Whoever hears that a transaction was committed may read it at once, and a marker that is not on the disk is not
    /// shown to readers.
    private func whenDurable(_ ends: ArraySlice<(partition: Partition, end: Int64)>, _ done: @escaping () -> Void) {
        guard let first = ends.first else { return done() }
        first.partition.whenDurable(first.end) { [unowned self] in whenDurable(ends.dropFirst(), done) }
    }

    @discardableResult
    private func writeMarkers(_ transaction: Transaction) -> [(partition: Partition, end: Int64)] {
        var ends: [(partition: Partition, end: Int64)] = []
        let marker: TransactionMarker = transaction.state == .prepareCommit ? .commit : .abort
        for place in transaction.partitions.sorted(by: { ($0.topic, $0.index) < ($1.topic, $1.index) }) {
            // A topic that was deleted meanwhile needs no marker.
            guard let partition = core.topics.partition(place.topic, place.index) else { continue }
            let end = write(marker, producerId: transaction.producerId, epoch: transaction.epoch, to: partition)
            if let end { ends.append((partition, end)) }
        }
        if let finished = coordinator.markersWritten(transaction.id, now: core.now.wall) { write(finished) }
        setAlarm()
        return ends
    }

    @discardableResult
    private func write(_ marker: TransactionMarker, producerId: Int64, epoch: Int16, to partition: Partition) -> Int64?
    {
        let batch = marker.batch(
            producerId: producerId, producerEpoch: epoch, coordinatorEpoch: 0, timestamp: core.now.wall)
        let end = core.append(own: batch, to: partition)
        if partition.topic == Topic.offsets { core.groups.finish(producerId: producerId, commits: marker == .commit) }
        return end
    }

    @discardableResult
    private func write(_ transaction: Transaction) -> Int64? {
        do {
            let partition = try core.internalPartition(Topic.transactions)
            var builder = RecordBatchBuilder()
            builder.append(
                timestamp: core.now.wall, key: TransactionRecord.key(transaction.id),
                value: TransactionRecord.value(transaction))
            return core.append(own: builder.build(), to: partition)
        } catch {
            core.fail(BrokerError("\(Topic.transactions) cannot be made: \(error)"))
            return nil
        }
    }

    // MARK: Time

    private func setAlarm() {
        if let alarm { core.timers.cancel(alarm) }
        alarm = nil
        guard let deadline = coordinator.nextDeadline else { return }
        // Deadlines are by the wall clock, so that they hold over restarts; the wait for them is by the steady one.
        alarm = core.after(max(0, deadline - core.now.wall)) { [unowned self] _ in expire() }
    }

    private func expire() {
        alarm = nil
        while let decision = coordinator.expireOne(now: core.now.wall) {
            guard case .decided(let transaction, _) = decision else { break }
            conclude(transaction) {}
        }
        setAlarm()
    }

    // MARK: Start

    /// Reads the log back, and finishes what a crash interrupted.
    func load() throws {
        if let partition = core.topics.partition(Topic.transactions, 0) {
            try InternalLogReader.forEach(partition.log) { item in
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
            writeMarkers(transaction)
        }
        setAlarm()
    }

    /// A log may hold an open transaction that the coordinator's log lost with the power: one that is still ongoing
    /// is given the partition, any other can only be aborted.
    private func adoptOpenTransactions() {
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
                } else {
                    write(.abort, producerId: producerId, epoch: producer.epoch, to: partition)
                }
            }
        }
    }
}
