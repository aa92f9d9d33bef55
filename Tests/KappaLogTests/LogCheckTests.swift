import KappaCore
import Testing

@testable import KappaLog

@Suite struct LogCheckTests {
    private let disk = SimulatedDisk()
    private let now = Timestamp(milliseconds: 0)

    init() throws {
        for topic in ["/data/a-0", "/data/b-0"] {
            var configuration = LogConfiguration()
            configuration.segmentBytes = 800
            configuration.indexIntervalBytes = 150
            let log = try PartitionLog.open(
                directory: topic, configuration: configuration, storage: disk, now: now)
            for number in 0..<30 {
                _ = try log.append(own: Batches.plain(["k": "\(number)"], timestamp: Int64(number)), now: now)
            }
            try log.close()
        }
    }

    private func check() throws -> LogCheck.Report { try LogCheck.check(dataDirectory: "/data", storage: disk) }

    private func path(_ suffix: String) throws -> String {
        try #require(disk.names.keys.filter { $0.hasPrefix("/data/a-0") && $0.hasSuffix(suffix) }.min())
    }

    @Test func aSoundFolderHasNothingToSay() throws {
        let report = try check()
        #expect(report.findings == [])
        #expect(report.partitions == 2 && report.batches == 60 && report.records == 60)
        #expect(report.lines.last?.hasSuffix("all sound") == true)
    }

    @Test func aFlippedBitIsNamedWithItsPlaceAndItsLoss() throws {
        let path = try path(".log")
        disk.names[path]?.content[80] ^= 1
        let report = try check()
        #expect(!report.isSound)
        let finding = try #require(report.findings.first { $0.weight == .damage })
        #expect(finding.path == path)
        #expect(finding.words.contains("(offset 1)"))
        #expect(finding.words.contains("1 offsets are lost"))
        #expect(report.batches == 59)
    }

    @Test func aWrongIndexIsANoteOnly() throws {
        let path = try path(".index")
        disk.names[path]?.content[3] ^= 1
        let report = try check()
        #expect(report.isSound)
        #expect(report.findings.map(\.path) == [path])
    }

    @Test func aWrongTimeIndexIsANoteOnly() throws {
        let path = try path(".timeindex")
        disk.names[path]?.content[7] ^= 1
        let report = try check()
        #expect(report.isSound)
        #expect(report.findings.map(\.path) == [path])
    }

    @Test func aMissingSegmentIsDamage() throws {
        let gone = try path(".log")
        disk.names[gone] = nil
        let report = try check()
        #expect(report.findings.contains { $0.weight == .damage && $0.path == gone })
    }

    @Test func anUnfinishedEndIsANote() throws {
        let last = try #require(disk.names.keys.filter { $0.hasPrefix("/data/a-0") && $0.hasSuffix(".log") }.max())
        disk.names[last]?.content += [1, 2, 3]
        let report = try check()
        #expect(report.isSound)
        #expect(report.findings.first?.words.contains("unfinished end of 3 bytes") == true)
    }

    @Test func aShortenedSegmentIsDamage() throws {
        let last = try #require(disk.names.keys.filter { $0.hasPrefix("/data/a-0") && $0.hasSuffix(".log") }.max())
        disk.names[last]?.content.removeLast(5)
        #expect(try !check().isSound)
    }
}
