import Glibc
import KappaTestSupport
import KappaWire
import Testing

/// A signal ends a command whatever its cluster does.
@Suite(.timeLimit(.minutes(3))) struct SignalEndTests {
    @Test(arguments: ["deleted", "silent"])
    func aJobEndsWithinFiveSeconds(_ what: String) async throws {
        let (broker, cluster) = try await FirstQuestionTests.scene()
        defer { cluster.stop() }
        let folder = try TemporaryDirectory()
        let child = try Kappa.start(
            ["process", "--window", "10s", "--stats", "-", "-b", cluster.addresses], directory: folder.path)
        try await child.waitForOutput("\"records\":300", timeout: .seconds(30))
        if what == "deleted" {
            let gone = try await Kappa.run("topics", "delete", "monitoring", "--yes", "-b", broker.address)
            #expect(gone.status == 0, "\(gone.errors)")
            try await Task.sleep(for: .seconds(3))
        } else {
            for key in ApiKey.allCases { cluster.play(.slow(.seconds(40)), key) }
            try await Task.sleep(for: .seconds(1))
        }
        child.signal(SIGTERM)
        let begun = ContinuousClock.now
        let result = try await child.finish(timeout: .seconds(20))
        #expect(begun.duration(to: .now) < .seconds(6))
        #expect(result.status == 128 + SIGTERM, "\(result.errors)")
    }
}
