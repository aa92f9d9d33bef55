import Glibc
import KappaCore
import KappaKafka
import KappaTestSupport
import Testing

@testable import KappaJobs

/// A topic into files and back, against a broker.
@Suite(.timeLimit(.minutes(3))) struct ArchiveTests {
    private func folder(_ scene: JobScene) -> ArchiveFolder { ArchiveFolder(path: "\(scene.folder.path)/archive") }

    @discardableResult
    private func archive(
        _ scene: JobScene, _ change: (inout ArchiveSettings) -> Void = { _ in }
    ) throws -> ArchiveSession {
        var settings = ArchiveSettings(topic: "log", folder: folder(scene))
        settings.chunkSize = ByteCount(bytes: 4 << 10)
        change(&settings)
        let session = try ArchiveSession(settings, kafka: scene.kafka, voice: .silent, stop: StopSignal())
        try session.run()
        return session
    }

    private func restore(_ scene: JobScene, into target: String) throws -> ArchiveRestore {
        let restore = try ArchiveRestore(
            folder(scene), into: target, creates: true, kafka: scene.kafka, voice: .silent, stop: StopSignal())
        try restore.run()
        return restore
    }

    private func values(_ range: Range<Int>) -> [String] {
        range.map { "record \($0) \(String(repeating: "x", count: $0 % 50))" }
    }

    /// Everything that a record has, as kcat sees it.
    private static let whole = "%p %o %k %s %T %h\n"

    @Test func whatIsRestoredIsWhatWasArchivedPieceByPiece() async throws {
        let scene = try JobScene()
        try scene.create("log", partitions: 2)
        try scene.produce(values(0..<300), to: "log", partition: 0, key: "a")
        try scene.produce(values(300..<500), to: "log", partition: 1)
        let first = try archive(scene)
        #expect(first.added.records == 500 && first.added.chunks > 2)
        // A second run adds only what came since.
        try scene.produce(values(500..<600), to: "log", partition: 1)
        let second = try archive(scene)
        #expect(second.added.records == 100)
        #expect(try archive(scene).added.records == 0)
        let restored = try restore(scene, into: "copy")
        #expect(restored.written == 600)
        let (original, copy) = (
            try await scene.records(of: "log", format: ArchiveTests.whole),
            try await scene.records(of: "copy", format: ArchiveTests.whole)
        )
        // The copy was written in transactions, whose markers take offsets; all else is the same, in order.
        func withoutOffsets(_ lines: [String]) -> [[Substring]] {
            lines.map { line in
                var words = line.split(separator: " ", omittingEmptySubsequences: false)
                words.remove(at: 1)
                return words
            }.sorted { "\($0)" < "\($1)" }
        }
        #expect(copy.count == 600 && withoutOffsets(copy) == withoutOffsets(original))
        // Restored once, it is not doubled.
        #expect(try restore(scene, into: "copy").written == 0)
        #expect(try await scene.records(of: "copy").count == 600)
    }

    @Test func anArchiveIsVerifiedAndDamageIsNamed() throws {
        let scene = try JobScene()
        try scene.create("log", partitions: 1)
        try scene.produce(values(0..<200), to: "log", partition: 0)
        let index = try archive(scene).index
        let whole = try ArchiveVerification(folder(scene), voice: .silent).run()
        #expect(whole.faults == 0)
        let file = "\(folder(scene).path)/\(index.chunks[0].file)"
        let descriptor = open(file, O_RDWR)
        #expect(descriptor >= 0)
        var byte: UInt8 = 0
        pread(descriptor, &byte, 1, 60)
        byte ^= 0x40
        pwrite(descriptor, &byte, 1, 60)
        close(descriptor)
        #expect(try ArchiveVerification(folder(scene), voice: .silent).run().faults == 1)
        #expect(throws: (any Error).self) { try restore(scene, into: "copy") }
    }

    @Test func anotherTopicsFolderIsRefused() throws {
        let scene = try JobScene()
        try scene.create("log", partitions: 1)
        try scene.create("other", partitions: 1)
        try scene.produce(values(0..<5), to: "log")
        try archive(scene)
        let error = #expect(throws: JobFailure.self) { try archive(scene) { $0.topic = "other" } }
        #expect(error?.message.contains("is the archive of 'log'") == true)
    }

    @Test func aTopicThatWasMadeAnewIsNotMixedIntoItsArchive() async throws {
        let scene = try JobScene()
        try scene.create("log", partitions: 1)
        try scene.produce(values(0..<50), to: "log")
        try archive(scene)
        for outcome in try scene.client.deleteTopics(["log"]) { #expect(outcome.error == nil) }
        try await JobScene.wait("the topic to be gone") {
            try !scene.client.metadata().topics.map(\.name).contains("log")
        }
        try scene.create("log", partitions: 1)
        try scene.produce(values(0..<20), to: "log")
        let shorter = #expect(throws: JobFailure.self) { try archive(scene) }
        #expect(shorter?.message.contains("it was deleted and recreated") == true)
        // Longer than before, it is found out by the record that was archived last.
        try scene.produce(values(100..<200), to: "log")
        let other = #expect(throws: JobFailure.self) { try archive(scene) }
        #expect(other?.message.contains("the topic was recreated") == true)
    }

    @Test func recordsThatWereDeletedBeforeTheyWereArchivedAreAGap() throws {
        let scene = try JobScene()
        try scene.create("log", partitions: 1)
        try scene.produce(values(0..<50), to: "log")
        try archive(scene)
        try scene.produce(values(50..<90), to: "log")
        _ = try scene.client.deleteRecords(before: [PartitionOffset(TopicPartition("log", 0), 70)])
        let gap = #expect(throws: JobFailure.self) { try archive(scene) }
        #expect(gap?.message.contains("20 offsets are missing") == true)
        #expect(try archive(scene) { $0.allowsGap = true }.added.records == 20)
    }

    @Test func aTargetThatHoldsSomethingElseIsLeftAlone() throws {
        let scene = try JobScene()
        try scene.create("log", partitions: 1)
        try scene.create("full", partitions: 1)
        try scene.produce(values(0..<10), to: "log")
        try scene.produce(["mine"], to: "full")
        try archive(scene)
        let error = #expect(throws: JobFailure.self) { try restore(scene, into: "full") }
        #expect(error?.message.contains("is not empty") == true)
    }
}
