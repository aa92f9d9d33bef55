import KappaTestSupport
import Testing

/// Every example of the man pages, run as it stands there.
@Suite struct ExamplesTests {
    @Test func theExamplesOfTheManPagesDoWhatTheySay() async throws {
        let server = try PostgresServer.shared.get()
        try server.makeDatabase("examples")
        let folder = try TemporaryDirectory()
        let program = Kappa.packageRoot + "/Tests/EndToEndTests/examples.py"
        let child = try ChildProcess(
            ["/usr/bin/env", "python3", program, Kappa.path, server.conninfo("examples")],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], directory: folder.path)
        let result = try await child.finish(timeout: .seconds(240))
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains(" examples were run, 0 failed\n"), "\(result.output)")
        let count = result.output.split(separator: "\n").last?.split(separator: " ").first.flatMap { Int($0) }
        #expect(count ?? 0 > 100)
    }
}
