import KappaRecords
import Testing

@testable import KappaLog

@Suite struct ProducerStatesTests {
    private func check(_ states: ProducerStates, _ bytes: [UInt8]) throws -> ProducerStates.Batch? {
        try bytes.withUnsafeBytes { try states.check(#require(RecordBatch(startOf: $0))) }
    }

    private func apply(_ bytes: [UInt8], at offset: Int64, to states: inout ProducerStates) {
        var bytes = bytes
        bytes.withUnsafeMutableBytes { RecordBatch.assign(baseOffset: offset, leaderEpoch: 0, in: $0) }
        bytes.withUnsafeBytes { raw in
            if let batch = RecordBatch(startOf: raw) { states.apply(batch, seenAt: 1000) }
        }
    }

    /// Six batches of two records: sequences 0 to 11 at offsets 100 to 111.
    private func filled() -> ProducerStates {
        var states = ProducerStates()
        for number in 0..<6 {
            apply(
                Batches.produced(by: 1, sequence: Int32(number * 2), count: 2), at: Int64(100 + number * 2), to: &states
            )
        }
        return states
    }

    @Test func aNewProducerMayStartAnywhere() throws {
        #expect(try check(ProducerStates(), Batches.produced(by: 1, sequence: 77)) == nil)
    }

    @Test func theLastFiveBatchesAreAnsweredWithTheirFirstOffset() throws {
        let states = filled()
        for number in 1..<6 {
            let repeated = try check(states, Batches.produced(by: 1, sequence: Int32(number * 2), count: 2))
            #expect(repeated?.baseOffset == Int64(100 + number * 2))
        }
    }

    @Test func aBatchOlderThanTheLastFiveIsOutOfOrder() {
        #expect(throws: AppendRefusal.outOfOrderSequence(expected: 12, found: 0)) {
            try check(filled(), Batches.produced(by: 1, sequence: 0, count: 2))
        }
    }

    @Test func aGapInTheSequenceIsRefused() {
        #expect(throws: AppendRefusal.outOfOrderSequence(expected: 12, found: 13)) {
            try check(filled(), Batches.produced(by: 1, sequence: 13))
        }
    }

    @Test func theSameStartWithAnotherCountIsNoDuplicate() {
        #expect(throws: AppendRefusal.outOfOrderSequence(expected: 12, found: 10)) {
            try check(filled(), Batches.produced(by: 1, sequence: 10, count: 3))
        }
    }

    @Test func anOlderEpochIsFencedAndANewerOneStartsAtZero() throws {
        var states = ProducerStates()
        apply(Batches.produced(by: 1, epoch: 4, sequence: 0), at: 0, to: &states)
        #expect(throws: AppendRefusal.fencedProducer(current: 4, found: 3)) {
            try check(states, Batches.produced(by: 1, epoch: 3, sequence: 1))
        }
        #expect(throws: AppendRefusal.outOfOrderSequence(expected: 0, found: 1)) {
            try check(states, Batches.produced(by: 1, epoch: 5, sequence: 1))
        }
        #expect(try check(states, Batches.produced(by: 1, epoch: 5, sequence: 0)) == nil)
    }

    @Test func sequencesWrapAfterTheGreatestNumber() throws {
        var states = ProducerStates()
        apply(Batches.produced(by: 1, sequence: Int32.max - 1, count: 2), at: 0, to: &states)
        #expect(try check(states, Batches.produced(by: 1, sequence: 0)) == nil)
        apply(Batches.produced(by: 2, sequence: Int32.max - 1, count: 4), at: 2, to: &states)
        #expect(states.producers[2]?.batches.last?.lastSequence == 1)
        #expect(try check(states, Batches.produced(by: 2, sequence: 2)) == nil)
    }

    @Test func aPlainBatchInsideATransactionIsRefused() {
        var states = ProducerStates()
        apply(Batches.produced(by: 1, sequence: 0, transactional: true), at: 0, to: &states)
        #expect(throws: AppendRefusal.transactionInProgress) {
            try check(states, Batches.produced(by: 1, sequence: 1))
        }
    }

    @Test func theStableOffsetWaitsForTheMarkerToBeVisible() {
        var states = ProducerStates()
        apply(Batches.produced(by: 1, sequence: 0, transactional: true), at: 10, to: &states)
        apply(Batches.produced(by: 2, sequence: 0, transactional: true), at: 11, to: &states)
        #expect(states.firstUndecided(visible: 12) == 10)
        apply(
            TransactionMarker.commit.batch(producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 0), at: 12,
            to: &states)
        #expect(states.firstUndecided(visible: 12) == 10, "the marker at 12 is not visible below 12")
        #expect(states.firstUndecided(visible: 13) == 11)
        apply(
            TransactionMarker.abort.batch(producerId: 2, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 0), at: 13,
            to: &states)
        #expect(states.firstUndecided(visible: 14) == nil)
    }

    @Test func abortedTransactionsAreFoundByOverlap() {
        var states = ProducerStates()
        for number in 0..<3 as Range<Int64> {
            apply(
                Batches.produced(by: number, sequence: 0, transactional: true), at: number * 10, to: &states)
            apply(
                TransactionMarker.abort.batch(
                    producerId: number, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 0), at: number * 10 + 5,
                to: &states)
        }
        func found(_ range: Range<Int64>) -> [Int64] { states.aborted(overlapping: range).map(\.producerId) }
        #expect(found(0..<30) == [0, 1, 2])
        #expect(found(5..<11) == [0, 1])
        #expect(found(6..<10) == [])
        #expect(found(16..<20) == [])
        #expect(found(25..<26) == [2])
    }

    @Test func aRestartKeepsWhatACheckpointHolds() throws {
        var states = filled()
        apply(Batches.produced(by: 9, sequence: 0, transactional: true), at: 200, to: &states)
        apply(
            TransactionMarker.abort.batch(producerId: 9, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 0), at: 201,
            to: &states)
        apply(Batches.produced(by: 9, sequence: 1, transactional: true), at: 202, to: &states)
        let line = Checkpoint.SegmentLine(
            baseOffset: 0, size: 10, nextOffset: 203, maxTimestamp: 5, maxTimestampOffset: 7, firstTimestamp: nil,
            indexEntries: 3, timeEntries: 2)
        let checkpoint = Checkpoint(recoveredOffset: 203, segments: [line], producers: states)
        var encoded = checkpoint.encoded()
        #expect(Checkpoint(encoded: encoded) == checkpoint)
        for index in encoded.indices {
            encoded[index] ^= 4
            #expect(Checkpoint(encoded: encoded) == nil, "byte \(index)")
            encoded[index] ^= 4
        }
    }

    @Test func aSilentProducerIsForgottenByTheBrokersClockAndNotByItsRecordsTimes() {
        var states = filled()
        apply(Batches.produced(by: 2, sequence: 0, transactional: true), at: 300, to: &states)
        states.expire(before: 1000)
        #expect(states.producers.keys.sorted() == [1, 2])
        states.expire(before: 1001)
        #expect(states.producers.keys.sorted() == [2], "an open transaction is never forgotten")
    }
}
