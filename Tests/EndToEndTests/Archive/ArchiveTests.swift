import Glibc
import KappaTestSupport
import Testing

/// A topic in plain files and back: the same records, whatever is killed; and damage is seen.
@Suite struct ArchiveTests {
    private static func restored(_ broker: BrokerProcess, _ folder: String) async throws -> [[String]] {
        let restore = try await Kappa.run("archive", "restore", folder, "--into", "back", "-b", broker.address)
        #expect(restore.status == 0, "\(restore.errors)")
        return try await ReplayTopicTests.records("back", partitions: 3, broker)
    }

    private static func shell(_ command: String, in folder: String) async throws -> ChildProcess.Result {
        try await ChildProcess(
            ["/bin/sh", "-c", command], environment: ["PATH": "/usr/bin:/bin"], directory: folder
        ).finish()
    }

    @Test func whatComesBackIsWhatWasKept() async throws {
        let broker = try await ReplayTopicTests.filled(1500)
        let folder = "\(broker.folder.path)/kept"
        let words = ["archive", "source", folder, "--chunk", "20KiB", "-b", broker.address]
        #expect(try await Kappa.run(words).status == 0)
        // What comes later is added, and a run with nothing new adds nothing.
        try await Kappa.run(
            "produce", "source", "--json", "-b", broker.address,
            stdin: #"{"partition":1,"key":"\u0000é","value":"","headers":[]}"# + "\n")
        #expect(try await Kappa.run(words + ["--json"]).output.contains("\"added_records\":1,"))
        #expect(try await Kappa.run(words + ["--json"]).output.contains("\"added_records\":0,"))
        let verified = try await Kappa.run("archive", "verify", folder, "--csv")
        #expect(verified.status == 0, "\(verified.errors)")
        #expect(verified.lines.dropFirst().map { $0.split(separator: ",")[2] } == ["500", "501", "500"])
        #expect(try await Self.restored(broker, folder) == ReplayTopicTests.records("source", partitions: 3, broker))
        // Once more adds nothing.
        #expect(try await Self.restored(broker, folder).map(\.count) == [500, 501, 500])
    }

    /// The disk is gone, the files are not: the job worked through again gives what it had given.
    @Test func aReplayFromTheRestoredLogEqualsTheLiveRun() async throws {
        let lost = try await GenerationScene(readings: try await GenerationScene.simulated(3000), partitions: 2)
        try await lost.run(["process", "--drain"] + GenerationScene.far)
        let folder = "\(lost.broker.folder.path)/kept"
        try await lost.run("archive", "monitoring", folder)
        let found = try await GenerationScene(readings: "", partitions: 2)
        try await found.run("archive", "restore", folder, "--into", "monitoring")
        try await found.run(["process", "--drain"] + GenerationScene.far)
        for topic in ["piezometer", "settlement_marker", "strain_gauge", "monitoring.late", "monitoring.dead"] {
            let words = ["consume", topic, "-e", "-f", "%p %k %T %h %s\\n"]
            let live = try await lost.run(words).lines.sorted()
            #expect(try await found.run(words).lines.sorted() == live, "\(topic)")
            #expect(!live.isEmpty, "\(topic)")
        }
    }

    @Test func otherToolsReadTheFiles() async throws {
        let broker = try await ReplayTopicTests.filled(300)
        let folder = "\(broker.folder.path)/kept"
        try await Kappa.run("archive", "source", folder, "-b", broker.address)
        let sums = try await Self.shell("sha256sum -c SHA256SUMS", in: folder)
        #expect(sums.status == 0, "\(sums.errors)")
        let printed = try await Kappa.run("consume", "source", "-p", "2", "-e", "--json", "-b", broker.address)
        // Where the zstd program is installed it has to agree.
        let lines = try await Self.shell("command -v zstdcat >/dev/null || exit 9; zstdcat 2/*.zst", in: folder)
        #expect(lines.status == 9 || lines.output == printed.output)
    }

    @Test func damageIsFoundAndNothingOfItIsRestored() async throws {
        let broker = try await ReplayTopicTests.filled(300)
        let folder = "\(broker.folder.path)/kept"
        try await Kappa.run("archive", "source", folder, "-b", broker.address)
        let name = "\(folder)/1/00000000000000000000.ndjson.zst"
        let file = open(name, O_RDWR)
        try #require(file >= 0)
        var byte: UInt8 = 0
        pread(file, &byte, 1, 100)
        byte ^= 1
        pwrite(file, &byte, 1, 100)
        close(file)
        let verified = try await Kappa.run("archive", "verify", folder)
        #expect(verified.status == 1)
        #expect(verified.errors.contains(name) && verified.errors.contains("1 of 3 files"), "\(verified.errors)")
        let restore = try await Kappa.run("archive", "restore", folder, "--into", "back", "-b", broker.address)
        #expect(restore.status == 1)
        #expect(restore.errors.contains("SHA-256"), "\(restore.errors)")
    }

    @Test func anotherTopicOfTheSameNameIsRefused() async throws {
        let broker = try await ReplayTopicTests.filled(30)
        let folder = "\(broker.folder.path)/kept"
        let words = ["archive", "source", folder, "-b", broker.address]
        try await Kappa.run(words)
        try await Kappa.run("topics", "delete", "source", "--yes", "-b", broker.address)
        try await Kappa.run("topics", "create", "source", "-p", "3", "-b", broker.address)
        try await Kappa.run(
            "produce", "source", "--json", "-b", broker.address,
            stdin: ReplayTopicTests.lines(60, stepMilliseconds: 7))
        let again = try await Kappa.run(words)
        #expect(again.status == 1)
        #expect(again.errors.contains("recreated"), "\(again.errors)")
        let elsewhere = try await Kappa.run("archive", "restore", folder, "-b", broker.address)
        #expect(elsewhere.status == 1)
        #expect(elsewhere.errors.contains("is not empty"), "\(elsewhere.errors)")
    }

    @Test func killedRunsLoseAndDoubleNothing() async throws {
        let broker = try await ReplayTopicTests.filled(3000)
        let folder = "\(broker.folder.path)/kept"
        let archive = ["archive", "source", folder, "--chunk", "2KiB", "-b", broker.address]
        let restore = ["archive", "restore", folder, "--into", "back", "-b", broker.address]
        for words in [archive, restore] {
            for delay in [60, 90, 120] {
                let run = try Kappa.start(words, directory: broker.folder.path)
                try await Task.sleep(for: .milliseconds(delay))
                run.signal(SIGKILL)
                _ = try await run.finish()
            }
            let last = try await Kappa.run(words)
            #expect(last.status == 0, "\(last.errors)")
        }
        #expect(
            try await ReplayTopicTests.records("back", partitions: 3, broker)
                == ReplayTopicTests.records("source", partitions: 3, broker))
    }
}
