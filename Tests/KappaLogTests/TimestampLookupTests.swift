import KappaCore
import KappaRecords
import Testing

@testable import KappaLog

@Suite struct TimestampLookupTests {
    private let now = Timestamp(milliseconds: 77)

    private func open(_ change: (inout LogConfiguration) -> Void = { _ in }) throws -> PartitionLog {
        var configuration = LogConfiguration()
        configuration.segmentBytes = 800
        configuration.indexIntervalBytes = 150
        change(&configuration)
        return try PartitionLog.open(
            directory: "/data/t-0", configuration: configuration, storage: SimulatedDisk(), now: now)
    }

    /// Against the plain rule, record by record, for times that run to and fro.
    @Test func theFirstRecordSinceATimeIsFound() throws {
        let log = try open()
        var random = SeededRandom(seed: 3)
        var times: [Int64] = []
        while times.count < 200 {
            var builder = RecordBatchBuilder()
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                times.append(Int64(times.count) * 10 + Int64.random(in: -60...60, using: &random) + 100)
                builder.append(timestamp: times[times.count - 1], key: [1], value: [2])
            }
            _ = try log.append(own: builder.build(), now: now)
        }
        for time in stride(from: 0, to: 2300, by: 7) as StrideTo<Int64> {
            let expected = times.firstIndex { $0 >= time }.map {
                PartitionLog.TimedOffset(offset: Int64($0), timestamp: times[$0])
            }
            #expect(try log.offset(forTimestamp: time, upTo: log.endOffset) == expected, "\(time)")
        }
        let greatest = try #require(times.max())
        #expect(try log.maxTimestamp()?.timestamp == greatest)
        #expect(try log.maxTimestamp()?.offset == Int64(#require(times.firstIndex(of: greatest))))
    }

    @Test func aStampedLogAnswersWithTheBrokersTime() throws {
        let log = try open { $0.timestampType = .logAppendTime }
        let appended = try log.append(own: Batches.plain(["a": "1", "b": "2"], timestamp: 5), now: now)
        #expect(appended.logAppendTime == 77)
        #expect(try log.offset(forTimestamp: 6, upTo: 2) == .init(offset: 0, timestamp: 77))
    }

    /// A marker bears the time of its writing, far later than the records' own.
    @Test func theMarkersOfTransactionsAreNoRecordsOfTheirTime() throws {
        let log = try open()
        for time in [5, 9] as [Int64] {
            _ = try log.append(own: Batches.plain(["a": "1"], timestamp: time), now: now)
            let marker = TransactionMarker.commit.batch(
                producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 1000)
            _ = try log.append(own: marker, now: now)
        }
        #expect(try log.offset(forTimestamp: 6, upTo: log.endOffset) == .init(offset: 2, timestamp: 9))
        #expect(try log.offset(forTimestamp: 10, upTo: log.endOffset) == nil)
    }

    @Test func whatMayNotBeReadYetIsNotFound() throws {
        let log = try open()
        _ = try log.append(own: Batches.plain(["a": "1"], timestamp: 5), now: now)
        #expect(try log.offset(forTimestamp: 5, upTo: 0) == nil)
        #expect(try log.offset(forTimestamp: 6, upTo: 1) == nil)
    }
}
