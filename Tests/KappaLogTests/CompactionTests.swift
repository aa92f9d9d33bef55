import KappaCore
import KappaRecords
import Testing

@testable import KappaLog

@Suite struct CompactionTests {
    private let disk = SimulatedDisk()
    private let epoch = Timestamp(milliseconds: 0)

    private func open(_ change: (inout LogConfiguration) -> Void = { _ in }) throws -> PartitionLog {
        var configuration = LogConfiguration()
        configuration.segmentBytes = 400
        configuration.cleanupPolicy = .compact
        configuration.deleteRetentionMilliseconds = 1000
        configuration.minCleanableRatio = 0
        change(&configuration)
        return try PartitionLog.open(
            directory: "/data/latest-0", configuration: configuration, storage: disk, now: epoch)
    }

    private func append(_ batch: [UInt8], to log: PartitionLog) throws {
        _ = try log.append(own: batch, now: epoch)
    }

    /// Closes the active segment, for compaction leaves it alone, and makes all of it durable.
    private func settle(_ log: PartitionLog) throws {
        try log.roll()
        guard let ticket = log.pendingSync() else { return }
        try log.finishSync(ticket, ticket.run())
    }

    private func records(_ log: PartitionLog) throws -> [String] {
        var found: [String] = []
        try Batches.read(log) { batch in
            guard !batch.isControl else { return found.append("\(batch.baseOffset):marker") }
            try? batch.forEachRecord { record in
                let key = record.key.map { String(decoding: $0, as: UTF8.self) } ?? "-"
                let value = record.value.map { String(decoding: $0, as: UTF8.self) } ?? "-"
                found.append("\(record.offset):\(key)=\(value)")
            }
        }
        return found
    }

    @Test func theLastValueOfEachKeyStaysAtItsOffset() throws {
        let log = try open()
        try append(Batches.plain(["a": "1", "b": "1", "c": "1"]), to: log)
        try append(Batches.plain(["a": "2"]), to: log)
        try append(Batches.plain(["b": "2", "a": "3"]), to: log)
        try settle(log)
        try append(Batches.plain(["c": "2"]), to: log)
        try log.compact(now: epoch)
        // The active segment's newer value of c is not looked at yet.
        #expect(try records(log) == ["2:c=1", "4:b=2", "5:a=3", "6:c=2"])
        #expect(log.endOffset == 7 && log.startOffset == 0)
        try settle(log)
        try log.compact(now: epoch)
        #expect(try records(log) == ["4:b=2", "5:a=3", "6:c=2"])
        #expect(try records(open()) == ["4:b=2", "5:a=3", "6:c=2"])
    }

    @Test func theCompactedLogIsSoundWithoutItsCheckpointToo() throws {
        let log = try open()
        for number in 0..<60 { try append(Batches.plain(["k\(number % 5)": "\(number)"]), to: log) }
        try settle(log)
        try log.compact(now: epoch)
        let kept = try records(log)
        #expect(kept == ["55:k0=55", "56:k1=56", "57:k2=57", "58:k3=58", "59:k4=59"])
        try log.close()
        disk.names["/data/latest-0/kappa.checkpoint"] = nil
        let again = try open()
        #expect(try records(again) == kept)
        #expect(again.endOffset == 60)
        #expect(try LogCheck.check(dataDirectory: "/data", storage: disk).isSound)
    }

    @Test func aTombstoneStaysForItsTimeAndThenGoes() throws {
        let log = try open()
        try append(Batches.plain(["a": "1", "b": "1"]), to: log)
        try append(Batches.plain(["a": nil]), to: log)
        try settle(log)
        try log.compact(now: Timestamp(milliseconds: 10))
        #expect(try records(log) == ["1:b=1", "2:a=-"])
        try append(Batches.plain(["c": "1"]), to: log)
        try settle(log)
        try log.compact(now: Timestamp(milliseconds: 1009))
        #expect(try records(log) == ["1:b=1", "2:a=-", "3:c=1"], "one millisecond too early")
        try append(Batches.plain(["d": "1"]), to: log)
        try settle(log)
        try log.compact(now: Timestamp(milliseconds: 1010))
        #expect(try records(log) == ["1:b=1", "3:c=1", "4:d=1"])
    }

