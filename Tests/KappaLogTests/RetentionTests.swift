import KappaCore
import Testing

@testable import KappaLog

@Suite struct RetentionTests {
    private let disk = SimulatedDisk()
    private let now = Timestamp(milliseconds: 0)

    private func open(_ change: (inout LogConfiguration) -> Void = { _ in }) throws -> PartitionLog {
        var configuration = LogConfiguration()
        configuration.segmentBytes = 500
        change(&configuration)
        return try PartitionLog.open(directory: "/data/t-0", configuration: configuration, storage: disk, now: now)
    }

    /// A record each second from 0, some six to a segment.
    private func fill(_ log: PartitionLog, _ count: Int = 30) throws {
        for second in 0..<count {
            _ = try log.append(own: Batches.plain(["k": "v"], timestamp: Int64(second) * 1000), now: now)
        }
        let ticket = try #require(log.pendingSync())
        try log.finishSync(ticket, ticket.run())
    }

    @Test func segmentsOlderThanTheirTimeGo() throws {
        let log = try open { $0.retentionMilliseconds = 10_000 }
        try fill(log)
        let bytes = log.sizeInBytes
        let gone = try log.retain(now: Timestamp(milliseconds: 25_000))
        #expect(gone > 0 && log.sizeInBytes == bytes - gone)
        // Whole segments: what stays begins at or before the first record that is young enough.
        #expect(log.startOffset > 0 && log.startOffset <= 15)
        #expect(log.endOffset == 30)
        #expect(throws: LogError.self) { try log.read(from: 0, upTo: 30, maxBytes: 1) { _ in fatalError() } }
    }

    @Test func aLogThatIsWhollyOutOfDateEndsEmptyAtItsEnd() throws {
        let log = try open { $0.retentionMilliseconds = 10_000 }
        try fill(log)
        try log.retain(now: Timestamp(milliseconds: 1_000_000))
        #expect(log.startOffset == 30 && log.endOffset == 30 && log.sizeInBytes == 0)
        let again = try open()
        #expect(again.startOffset == 30 && again.endOffset == 30)
        #expect(try again.append(own: Batches.plain(["k": "v"]), now: now).baseOffset == 30)
    }

    @Test func theOldestSegmentsGoWhereThereIsTooMuch() throws {
        let log = try open {
            $0.retentionMilliseconds = nil
            $0.retentionBytes = 1000
        }
        try fill(log)
        try log.retain(now: now)
        #expect(log.sizeInBytes >= 1000 && log.sizeInBytes < 1500)
    }

    @Test func whatIsNotSyncedStays() throws {
        let log = try open { $0.retentionMilliseconds = 1 }
        for _ in 0..<30 { _ = try log.append(own: Batches.plain(["k": "v"], timestamp: 0), now: now) }
        try log.retain(now: Timestamp(milliseconds: 1_000_000))
        #expect(log.startOffset == 0)
    }

    @Test func deletedRecordsStayDeletedAfterAPowerCut() throws {
        let log = try open()
        try fill(log)
        try log.deleteRecords(before: 17)
        var random = SeededRandom(seed: 1)
        let after = disk.restarted(&random)
        let again = try PartitionLog.open(directory: "/data/t-0", storage: after, now: now)
        #expect(again.startOffset == 17)
        #expect(throws: LogError.self) { try Batches.values(of: again, from: 16) }
        #expect(try Batches.values(of: again).count >= 13)
    }

    @Test func recordsThatAreNotThereYetCannotBeDeleted() throws {
        let log = try open()
        try fill(log, 3)
        #expect(throws: LogError.self) { try log.deleteRecords(before: 4) }
        #expect(log.startOffset == 0)
    }

    @Test func segmentsRollByTheAgeOfTheirRecords() throws {
        let log = try open {
            $0.segmentMilliseconds = 5000
            $0.segmentBytes = 1 << 20
        }
        try fill(log, 20)
        #expect(log.segments.count == 4)
    }
}
