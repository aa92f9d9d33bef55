import KappaCore
import KappaRecords
import KappaTestSupport
import Testing

@testable import KappaLog

/// Files are closed when there are too many and opened again when they are used.
@Suite(.serialized) struct OpenFilesTests {
    @Test func manyLogsLiveOnFewDescriptors() throws {
        let folder = try TemporaryDirectory()
        let now = Timestamp(milliseconds: 0)
        OpenFiles.shared.allow(20)
        defer { OpenFiles.shared.allow(10_000) }
        var logs: [PartitionLog] = []
        for number in 0..<200 { logs.append(try PartitionLog.open(directory: "\(folder.path)/t-\(number)", now: now)) }
        for round in 0..<3 {
            for log in logs { _ = try log.append(own: batch("\(round)"), now: now) }
            for log in logs {
                let ticket = try #require(log.pendingSync())
                try log.finishSync(ticket, ticket.run())
            }
        }
        // Other suites have files open at the same time.
        #expect(OpenFiles.shared.count < 150)
        for log in logs {
            #expect(log.endOffset == 3 && log.syncedOffset == 3)
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 10_000, alignment: 8)
            defer { room.deallocate() }
            let count = try log.read(from: 0, upTo: 3, maxBytes: 10_000) { _ in room }
            #expect(count == 3 * batch("0").count)
            try log.close()
        }
        for log in logs {
            #expect(try PartitionLog.open(directory: log.directory, now: now).endOffset == 3)
        }
    }

    private func batch(_ value: String) -> [UInt8] {
        var builder = RecordBatchBuilder()
        builder.append(timestamp: 0, key: nil, value: Array(value.utf8))
        return builder.build()
    }
}
