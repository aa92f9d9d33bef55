import Glibc
import KappaCore
import KappaStreams
import Testing

/// One file for each reason: the record as it came, then what is told of it.
@Suite struct DeadLetterTests {
    private static let folder =
        "\(#filePath)".split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/DeadLetters"

    /// What is no JSON at all is unreadable before a job sees it: `AvroTopicTests`.
    static let names = Rejection.Reason.allCases.filter { $0 != .unreadable }.map(\.rawValue) + ["item-of-a-snapshot"]

    private func lines(_ name: String) throws -> [String] {
        let file = try #require(fopen("\(DeadLetterTests.folder)/\(name).txt", "r"), "there is no file for '\(name)'")
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test(arguments: names)
    func eachReasonIsToldWithItsField(name: String) throws {
        let lines = try lines(name)
        let job = WindowJob(plan: WindowPlan())
        if name == "wrong-partition" { job.placement = Placement(partition: 0, partitions: 6) }
        var emission = Emission()
        try #require(lines.first).utf8.withContiguousStorageIfAvailable { value in
            job.process(
                SourceRecord(
                    offset: 0, timestamp: 1_650_060_400_000, key: nil, value: UnsafeRawBufferPointer(value)),
                into: &emission)
        }
        try #require(emission.records.count == 1)
        let record = emission.records[0]
        var told = record.notes.map { "\($0.name): \($0.value)" }
        if !record.isWholeRecord {
            told.append("value: \(String(decoding: emission.value(of: record), as: UTF8.self))")
        }
        #expect(record.target == .dead)
        #expect(told == Array(lines.dropFirst()))
        #expect(job.openWindows == (name == "item-of-a-snapshot" ? 1 : 0))
    }

    @Test func aRecordWithoutValueIsDeadAsANull() {
        let job = WindowJob(plan: WindowPlan())
        var emission = Emission()
        job.process(SourceRecord(offset: 0, timestamp: 0, key: nil, value: nil), into: &emission)
        #expect(emission.records.first?.isWholeRecord == true)
        #expect(emission.records.first?.notes.map(\.value) == ["not-json", "there is no value"])
    }
}

@Suite struct PlacementTests {
    /// From Kafka's own tests of its murmur2.
    @Test(
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] as [(String, Int)])
    func theHashIsKafkas(key: String, hash: Int) {
        var key = key
        let partition = key.withUTF8 { Placement.partition(of: UnsafeRawBufferPointer($0), among: 1000) }
        #expect(Int(partition) == (Int(Int32(hash)) & 0x7FFF_FFFF) % 1000)
    }
}
