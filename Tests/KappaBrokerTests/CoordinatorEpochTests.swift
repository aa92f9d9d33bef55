import KappaWire
import Testing

@testable import KappaBroker

/// The coordinator's rules for producers that go on under the next epoch, as a pure machine; the table is Kafka's.
@Suite struct CoordinatorEpochTests {
    private let place = Transaction.Partition(topic: "t", index: 0)

    private func coordinator(_ state: Transaction.State, epoch: Int16 = 5) -> TransactionCoordinator {
        var coordinator = TransactionCoordinator()
        var transaction = Transaction(id: "x", producerId: 7, epoch: epoch, timeoutMilliseconds: 1000, now: 0)
        transaction.state = state
        if state == .ongoing { transaction.partitions = [place] }
        coordinator.restore(transaction)
        return coordinator
    }

    private enum Outcome: Equatable {
        case bump, same
        case refused(ErrorCode)
    }

    private func outcome(_ state: Transaction.State, commit: Bool, again: Bool) -> Outcome {
        var coordinator = coordinator(state)
        let decision = coordinator.endBumping(
            "x", producerId: 7, epoch: again ? 4 : 5, commit: commit, now: 1, freshProducerId: { 8 })
        switch decision {
        case .refused(let error): return .refused(error)
        case .decided(let transaction, .noError) where transaction.epoch == 6: return .bump
        case .unchanged(let transaction) where transaction.epoch == 5: return .same
        default:
            Issue.record("\(decision)")
            return .same
        }
    }

    @Test func endIsAnsweredByKafkasTable() {
        let (fenced, state) = (Outcome.refused(.producerFenced), Outcome.refused(.invalidTxnState))
        let table: [(Transaction.State, abort: [Outcome], commit: [Outcome])] = [
            (.empty, [fenced, .bump], [fenced, state]),
            (.completeAbort, [.same, .bump], [state, state]),
            (.completeCommit, [state, .bump], [.same, state]),
            (.ongoing, [fenced, .bump], [fenced, .bump]),
            (.prepareCommit, [state, fenced], [.refused(.concurrentTransactions), fenced]),
            (.prepareAbort, [.refused(.concurrentTransactions), fenced], [state, fenced]),
        ]
        for (row, abort, commit) in table {
            let found = [false, true].map { isCommit in
                [true, false].map { outcome(row, commit: isCommit, again: $0) }
            }
            #expect(found == [abort, commit], "\(row)")
        }
    }

    /// The client is told 32,766 and then another producer with epoch 0; 32,767 is only the markers'.
    @Test func producerWhoseEpochsAreUsedUpIsFollowedByAnother() throws {
        var coordinator = coordinator(.ongoing, epoch: 32_766)
        let decision = coordinator.endBumping(
            "x", producerId: 7, epoch: 32_766, commit: true, now: 1, freshProducerId: { 8 })
        guard case .decided(let decided, .noError) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(decided.epoch == 32_767 && decided.producerId == 7 && decided.successor == (8, 0))
        let kept = try TransactionRecord.value(decided)
        let read = try kept.withUnsafeBytes { try TransactionRecord.read("x", $0) }
        #expect(read?.nextProducerId == 8 && read?.bumpsEpoch == true && read?.partitions == [place])
        guard let finished = coordinator.markersWritten("x", now: 2) else {
            Issue.record("nothing was finished")
            return
        }
        #expect(finished.producerId == 8 && finished.epoch == 0 && finished.nextProducerId == -1)
        let again = coordinator.endBumping(
            "x", producerId: 7, epoch: 32_766, commit: true, now: 3, freshProducerId: { 9 })
        #expect(again == .unchanged(finished), "the answer to the end was lost")
        #expect(finished.successor == (8, 0))
    }

    @Test func withoutAnotherProducerIdTheEndIsTriedAgain() {
        var coordinator = coordinator(.ongoing, epoch: 32_766)
        let decision = coordinator.endBumping(
            "x", producerId: 7, epoch: 32_766, commit: true, now: 1, freshProducerId: { nil })
        #expect(decision == .refused(.coordinatorNotAvailable))
    }

    /// Written by Kafka 4.1's own rules for TransactionLogValue 1, byte by byte.
    @Test func recordOfTheNewerFormIsReadAndWritten() throws {
        var bytes: [UInt8] = [0, 1]
        bytes += [0, 0, 0, 0, 0, 0, 0, 7] + [0, 5] + [0, 0, 3, 0xE8] + [4]
        bytes += [2, 2, UInt8(ascii: "t"), 2, 0, 0, 0, 3, 0]
        bytes += [0, 0, 0, 0, 0, 0, 0, 9] + [0, 0, 0, 0, 0, 0, 0, 8]
        bytes += [2, 0, 8, 0, 0, 0, 0, 0, 0, 0, 6, 2, 2, 0, 2]
        let read = try #require(try bytes.withUnsafeBytes { try TransactionRecord.read("x", $0) })
        #expect(read.producerId == 7 && read.epoch == 5 && read.state == .completeCommit && read.lastProducerId == 6)
        #expect(read.partitions == [.init(topic: "t", index: 3)] && read.updatedAt == 9 && read.startedAt == 8)
        #expect(try TransactionRecord.value(read) == bytes)
    }
}
