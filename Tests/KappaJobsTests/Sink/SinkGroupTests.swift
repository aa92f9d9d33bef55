import Glibc
import KappaCore
import KappaKafka
import KappaStores
import KappaTestSupport
import Testing

@testable import KappaJobs

/// Several sinks that share a view's work.
@Suite(.timeLimit(.minutes(5))) struct SinkGroupTests {
    private func start(_ scene: JobScene, _ strategy: String) throws -> RunningEngine<SinkTally> {
        var settings = try scene.rawSink(
            ["log"],
            properties: [
                ("partition.assignment.strategy", strategy), ("heartbeat.interval.ms", "200"),
            ])
        settings.batchSize = 300
        settings.linger = .milliseconds(20)
        return RunningEngine { [settings] voice, stop in try SinkJob(settings, voice: voice, stop: stop).run() }
    }

    /// The store's primary key would hide a record that two sinks put in; what the sinks say they stored does not.
    @Test(arguments: ["range", "cooperative-sticky"])
    func sinksComeAndGoUnderLoadAndNothingIsStoredTwiceOrNotAtAll(_ strategy: String) async throws {
        let scene = try JobScene()
        try scene.create("log", partitions: 6)
        let writer = try JobScene.Writer(scene.kafka, topic: "log")
        var written = 0
        func write(_ count: Int) throws {
            for number in 0..<count {
                try writer.put("{\"n\":\(written + number)}", partition: Int32(number % 6))
            }
            try writer.flush()
            written += count
        }
        var sinks = try (0..<3).map { _ in try start(scene, strategy) }
        var stored: Int64 = 0
        for round in 0..<5 {
            try write(3000)
            // The oldest goes while its records are under way, and a new one comes.
            let tally = try await sinks.removeFirst().end()
            stored += tally.rows
            try write(600)
            sinks.append(try start(scene, strategy))
            if round == 2 {
                // Each partition goes on for whoever stays.
                try await waitForRows(written, scene)
            }
        }
        try await waitForRows(written, scene)
        for sink in sinks {
            #expect(!sink.hasEnded)
            stored += try await sink.end().rows
        }
        #expect(stored == Int64(written))
        #expect(try await scene.query("SELECT count(DISTINCT json_extract(value, '$.n')) FROM raw") == ["\(written)"])
        #expect(try await scene.query("SELECT sum(next_offset) FROM kappa_offset") == ["\(written)"])
        #expect(try await scene.query("SELECT count(*) FROM kappa_dead_letter") == ["0"])
    }

    private func waitForRows(_ count: Int, _ scene: JobScene) async throws {
        var latest = ""
        do {
            try await JobScene.wait("rows") {
                latest = try await scene.query("SELECT count(*) FROM raw").first ?? ""
                return latest == "\(count)"
            }
        } catch {
            throw ChildProcess.Trouble("\(latest) of \(count) rows")
        }
    }
}