    /// "For ever" in milliseconds is a sum that no number holds.
    @Test func aTombstoneMayStayForEver() throws {
        let log = try open()
        var configuration = log.configuration
        configuration.deleteRetentionMilliseconds = .max
        log.configure(configuration)
        try append(Batches.plain(["a": "1", "b": "1"]), to: log)
        try append(Batches.plain(["a": nil]), to: log)
        for now: Int64 in [1_700_000_000_000, 1_800_000_000_000] {
            try settle(log)
            try log.compact(now: Timestamp(milliseconds: now))
            #expect(try records(log).prefix(2) == ["1:b=1", "2:a=-"])
            try append(Batches.plain(["c": "1"]), to: log)
        }
    }

    @Test func abortedRecordsGoAndTheirMarkerLater() throws {
        let log = try open()
        try append(Batches.plain(["a": "old"]), to: log)
        try append(Batches.produced(by: 1, sequence: 0, transactional: true, value: "aborted"), to: log)
        try append(
            TransactionMarker.abort.batch(producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 0), to: log)
        try append(Batches.produced(by: 1, sequence: 1, transactional: true, value: "kept"), to: log)
        try append(
            TransactionMarker.commit.batch(producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 0), to: log)
        try settle(log)
        try log.compact(now: epoch)
        #expect(try records(log) == ["0:a=old", "2:marker", "3:k=kept", "4:marker"])
        try append(Batches.plain(["z": "1"]), to: log)
        try settle(log)
        try log.compact(now: Timestamp(milliseconds: 5000))
        // The abort has nothing left to say; the commit's record is still there.
        #expect(try records(log) == ["0:a=old", "3:k=kept", "4:marker", "5:z=1"])
        disk.names["/data/latest-0/kappa.checkpoint"] = nil
        let again = try open()
        #expect(again.lastStableOffset(visible: again.endOffset) == again.endOffset)
        #expect(again.producers.producers[1]?.batches.last?.lastSequence == 1)
    }

    @Test func aProducersLastSequenceOutlivesItsRecords() throws {
        let log = try open()
        try append(Batches.produced(by: 7, sequence: 0, count: 3, value: "x"), to: log)
        try append(Batches.plain(["k": "y"]), to: log)
        try settle(log)
        try log.compact(now: epoch)
        #expect(try records(log) == ["3:k=y"])
        disk.names["/data/latest-0/kappa.checkpoint"] = nil
        let again = try open()
        let repeated = try again.append(own: Batches.produced(by: 7, sequence: 0, count: 3, value: "x"), now: epoch)
        #expect(repeated.isDuplicate && repeated.baseOffset == 0)
    }

    @Test func anOpenTransactionHoldsCompactionBack() throws {
        let log = try open()
        try append(Batches.plain(["a": "1"]), to: log)
        try append(Batches.produced(by: 1, sequence: 0, transactional: true), to: log)
        try append(Batches.plain(["a": "2"]), to: log)
        try settle(log)
        #expect(log.compactionPlan(now: epoch) == nil)
    }

    @Test func recordsYoungerThanTheLagStay() throws {
        let log = try open { $0.minCompactionLagMilliseconds = 100 }
        try append(Batches.plain(["a": "1"], timestamp: 50), to: log)
        try append(Batches.plain(["a": "2"], timestamp: 60), to: log)
        try settle(log)
        #expect(log.compactionPlan(now: Timestamp(milliseconds: 159)) == nil)
        try log.compact(now: Timestamp(milliseconds: 160))
        #expect(try records(log) == ["1:a=2"])
    }

