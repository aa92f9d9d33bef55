import KappaWire

/// The end of a transaction whose producer goes on under the next epoch (KIP-890, transaction version 2): what comes
/// late of one transaction is then of an older epoch, and cannot get into the next. Rules after Kafka's table:
///
///     | state          | abort again | abort | commit again | commit |
///     | empty          | fenced      | bump  | fenced       | state  |
///     | completeAbort  | none        | bump  | state        | state  |
///     | completeCommit | state       | bump  | none         | state  |
///
/// "Again" is under the epoch before the present one: an answer was lost.
extension TransactionCoordinator {
    package mutating func endBumping(
        _ id: String, producerId: Int64, epoch: Int16, commit: Bool, now: Int64, freshProducerId: () -> Int64?
    ) -> Decision {
        guard let current = transactions[id] else { return .refused(.invalidProducerIdMapping) }
        let isRotated =
            current.lastProducerId == producerId && epoch == Transaction.lastUsableEpoch && current.epoch == 0
        guard current.producerId == producerId || isRotated else { return .refused(.invalidProducerIdMapping) }
        let isAgain = isRotated || Int(current.epoch) == Int(epoch) + 1
        guard isValid(epoch, isAgain, for: current) else { return .refused(.producerFenced) }
        switch (current.state, commit) {
        case (.ongoing, _): return bump(current, to: commit ? .prepareCommit : .prepareAbort, now, freshProducerId)
        case (.prepareCommit, true), (.prepareAbort, false): return .refused(.concurrentTransactions)
        case (.completeCommit, true) where isAgain, (.completeAbort, false) where isAgain: return .unchanged(current)
        // Without any partition: the producer does not know whether its first write came, and makes sure of an end.
        case (.completeCommit, false) where isAgain: return .refused(.invalidTxnState)
        case (.empty, false), (.completeCommit, false), (.completeAbort, false):
            return bump(current, to: .prepareAbort, now, freshProducerId)
        default: return .refused(.invalidTxnState)
        }
    }

    private func isValid(_ epoch: Int16, _ isAgain: Bool, for current: Transaction) -> Bool {
        switch current.state {
        case .ongoing, .empty: epoch == current.epoch
        case .prepareCommit, .prepareAbort: isAgain
        case .completeCommit, .completeAbort: isAgain || epoch == current.epoch
        }
    }

    private mutating func bump(
        _ old: Transaction, to state: Transaction.State, _ now: Int64, _ freshProducerId: () -> Int64?
    ) -> Decision {
        var current = old
        current.lastEpoch = old.epoch
        if old.epoch >= Transaction.lastUsableEpoch {
            guard let fresh = freshProducerId() else { return .refused(.coordinatorNotAvailable) }
            current.nextProducerId = fresh
        }
        // The markers are of the next epoch too. The last epoch of all is only ever theirs.
        if current.epoch < .max { current.epoch += 1 }
        if old.state != .ongoing {
            current.partitions = []
            current.startedAt = now
        }
        current.state = state
        current.bumpsEpoch = true
        current.updatedAt = now
        restore(current)
        return .decided(current, error: .noError)
    }
}
