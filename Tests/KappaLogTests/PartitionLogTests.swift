import KappaCore
import Testing

@testable import KappaLog

@Suite struct PartitionLogTests {
    @Test func whatIsAppendedIsReadBackAfterReopening() throws {
        let folder = TemporaryFolder()
        let log = try PartitionLog.open(directory: folder.path, now: .init(milliseconds: 0))
        for value in 0..<100 {
            let appended = try log.append(own: Batches.plain(["k\(value)": "v\(value)"]), now: .init(milliseconds: 5))
            #expect(appended.baseOffset == Int64(value))
        }
        #expect(log.syncedOffset == 0)
        let ticket = try #require(log.pendingSync())
        #expect(log.pendingSync() == nil, "one round at a time")
        try log.finishSync(ticket, ticket.run())
        #expect(log.syncedOffset == 100)
        try log.close()

        let again = try PartitionLog.open(directory: folder.path, now: .init(milliseconds: 0))
        #expect(again.endOffset == 100)
        #expect(again.syncedOffset == 100)
        #expect(try Batches.values(of: again) == (0..<100).map { "v\($0)" })
    }
}
