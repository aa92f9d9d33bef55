import KappaTestSupport
import Testing

/// The script that README gives to CI, run as it stands there, but for its port.
@Suite struct ReadmeScriptTests {
    @Test func theScriptForCIRuns() async throws {
        let text = Subprogram.read(Kappa.packageRoot + "/README.md")
        let block = try #require(text.split(separator: "```sh\n").dropFirst().first?.split(separator: "```").first)
        #expect(block.contains("kappa wait broker") && block.contains("kappa wait group"))
        let folder = try TemporaryDirectory()
        let port = try Subprogram.output(
            of: "/usr/bin/env",
            ["python3", "-c", "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1])"])
        let script =
            "kappa() { '\(Kappa.path)' \"$@\"; }\n"
            + block.replacing("19092", with: port.filter(\.isNumber))
        let child = try ChildProcess(
            ["/bin/bash", "--norc", "-c", script], environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path],
            directory: folder.path)
        let result = try await child.finish(timeout: .seconds(60))
        #expect(result.status == 0, "\(result.errors)")
        let rows = result.output.split(separator: "\n").filter { $0.contains(",piezometer,") }
        #expect(rows.count == 3, "\(result.output)")
    }
}
