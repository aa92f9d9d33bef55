import Glibc
import KappaCore
import KappaTestSupport
import Testing

private enum Promtool {
    static let path = getenv("KAPPA_PROMTOOL").map { String(cString: $0) } ?? "/usr/bin/promtool"
}

/// Every page of figures before Prometheus' own checker, which Debian has in the package prometheus.
@Suite(.enabled(if: access(Promtool.path, X_OK) == 0, "there is no promtool (package prometheus, KAPPA_PROMTOOL)"))
struct PromtoolTests {
    /// Takes the page that a program says it serves, and ends the program.
    static func page(of child: ChildProcess) async throws -> String {
        try await child.waitForOutput("/metrics")
        let said = (child.output + child.errors).split(whereSeparator: \.isWhitespace)
        let address = try #require(said.first { $0.hasSuffix("/metrics") })
        return try await SimulateTests.python(
            "import urllib.request; print(urllib.request.urlopen('\(address)').read().decode(), end='')", stdin: "")
    }

    static func check(_ page: String, holds name: String) async throws {
        #expect(page.contains("\n\(name)"), "\(page)")
        let child = try ChildProcess([Promtool.path, "check", "metrics"], environment: [:], directory: "/tmp")
        let result = try await child.finish(stdin: page)
        #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result.errors)")
    }

    @Test func itFindsNothingToSayOfAnyPage() async throws {
        let folder = try TemporaryDirectory()
        let metrics = ["--metrics", "127.0.0.1:0"]
        let broker = try Kappa.start(
            ["broker", "run", "--data", "\(folder.path)/log", "--listen", "127.0.0.1:0"] + metrics,
            directory: folder.path)
        try await broker.waitForOutput("process ")
        try await Self.check(try await Self.page(of: broker), holds: "kappa_broker_")
        let line = try #require(broker.output.split(separator: "\n").first { $0.hasPrefix("address") })
        let client = ["--brokers", String(try #require(line.split(separator: " ").last))] + metrics
        _ = try await Kappa.run(["topics", "create", "monitoring"] + client.prefix(2), directory: folder.path)
        let job = try Kappa.start(["process"] + client, directory: folder.path)
        try await Self.check(try await Self.page(of: job), holds: "kappa_process_")
        let sink = try Kappa.start(
            ["sink", "sqlite", "--store", "sqlite:\(folder.path)/view.db"] + client, directory: folder.path)
        try await Self.check(try await Self.page(of: sink), holds: "kappa_sink_")
        for child in [sink, job, broker] {
            child.signal(SIGTERM)
            _ = try await child.finish()
        }
    }

    @Test func itFindsNothingToSayOfThePipeline() async throws {
        let folder = try TemporaryDirectory()
        let child = try Kappa.start(
            ["up", "--data", "\(folder.path)/data", "--listen", ":0", "--metrics", "127.0.0.1:0"],
            directory: folder.path)
        try await child.waitForOutput("processing monitoring")
        try await Self.check(try await Self.page(of: child), holds: "kappa_pipeline_stage_running{stage=\"broker\"} 1")
        child.signal(SIGTERM)
        _ = try await child.finish()
    }
}
