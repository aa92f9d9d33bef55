import KappaCore
import Testing

@testable import KappaLog

/// How a log comes back, on the simulated disk, whose bytes a test can spoil.
@Suite struct RecoveryTests {
    private let disk = SimulatedDisk()
    private let directory = "/data/readings-0"
    private let now = Timestamp(milliseconds: 0)

    private var configuration: LogConfiguration {
        var configuration = LogConfiguration()
        configuration.segmentBytes = 1000
        configuration.indexIntervalBytes = 200
        return configuration
    }

    private func open() throws -> PartitionLog {
        try PartitionLog.open(directory: directory, configuration: configuration, storage: disk, now: now)
    }

    /// Forty batches over several segments, synced; closed only if asked.
    private func filled(closing: Bool) throws {
        let log = try open()
        for number in 0..<40 {
            _ = try log.append(own: Batches.plain(["k": "value \(number)"], timestamp: Int64(number)), now: now)
        }
        if closing { try log.close() } else { try sync(log) }
    }

    /// Three batches more that were synced and that no checkpoint knows.
    private func filledBeyondTheCheckpoint() throws {
        try filled(closing: false)
        let log = try open()
        for number in 0..<3 { _ = try log.append(own: Batches.plain(["k": "more \(number)"]), now: now) }
        try sync(log)
    }

    private func sync(_ log: PartitionLog) throws {
        let ticket = try #require(log.pendingSync())
        try log.finishSync(ticket, ticket.run())
    }

    private var logFiles: [String] { disk.names.keys.filter { $0.hasSuffix(".log") }.sorted() }

    private var all: [String] { (0..<40).map { "value \($0)" } }

    @Test func aCleanlyClosedLogReadsNothingAgain() throws {
        try filled(closing: true)
        let log = try open()
        #expect(log.recovery == Recovery.Report())
        #expect(try Batches.values(of: log) == all)
    }

    @Test func aKilledProcessLeavesOnlyTheEndToReadAgain() throws {
        try filled(closing: false)
        let before = try open()
        for number in 0..<3 { _ = try before.append(own: Batches.plain(["k": "more \(number)"]), now: now) }
        let log = try open()
        #expect(log.recovery.scannedBytes < 400)
        #expect(log.endOffset == 43 && log.syncedOffset == 43)
    }

    @Test func aTornEndIsCutAndReported() throws {
        try filled(closing: true)
        let last = try #require(logFiles.last)
        let node = try #require(disk.names[last])
        let size = node.content.count
        node.content += Batches.plain(["k": "torn"]).dropLast(3)
        let log = try open()
        let cut = try #require(log.recovery.cut)
        #expect(cut.path == last && cut.position == size && cut.offset == 40)
        #expect(node.content.count == size)
        #expect(try Batches.values(of: log) == all)
    }

    @Test func aHoleWithSoundRecordsBehindItRefusesToOpenAndSaysWhere() throws {
        try filled(closing: false)
        disk.names["\(directory)/kappa.checkpoint"] = nil
        let first = try #require(logFiles.first)
        disk.names[first]?.content[100] ^= 1
        let error = try #require(throws: LogError.self) { try open() }
        #expect(error.code == .hole)
        #expect(error.message.contains("\(first) is damaged at byte"))
        #expect(error.message.contains("(offset 1)"))
        #expect(error.message.contains("sound records follow at byte"))
    }

    @Test func aMissingSegmentRefusesToOpen() throws {
        try filled(closing: true)
        disk.names[logFiles[1]] = nil
        let error = try #require(throws: LogError.self) { try open() }
        #expect(error.code == .hole && error.message.contains(logFiles[0].dropLast(24)))
        disk.names["\(directory)/kappa.checkpoint"] = nil
        #expect(throws: LogError.self) { try open() }
    }

    @Test func aShortenedSegmentRefusesToOpen() throws {
        try filled(closing: true)
        disk.names[logFiles[1]]?.content.removeLast(200)
        let error = try #require(throws: LogError.self) { try open() }
        #expect(error.code == .hole && error.message.contains(logFiles[1]))
    }

    @Test func aDamagedCheckpointOnlyMeansMoreReading() throws {
        try filled(closing: true)
        disk.names["\(directory)/kappa.checkpoint"]?.content[20] ^= 1
        let log = try open()
        #expect(log.recovery.scannedBytes == log.sizeInBytes)
        #expect(try Batches.values(of: log) == all)
    }

    @Test func wrongOrMissingIndexesAreMadeAnew() throws {
        try filled(closing: true)
        for (path, node) in disk.names where path.hasSuffix("index") {
            if path.hasSuffix(".timeindex") {
                disk.names[path] = nil
            } else {
                for index in node.content.indices { node.content[index] ^= 0x55 }
            }
        }
        let log = try open()
        for start in 0..<40 as Range<Int64> {
            #expect(try Batches.values(of: log, from: start).first == "value \(start)")
            #expect(try log.offset(forTimestamp: start, upTo: 40)?.offset == start)
        }
    }

