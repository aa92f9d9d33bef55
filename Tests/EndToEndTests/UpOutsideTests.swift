import Glibc
import KappaTestSupport
import Testing

/// Pipelines over brokers that somebody else started, and what a run leaves behind for the next.
@Suite(.serialized) struct UpOutsideTests {
    private func ends(_ topic: String, _ broker: String) async throws -> String {
        try await Kappa.run("topics", "describe", topic, "-b", broker, "--csv").lines.last ?? ""
    }

    @Test func brokersOfTheSettingsGetNoSimulatedReadings() async throws {
        let broker = try await BrokerProcess.start()
        let folder = try TemporaryDirectory()
        try folder.write("kappa.conf", "brokers = \(broker.address)\nstore = sqlite:view.db\n")
        let result = try await Kappa.run(["up", "--data", "d", "--for", "2s"], directory: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        let first = result.errorLines.first ?? ""
        #expect(first.contains("using the brokers \(broker.address) (from ./kappa.conf:1)"), "\(result.errors)")
        #expect(first.contains("--source simulate"))
        #expect(try await ends("monitoring", broker.address).hasPrefix("monitoring,0,1,1,1,0,0,0"))
        // On the command line it is what was asked for.
        let asked = try await Kappa.run(
            ["up", "--data", "d", "--source", "simulate", "--count", "50"], directory: folder.path,
            timeout: .seconds(60))
        #expect(asked.status == 0, "\(asked.errors)")
        #expect(try await ends("monitoring", broker.address).hasPrefix("monitoring,0,1,1,1,0,50,50"))
        try await broker.stop()
    }

    @Test func anAddressForABrokerThatIsNotStartedIsRefused() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("kappa.conf", "brokers = 127.0.0.1:1\n")
        let result = try await Kappa.run("up", "--data", "d", "--listen", "127.0.0.1:0", directory: folder.path)
        #expect(result.status == 2)
        #expect(
            result.errors.contains(
                "--listen (command line) is for kappa's own broker, but the brokers are 127.0.0.1:1 (./kappa.conf:1)"))
    }

    @Test func aJobWithOtherRulesIsRefusedBeforeAnythingIsProducedAndSaysWhich() async throws {
        let folder = try TemporaryDirectory()
        #expect(try await UpTests.up("--count", "300", folder: folder).status == 0)
        let refused = try await UpTests.up("--for", "30s", "--grace", "2s", "-w", "1m", folder: folder)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("--window was 10s and is now 1m, --grace was 10s and is now 2s"))
        let broker = try await BrokerProcess.start(["--data", "\(folder.path)/data/broker"])
        #expect(try await ends("monitoring", broker.address).hasPrefix("monitoring,0,1,1,1,0,300,300"))
        // The defaults of `kappa process` are those of `kappa up`.
        let goingOn = try await Kappa.run("process", "--drain", "-b", broker.address)
        #expect(goingOn.status == 0, "\(goingOn.errors)")
        try await broker.stop()
    }

    @Test func aCopyOfTheViewsOneFileHasEveryRow() async throws {
        let folder = try TemporaryDirectory()
        let result = try await UpTests.up("--for", "4s", folder: folder)
        #expect(result.status == 0, "\(result.errors)")
        let books = try UpTests.books(result.output)
        let copy = try ChildProcess(
            ["/bin/cp", "\(folder.path)/data/kappa.db", "\(folder.path)/copy.db"], environment: [:],
            directory: folder.path)
        _ = try await copy.finish()
        let found = try await SimulateTests.python(
            """
            import sqlite3
            rows = sqlite3.connect("\(folder.path)/copy.db")
            print(*rows.execute("select count(*), sum(count) from record").fetchone())
            """, stdin: "")
        #expect(found == "\(books["windows"]!) \(books["stored"]!)\n")
        #expect(books["windows"]! > 0)
    }

    @Test func whileItFillsTheLogBesideTheViewStaysSmall() async throws {
        let broker = try await BrokerProcess.start(["--fsync", "os"])
        let folder = try TemporaryDirectory()
        let child = try ChildProcess(
            ["/bin/sh", "-c"]
                + [
                    "'\(Kappa.path)' simulate --seed 3 --start 2024-01-01 --count 300000 -i piezometer | "
                        + "'\(Kappa.path)' produce piezometer --create -q -b \(broker.address)"
                ], environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path], directory: folder.path)
        #expect(try await child.finish(timeout: .seconds(120)).status == 0)
        let sink = try Kappa.start(
            ["sink", "sqlite", "--store", "sqlite:v.db", "--drain", "-b", broker.address, "piezometer"],
            directory: folder.path)
        var largest: Int64 = 0
        var status = stat()
        while !sink.hasEnded() {
            if stat("\(folder.path)/v.db-wal", &status) == 0 { largest = max(largest, Int64(status.st_size)) }
            try await Task.sleep(for: .milliseconds(5))
        }
        let result = try await sink.finish()
        #expect(result.status == 0, "\(result.errors)")
        #expect(largest > 0 && largest < 16 << 20, "\(largest) bytes")
        try await broker.stop()
    }
}
