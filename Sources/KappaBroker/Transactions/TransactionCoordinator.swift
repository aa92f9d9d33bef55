package import KappaWire

/// Decides the fate of transactions: a state machine without clock, randomness or I/O.
///
/// A decision changes the state and tells the owner what to write down. For an outcome (`.decided`) the owner makes
/// that one record durable first, then writes the markers, and then reports `markersWritten`; a crash in between is
/// finished at the next start from the record alone. Rules after Kafka's TransactionCoordinator.
package struct TransactionCoordinator {
    package enum Decision: Equatable {
        case refused(ErrorCode)
        /// Nothing changed; the answer is a success as before.
        case unchanged(Transaction)
        case changed(Transaction)
        /// The outcome is known and must become durable; the request is answered with `error` then.
        case decided(Transaction, error: ErrorCode)
    }

    package private(set) var transactions: [String: Transaction] = [:]
    private var idsByProducer: [Int64: String] = [:]

    package init() {}

    package func transaction(ofProducer producerId: Int64) -> Transaction? {
        idsByProducer[producerId].flatMap { transactions[$0] }
    }

    /// Puts back what a log held.
    package mutating func restore(_ transaction: Transaction) { set(transaction) }

    package mutating func forget(_ id: String) {
        guard let old = transactions.removeValue(forKey: id) else { return }
        idsByProducer[old.producerId] = nil
    }

    /// What the last decision replaced.
    private var replaced: (id: String, old: Transaction?)?

    /// Undoes the last decision, which could not be written down.
    package mutating func takeBack() {
        guard let (id, old) = replaced else { return }
        if let old { set(old) } else { forget(id) }
        replaced = nil
    }

    /// Topics are gone: transactions that wrote to them have nothing more to do there. Answers those that it changed.
    package mutating func forget(topics: Set<String>) -> [Transaction] {
        var changed: [Transaction] = []
        for var transaction in transactions.values
        where transaction.partitions.contains(where: { topics.contains($0.topic) }) {
            transaction.partitions = transaction.partitions.filter { !topics.contains($0.topic) }
            changed.append(transaction)
        }
        for transaction in changed { set(transaction) }
        return changed
    }

    private mutating func set(_ transaction: Transaction) {
        replaced = (transaction.id, transactions[transaction.id])
        if let old = transactions[transaction.id], old.producerId != transaction.producerId {
            idsByProducer[old.producerId] = nil
        }
        transactions[transaction.id] = transaction
        idsByProducer[transaction.producerId] = transaction.id
    }

    // MARK: Starting a producer

    /// A producer begins or begins again. `expected` is what a producer that recovers believes itself to be.
    package mutating func initialise(
        _ id: String, timeoutMilliseconds: Int32, expected: (producerId: Int64, epoch: Int16)?, now: Int64,
        freshProducerId: () -> Int64
    ) -> Decision {
        guard var current = transactions[id] else {
            guard expected == nil else { return .refused(.invalidProducerIdMapping) }
            let fresh = Transaction(
                id: id, producerId: freshProducerId(), epoch: 0, timeoutMilliseconds: timeoutMilliseconds, now: now)
            set(fresh)
            return .changed(fresh)
        }
        if let expected {
            if expected.epoch == current.lastEpoch,
                expected.producerId == current.producerId || expected.producerId == current.lastProducerId,
                !current.state.isPrepared, current.state != .ongoing
            {
                return .unchanged(current)
            }
            guard expected == (current.producerId, current.epoch) else { return .refused(.producerFenced) }
        }
        switch current.state {
        case .prepareCommit, .prepareAbort: return .refused(.concurrentTransactions)
        case .ongoing: return fence(current, answering: .concurrentTransactions, now: now)
        case .empty, .completeCommit, .completeAbort:
            current.timeoutMilliseconds = timeoutMilliseconds
            current.state = .empty
            current.partitions = []
            current.startedAt = -1
            current.updatedAt = now
            bump(&current, freshProducerId)
            set(current)
            return .changed(current)
        }
    }

    private func bump(_ transaction: inout Transaction, _ freshProducerId: () -> Int64) {
        transaction.lastEpoch = transaction.epoch
        transaction.lastProducerId = transaction.producerId
        if transaction.epoch >= Transaction.lastUsableEpoch {
            transaction.producerId = freshProducerId()
            transaction.epoch = 0
        } else {
            transaction.epoch += 1
        }
    }

    /// Aborts an open transaction under the next epoch, so that whoever opened it can write no more.
    private mutating func fence(_ transaction: Transaction, answering error: ErrorCode, now: Int64) -> Decision {
        var fenced = transaction
        // The last epoch of all is only ever used here. lastEpoch stays: a fenced producer must not be known again.
        if fenced.epoch < .max { fenced.epoch += 1 }
        fenced.lastEpoch = -1
        fenced.state = .prepareAbort
        fenced.updatedAt = now
        set(fenced)
        return .decided(fenced, error: error)
    }

    // MARK: In a transaction

    private func find(_ id: String, _ producerId: Int64, _ epoch: Int16) -> Result<Transaction, ErrorCode> {
        guard let current = transactions[id] else { return .failure(.invalidProducerIdMapping) }
        guard current.producerId == producerId else { return .failure(.invalidProducerIdMapping) }
        guard current.epoch == epoch else { return .failure(.producerFenced) }
        return .success(current)
    }

    package mutating func add(
        _ partitions: [Transaction.Partition], to id: String, producerId: Int64, epoch: Int16, now: Int64
    ) -> Decision {
        var current: Transaction
        switch find(id, producerId, epoch) {
        case .failure(let error): return .refused(error)
        case .success(let found): current = found
        }
        if current.state.isPrepared { return .refused(.concurrentTransactions) }
        if current.state == .ongoing, current.partitions.isSuperset(of: partitions) { return .unchanged(current) }
        if current.state != .ongoing {
            current.partitions = []
            current.startedAt = now
        }
        current.partitions.formUnion(partitions)
        current.state = .ongoing
        current.updatedAt = now
        set(current)
        return .changed(current)
    }

    package mutating func end(
        _ id: String, producerId: Int64, epoch: Int16, commit: Bool, now: Int64
    ) -> Decision {
        var current: Transaction
        switch find(id, producerId, epoch) {
        case .failure(let error): return .refused(error)
        case .success(let found): current = found
        }
        switch (current.state, commit) {
        case (.ongoing, _):
            current.state = commit ? .prepareCommit : .prepareAbort
            current.updatedAt = now
            set(current)
            return .decided(current, error: .noError)
        case (.completeCommit, true), (.completeAbort, false): return .unchanged(current)
        case (.prepareCommit, true), (.prepareAbort, false): return .refused(.concurrentTransactions)
        default: return .refused(.invalidTxnState)
        }
    }

    /// The markers of a decided transaction are in the logs.
    package mutating func markersWritten(_ id: String, now: Int64) -> Transaction? {
        guard var current = transactions[id], current.state.isPrepared else { return nil }
        current.state = current.state == .prepareCommit ? .completeCommit : .completeAbort
        if current.nextProducerId >= 0 {
            (current.lastProducerId, current.lastEpoch) = (current.producerId, Transaction.lastUsableEpoch)
            (current.producerId, current.epoch) = current.successor
            current.nextProducerId = -1
        }
        current.partitions = []
        current.startedAt = -1
        current.updatedAt = now
        set(current)
        return current
    }

    /// Whether a producer may write to a partition as part of its transaction.
    package func refusal(
        ofProducer producerId: Int64, epoch: Int16, writingTo partition: Transaction.Partition
    ) -> ErrorCode? {
        guard let current = transaction(ofProducer: producerId) else { return .invalidTxnState }
        guard current.epoch == epoch else { return .invalidProducerEpoch }
        return current.state == .ongoing && current.partitions.contains(partition) ? nil : .invalidTxnState
    }

    /// What a broker is told that asks whether a partition is part of a transaction (KIP-890).
    package func verification(
        of partition: Transaction.Partition, in id: String, producerId: Int64, epoch: Int16
    ) -> ErrorCode {
        switch find(id, producerId, epoch) {
        case .failure(let error): return error
        case .success(let current):
            if current.state.isPrepared { return .concurrentTransactions }
            return current.partitions.contains(partition) ? .noError : .transactionAbortable
        }
    }

    // MARK: Time

    /// When the first open transaction runs out, by the wall clock.
    package var nextDeadline: Int64? {
        transactions.values.lazy.filter { $0.state == .ongoing }
            .map(\.deadline).min()
    }

    /// Aborts one transaction that has run out of time, if there is one.
    package mutating func expireOne(now: Int64) -> Decision? {
        let late = transactions.values.first {
            $0.state == .ongoing && $0.deadline <= now
        }
        return late.map { fence($0, answering: .noError, now: now) }
    }
}