    @Test func compressedBatchesAreOpened() throws {
        let log = try open()
        // Keys borehole-0, borehole-1, none, borehole-1 (a tombstone): the one without a key cannot stay.
        for hex in [Fixtures.gzip, Fixtures.snappyFramed, Fixtures.lz4] { try append(Fixtures.bytes(hex), to: log) }
        try settle(log)
        try log.compact(now: epoch)
        #expect(try records(log).map { $0.prefix { $0 != "=" } } == ["8:borehole-0", "11:borehole-1"])
    }

    @Test func aRecordWithoutAKeyIsRefused() throws {
        let log = try open()
        for hex in [Fixtures.gzip, Fixtures.snappyFramed, Fixtures.lz4] {
            var bytes = Fixtures.bytes(hex)
            let refusal = try #require(throws: AppendRefusal.self) {
                try bytes.withUnsafeMutableBytes { try log.append($0, now: epoch) }
            }
            #expect(refusal.problems.map(\.index) == [2], "\(refusal)")
        }
        #expect(log.endOffset == 0)
    }

    @Test func smallNeighboursBecomeOneSegment() throws {
        let log = try open()
        for number in 0..<60 { try append(Batches.plain(["k\(number % 3)": "\(number)"]), to: log) }
        try settle(log)
        let before = log.segments.count
        try log.compact(now: epoch)
        try append(Batches.plain(["z": "1"]), to: log)
        try settle(log)
        try log.compact(now: epoch)
        #expect(before > 8 && log.segments.count == 2, "one compacted, one to append to")
        #expect(try records(log) == ["57:k0=57", "58:k1=58", "59:k2=59", "60:z=1"])
        #expect(try records(open()) == ["57:k0=57", "58:k1=58", "59:k2=59", "60:z=1"])
        #expect(disk.names.keys.count { $0.hasSuffix(".log") } == 2)
    }

    @Test func moreKeysThanTheTableHoldsAreDealtWithInRounds() throws {
        let log = try open()
        for number in 0..<200 { try append(Batches.plain(["k\(number % 50)": "\(number)"]), to: log) }
        try settle(log)
        for _ in 0..<30 {
            guard let plan = log.compactionPlan(now: epoch) else { break }
            let small = plan.holding(maxKeys: 20)
            #expect(try log.finishCompaction(small, small.run()))
            let latest = Set(try records(log).map { $0.split(separator: ":")[1] })
            #expect(latest.isSuperset(of: (150..<200).map { "k\($0 % 50)=\($0)" }))
        }
        disk.names["/data/latest-0/kappa.checkpoint"] = nil
        #expect(try records(open()).count < 150)
    }

    @Test func damageStopsCompactionAndIsNotCopiedOn() throws {
        let log = try open()
        for number in 0..<20 { try append(Batches.plain(["k": "\(number)"]), to: log) }
        try settle(log)
        let path = try #require(disk.names.keys.filter { $0.hasSuffix(".log") }.min())
        disk.names[path]?.content[75] ^= 1
        let error = try #require(throws: LogError.self) { try log.compact(now: epoch) }
        #expect(error.code == .damaged && error.message.contains(path))
    }

    /// The power goes at every call of a life with compaction in it: what a reader of the latest values finds must be
    /// what the records up to the end make of it.
    @Test func everyPowerCutAmidCompactionKeepsTheLatestValues() throws {
        var states = 0
        var rounds = 0
        for seed in 0..<(CrashStateTests.number("KAPPA_CRASH_SEEDS") ?? 4) {
            let whole = CompactionWorkload(seed: seed)
            try whole.run()
            rounds += whole.rounds
            for call in 1...whole.disk.calls {
                let fault = try CompactionWorkload.faultAfterPowerOff(at: call, seed: seed)
                #expect(fault == nil, "seed \(seed), power off at call \(call)")
                states += 1
            }
        }
        #expect(rounds > 10)
        print("compaction crash states tried: \(states)")
    }
}
