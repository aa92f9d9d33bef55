import KappaCore
import KappaRecords
import Testing

@testable import KappaLog

/// On the real disk.
@Suite struct PartitionLogTests {
    private let folder = TemporaryFolder()
    private let now = Timestamp(milliseconds: 5)

    private func open(_ change: (inout LogConfiguration) -> Void = { _ in }) throws -> PartitionLog {
        var configuration = LogConfiguration()
        change(&configuration)
        return try PartitionLog.open(directory: folder.path + "/t-0", configuration: configuration, now: now)
    }

    private func send(_ bytes: [UInt8], to log: PartitionLog) throws(AppendRefusal) -> PartitionLog.Appended {
        var bytes = bytes
        return try bytes.withMutableRawBytes { raw throws(AppendRefusal) in try log.append(raw, now: now) }
    }

    @Test func whatIsAppendedIsReadBackAfterReopening() throws {
        let log = try open()
        for value in 0..<100 {
            let appended = try log.append(own: Batches.plain(["k\(value)": "v\(value)"]), now: now)
            #expect(appended.baseOffset == Int64(value))
        }
        #expect(log.syncedOffset == 0)
        let ticket = try #require(log.pendingSync())
        #expect(log.pendingSync() == nil, "one round at a time")
        try log.finishSync(ticket, ticket.run())
        #expect(log.syncedOffset == 100)
        try log.close()

        let again = try open()
        #expect(again.endOffset == 100)
        #expect(again.syncedOffset == 100)
        #expect(try Batches.values(of: again) == (0..<100).map { "v\($0)" })
    }

    /// Reads of every size, from every offset, over many segments: whole batches, in order, none above the limit.
    @Test func readsOfEverySizeGiveWholeBatchesInOrder() throws {
        let log = try open {
            $0.segmentBytes = 2000
            $0.indexIntervalBytes = 300
        }
        var random = SeededRandom(seed: 11)
        while log.endOffset < 300 {
            let count = Int.random(in: 1...6, using: &random)
            let value = String(repeating: "x", count: Int.random(in: 0...90, using: &random))
            _ = try log.append(own: Batches.produced(by: -1, sequence: -1, count: count, value: value), now: now)
        }
        for _ in 0..<400 {
            let start = Int64.random(in: 0..<300, using: &random)
            let limit = Int64.random(in: start...log.endOffset, using: &random)
            var due = start
            try Batches.read(log, from: start, upTo: limit, maxBytes: Int.random(in: 1...3000, using: &random)) {
                batch in
                #expect(batch.baseOffset <= due && batch.lastOffset >= due && batch.nextOffset <= limit)
                due = batch.nextOffset
            }
            let rest = try log.read(from: due, upTo: limit, maxBytes: 1) { .allocate(byteCount: $0, alignment: 1) }
            #expect(rest == 0, "a batch may only stay out where the limit cuts it")
        }
    }

    @Test func aRepeatedBatchIsAnsweredAndNotAppended() throws {
        let log = try open()
        let first = try send(Batches.produced(by: 3, sequence: 0, count: 2), to: log)
        let second = try send(Batches.produced(by: 3, sequence: 2, count: 2), to: log)
        let repeated = try send(Batches.produced(by: 3, sequence: 0, count: 2), to: log)
        #expect(first.baseOffset == 0 && second.baseOffset == 2 && log.endOffset == 4)
        #expect(repeated.isDuplicate && repeated.baseOffset == 0 && repeated.lastOffset == 1)
    }

    @Test func whatIsNoSoundBatchIsRefused() throws {
        let log = try open { $0.maxMessageBytes = 500 }
        let good = Batches.plain(["k": "v"])
        var flipped = good
        flipped[65] ^= 1
        var older = good
        older[16] = 1
        #expect(throws: AppendRefusal.unsupportedFormat(magic: 1)) { try send(older, to: log) }
        for bad in [flipped, Array(good.dropLast()), good + [0], good + good, []] {
            let refusal = try #require(throws: AppendRefusal.self) { try send(bad, to: log) }
            guard case .corrupt = refusal else { #expect(Bool(false), "\(refusal)"); continue }
        }
        let great = Batches.plain(["k": String(repeating: "x", count: 600)])
        #expect(throws: AppendRefusal.tooLarge(bytes: great.count, maximum: 500)) { try send(great, to: log) }
        let marker = TransactionMarker.commit.batch(
            producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 0)
        #expect(throws: AppendRefusal.invalidRecord("a client may not write control records")) {
            try send(marker, to: log)
        }
        #expect(log.endOffset == 0)
    }

    /// A header that claims more records than it has would use up offsets; one that claims 2³¹ of them, all of them.
    @Test func aBatchWhoseCountsLieIsRefused() throws {
        let log = try open()
        for (delta, count) in [(0, 2), (1, 1), (5, 6), (Int32.max, Int32.max), (0, -1), (-1, 0)] as [(Int32, Int32)] {
            var bytes = Batches.plain(["k": "v"])
            bytes.withUnsafeMutableBytes { raw in
                raw.setBigEndian(delta, at: 23)
                raw.setBigEndian(count, at: 57)
                RecordBatch.seal(raw)
            }
            #expect(throws: AppendRefusal.self, "\(delta) \(count)") { try send(bytes, to: log) }
        }
        #expect(log.endOffset == 0)
    }

    @Test func anOffsetOutsideTheLogIsNamed() throws {
        let log = try open()
        _ = try log.append(own: Batches.plain(["k": "v"]), now: now)
        for offset in [-1, 2] as [Int64] {
            let error = try #require(throws: LogError.self) {
                try log.read(from: offset, upTo: 1, maxBytes: 10) { _ in
                    UnsafeMutableRawBufferPointer(start: nil, count: 0)
                }
            }
            #expect(error.code == .offsetOutOfRange && error.message.contains("\(offset)"))
        }
    }

    @Test func aRemovedLogLeavesNothing() throws {
        let log = try open()
        _ = try log.append(own: Batches.plain(["k": "v"]), now: now)
        try log.close()
        try PartitionLog.remove(directory: log.directory)
        #expect(try PosixStorage().list(folder.path) == [])
    }
}