    /// Bits flipped while nobody looked are named when they are read, and never served.
    @Test func flippedBitsAreNeverServed() throws {
        try filled(closing: true)
        let path = logFiles[1]
        let node = try #require(disk.names[path])
        let log = try open()
        let first = log.segments[1].baseOffset
        let last = log.segments[1].nextOffset
        for index in node.content.indices {
            for bit in [0, 7] {
                node.content[index] ^= 1 << bit
                defer { node.content[index] ^= 1 << bit }
                let log = try open()
                for start in [first, last - 1] {
                    let served = (try? Batches.values(of: log, from: start)) ?? []
                    #expect(served.isEmpty || served == Array(all[Int(start)...]), "byte \(index) bit \(bit)")
                }
            }
        }
    }

    /// The process was killed after a sync, so the end of the log has no checkpoint: what was acknowledged must not be
    /// taken for a torn end, not even where nothing sound follows. The leader epoch and the base offset lie outside
    /// the checksum and are looked at all the same. The offline check names each of them, too.
    @Test func aFlippedBitInAnAcknowledgedEndRefusesToOpen() throws {
        try filledBeyondTheCheckpoint()
        let path = try #require(logFiles.last)
        let node = try #require(disk.names[path])
        let known = try Checkpoint.read(in: directory, storage: disk)?.segments.last?.size ?? 0
        let unread = node.content.indices.filter { $0 >= known }
        #expect(unread.count > 150, "several batches are behind the checkpoint")
        for index in unread {
            for bit in [0, 7] {
                let whole = node.content
                node.content[index] ^= 1 << bit
                defer { node.content = whole }
                let error = try #require(throws: LogError.self, "byte \(index) bit \(bit)") { try open() }
                #expect(error.code == .hole && error.message.contains("\(path) is damaged at byte"))
                #expect(try !LogCheck.check(dataDirectory: directory, storage: disk).isSound)
                #expect(node.content.count == whole.count, "nothing was cut")
            }
        }
    }

    /// Acknowledged batches that are gone, whole, leave no damage behind that could be seen.
    @Test func anAcknowledgedEndThatIsGoneRefusesToOpen() throws {
        try filledBeyondTheCheckpoint()
        let path = try #require(logFiles.last)
        disk.names[path]?.content.removeLast(Batches.plain(["k": "more 2"]).count)
        let error = try #require(throws: LogError.self) { try open() }
        #expect(error.code == .hole && error.message.contains("\(path) ends at offset 42"))
        #expect(error.message.contains("the records up to offset 43 had been synced"))
        #expect(try !LogCheck.check(dataDirectory: directory, storage: disk).isSound)
        // Said in the hint: whoever has no copy may go on without them.
        disk.names["\(directory)/synced-offset"] = nil
        #expect(try open().endOffset == 42)
    }

    /// What was written behind the last sync was never acknowledged: its damage is cut, and said.
    @Test func aFlippedBitInAnUnacknowledgedEndIsCut() throws {
        try filled(closing: false)
        let log = try open()
        _ = try log.append(own: Batches.plain(["k": "more"]), now: now)
        let path = try #require(logFiles.last)
        let node = try #require(disk.names[path])
        node.content[node.content.count - 3] ^= 1
        let cut = try #require(try open().recovery.cut)
        #expect(cut.path == path && cut.offset == 40)
    }

    @Test func damageIsNamedByFileAndByte() throws {
        try filled(closing: true)
        let path = try #require(logFiles.first)
        disk.names[path]?.content[70] ^= 1
        let log = try open()
        let error = try #require(throws: LogError.self) { try Batches.values(of: log) }
        #expect(error.code == .damaged)
        #expect(error.message.contains("\(path) is damaged at byte 0 (offset 0)"))
    }

    @Test func aFailedSyncIsFinal() throws {
        let log = try open()
        _ = try log.append(own: Batches.plain(["k": "v"]), now: now)
        disk.failingSync = disk.syncs + 1
        let ticket = try #require(log.pendingSync())
        #expect(throws: LogError.self) { try log.finishSync(ticket, ticket.run()) }
        #expect(log.failure?.code == .storage(errno: 5))
        #expect(log.syncedOffset == 0)
        #expect(log.pendingSync() == nil, "a failed sync is never tried again")
        #expect(throws: AppendRefusal.self) { try log.append(own: Batches.plain(["k": "w"]), now: now) }
    }

    @Test func aFullDiskRefusesTheBatchAndTakesTheNextOneLater() throws {
        let log = try open()
        _ = try log.append(own: Batches.plain(["k": "one"]), now: now)
        disk.space = 30
        let refusal = try #require(throws: AppendRefusal.self) {
            try log.append(own: Batches.plain(["k": "two"]), now: now)
        }
        guard case .failed(let error) = refusal else { return #expect(Bool(false), "\(refusal)") }
        #expect(error.isOutOfSpace)
        disk.space = Int.max
        #expect(try log.append(own: Batches.plain(["k": "three"]), now: now).baseOffset == 1)
        try sync(log)
        #expect(try Batches.values(of: log) == ["one", "three"])
        #expect(try Batches.values(of: open()) == ["one", "three"])
    }
}
