import KappaWire
import Testing

@testable import KappaBroker

/// The coordinator as a pure machine. Expectations are Kafka's transaction protocol (KIP-98, KIP-360, KIP-588).
@Suite struct TransactionCoordinatorTests {
    private let place = Transaction.Partition(topic: "t", index: 0)

    private func started() -> TransactionCoordinator {
        var coordinator = TransactionCoordinator()
        _ = coordinator.initialise("x", timeoutMilliseconds: 1000, expected: nil, now: 0) { 7 }
        return coordinator
    }

    private func open() -> TransactionCoordinator {
        var coordinator = started()
        _ = coordinator.add([place], to: "x", producerId: 7, epoch: 0, now: 0)
        return coordinator
    }

    @Test func secondProducerFencesTheFirst() {
        var coordinator = started()
        guard
            case .changed(let second) = coordinator.initialise(
                "x", timeoutMilliseconds: 1000, expected: nil, now: 1, freshProducerId: { 8 })
        else {
            Issue.record("the second producer was not started")
            return
        }
        #expect(second.producerId == 7 && second.epoch == 1)
        #expect(
            coordinator.add([place], to: "x", producerId: 7, epoch: 0, now: 2) == .refused(.producerFenced))
    }

    @Test func startingDuringAnOpenTransactionAbortsIt() {
        var coordinator = open()
        guard
            case .decided(let aborted, let error) = coordinator.initialise(
                "x", timeoutMilliseconds: 1000, expected: nil, now: 1, freshProducerId: { 8 })
        else {
            Issue.record("nothing was decided")
            return
        }
        #expect(error == .concurrentTransactions)
        #expect(aborted.state == .prepareAbort && aborted.epoch == 1 && aborted.partitions == [place])
        #expect(
            coordinator.initialise("x", timeoutMilliseconds: 1000, expected: nil, now: 1) { 8 }
                == .refused(.concurrentTransactions))
        #expect(coordinator.markersWritten("x", now: 2)?.state == .completeAbort)
        guard
            case .changed(let fresh) = coordinator.initialise(
                "x", timeoutMilliseconds: 1000, expected: nil, now: 3, freshProducerId: { 8 })
        else {
            Issue.record("the producer was not started")
            return
        }
        #expect(fresh.epoch == 2)
    }

    @Test func repeatedEndIsASuccess() {
        var coordinator = open()
        guard
            case .decided(let committed, .noError) = coordinator.end(
                "x", producerId: 7, epoch: 0, commit: true, now: 1)
        else {
            Issue.record("nothing was decided")
            return
        }
        #expect(committed.state == .prepareCommit)
        #expect(
            coordinator.end("x", producerId: 7, epoch: 0, commit: true, now: 1) == .refused(.concurrentTransactions))
        let finished = coordinator.markersWritten("x", now: 2)
        #expect(finished?.state == .completeCommit)
        #expect(coordinator.end("x", producerId: 7, epoch: 0, commit: true, now: 3) == .unchanged(finished!))
        #expect(coordinator.end("x", producerId: 7, epoch: 0, commit: false, now: 3) == .refused(.invalidTxnState))
    }

    @Test func endWithoutATransactionIsRefused() {
        var coordinator = started()
        #expect(coordinator.end("x", producerId: 7, epoch: 0, commit: true, now: 1) == .refused(.invalidTxnState))
        #expect(
            coordinator.end("x", producerId: 8, epoch: 0, commit: true, now: 1) == .refused(.invalidProducerIdMapping))
        #expect(
            coordinator.end("y", producerId: 7, epoch: 0, commit: true, now: 1) == .refused(.invalidProducerIdMapping))
    }

    @Test func onlyAddedPartitionsMayBeWritten() {
        let coordinator = open()
        #expect(coordinator.refusal(ofProducer: 7, epoch: 0, writingTo: place) == nil)
        #expect(
            coordinator.refusal(ofProducer: 7, epoch: 0, writingTo: .init(topic: "t", index: 1)) == .invalidTxnState)
        #expect(coordinator.refusal(ofProducer: 9, epoch: 0, writingTo: place) == .invalidTxnState)
        #expect(started().refusal(ofProducer: 7, epoch: 0, writingTo: place) == .invalidTxnState)
    }

    @Test func transactionsRunOutOfTime() {
        var coordinator = open()
        #expect(coordinator.nextDeadline == 1000)
        #expect(coordinator.expireOne(now: 999) == nil)
        guard case .decided(let aborted, _)? = coordinator.expireOne(now: 1000) else {
            Issue.record("nothing was decided")
            return
        }
        #expect(aborted.state == .prepareAbort && aborted.epoch == 1)
        #expect(
            coordinator.end("x", producerId: 7, epoch: 0, commit: true, now: 1001) == .refused(.producerFenced))
    }

    @Test func lastEpochGivesWayToANewProducerId() {
        var coordinator = TransactionCoordinator()
        coordinator.restore(
            Transaction(
                id: "x", producerId: 7, epoch: Int16.max - 1, timeoutMilliseconds: 1000, now: 0))
        guard
            case .changed(let next) = coordinator.initialise(
                "x", timeoutMilliseconds: 1000, expected: nil, now: 1, freshProducerId: { 8 })
        else {
            Issue.record("the producer was not started")
            return
        }
        #expect(next.producerId == 8 && next.epoch == 0)
    }

    @Test func recoveringProducerIsKnownAgain() {
        var coordinator = started()
        guard
            case .changed(let bumped) = coordinator.initialise(
                "x", timeoutMilliseconds: 1000, expected: (7, 0), now: 1, freshProducerId: { 8 })
        else {
            Issue.record("the epoch was not raised")
            return
        }
        #expect(bumped.epoch == 1)
        // The answer was lost, and the producer asks again with what it knows.
        #expect(
            coordinator.initialise("x", timeoutMilliseconds: 1000, expected: (7, 0), now: 2) { 8 }
                == .unchanged(bumped))
        #expect(
            coordinator.initialise("x", timeoutMilliseconds: 1000, expected: (7, 5), now: 2) { 8 }
                == .refused(.producerFenced))
    }
}
