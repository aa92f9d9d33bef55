import Glibc
import KappaCore
import KappaRecords
import Testing

@testable import KappaLog

/// Bytes of every kind in the place of a log's files: errors are fine, crashes and invented records are not.
/// More rounds by `KAPPA_FUZZ_ROUNDS`.
@Suite struct LogFuzzTests {
    private static var rounds: Int { Int(CrashStateTests.number("KAPPA_FUZZ_ROUNDS") ?? 1500) }
    private let now = Timestamp(milliseconds: 0)

    private func sample() throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        var configuration = LogConfiguration()
        configuration.segmentBytes = 900
        configuration.indexIntervalBytes = 100
        configuration.checkpointBytes = 600
        let log = try PartitionLog.open(
            directory: "/data/t-0", configuration: configuration, storage: disk, now: now)
        for number in 0..<12 {
            _ = try log.append(own: Batches.plain(["k": "value \(number)"], timestamp: Int64(number)), now: now)
            _ = try log.append(own: Fixtures.bytes([Fixtures.gzip, Fixtures.lz4][number % 2]), now: now)
            if number % 3 == 0, let ticket = log.pendingSync() { try log.finishSync(ticket, ticket.run()) }
        }
        try log.close()
        return disk
    }

    @Test func spoiledFilesNeverCrashTheLog() throws {
        var opened = 0
        for round in 0..<Self.rounds {
            var random = SeededRandom(seed: UInt64(round) &+ 99)
            let disk = try sample()
            for _ in 0..<Int.random(in: 1...4, using: &random) { spoil(disk, &random) }
            guard
                let log = try? PartitionLog.open(directory: "/data/t-0", storage: disk, now: now)
            else { continue }
            opened += 1
            try? Batches.read(log) { batch in try? batch.forEachRecord { _ in } }
            _ = try? log.offset(forTimestamp: Int64.random(in: -5...20, using: &random), upTo: log.endOffset)
            _ = try? Batches.values(of: log, from: Int64.random(in: log.startOffset...log.endOffset, using: &random))
            _ = try? LogCheck.check(dataDirectory: "/data", storage: disk)
            _ = try? log.append(own: Batches.plain(["k": "v"]), now: now)
            try? log.close()
        }
        #expect(opened > 0)
    }

    private func spoil(_ disk: SimulatedDisk, _ random: inout SeededRandom) {
        guard let path = disk.names.keys.sorted().randomElement(using: &random), let node = disk.names[path] else {
            return
        }
        let count = node.content.count
        switch Int.random(in: 0..<5, using: &random) {
        case 0 where count > 0: node.content.removeLast(Int.random(in: 1...count, using: &random))
        case 1: node.content += (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }
        case 2: disk.names[path] = nil
        case 3 where count > 16:
            // A length or a count that lies.
            let place = Int.random(in: 0..<count - 4, using: &random)
            let lie = [0xFF, 0x7F, 0, 1].randomElement(using: &random) ?? 0
            for index in place..<place + 4 { node.content[index] = UInt8(lie) }
        default:
            guard count > 0 else { return }
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                node.content[Int.random(in: 0..<count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
        }
    }

    /// Batches whose header is made valid again after the spoiling: so the records behind it meet the reader.
    @Test func spoiledRecordsNeverCrashTheReader() {
        let samples = [Fixtures.plain, Fixtures.gzip, Fixtures.snappyFramed, Fixtures.lz4].map(Fixtures.bytes)
        for round in 0..<Self.rounds * 4 {
            var random = SeededRandom(seed: UInt64(round))
            var bytes = samples[round % samples.count]
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                bytes[Int.random(in: 21..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.withUnsafeMutableBytes { RecordBatch.seal($0) }
            bytes.withUnsafeBytes { raw in
                guard let batch = RecordBatch(startOf: raw), batch.isValid else { return }
                var count = 0
                try? batch.forEachRecord { record in
                    count += 1
                    record.forEachHeader { _, _ in }
                }
                #expect(count <= Int(batch.recordCount))
                _ = TransactionMarker(batch)
            }
        }
    }
}
