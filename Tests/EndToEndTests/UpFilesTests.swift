import Glibc
import KappaCore
import KappaTestSupport
import Testing

/// What `kappa up` prints and serves for other programs.
@Suite struct UpFilesTests {
    @Test func thePipelineFileIsReadByEveryStage() async throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write(
            "pipeline.conf",
            "up.data = \(folder.path)/other\nup.rate = 500/s\nprocess.window = 1s\nprocess.grace = 0s\n")
        let result = try await Kappa.run(
            "up", "-f", file, "--listen", ":0", "--for", "3s", "--json", directory: folder.path, timeout: .seconds(60))
        #expect(result.status == 0, "\(result.errors)")
        #expect(access("\(folder.path)/other/kappa.db", F_OK) == 0)
        #expect(result.errors.contains("windows of 1s, grace 0ms") || result.errors.contains("windows of 1s, grace 0s"))
    }

    @Test func thePrintedFileIsAccepted() async throws {
        let folder = try TemporaryDirectory()
        let text = try await Kappa.run("up", "--print").output
        let file = try folder.write("pipeline.conf", text)
        let checked = try await Kappa.run("config", "check", environment: ["KAPPA_SETTINGS": file])
        #expect(checked.status == 0, "\(checked.errors)")
        // What is commented out must be right as well, once the comment sign is gone.
        let options = text.split(separator: "\n").filter { $0.contains(#/^# [a-z.]+ = /#) }
        #expect(options.count >= 8)
        let second = try folder.write("all.conf", options.map { $0.dropFirst(2) + "\n" }.joined())
        let all = try await Kappa.run("config", "check", environment: ["KAPPA_SETTINGS": second])
        #expect(all.status == 0, "\(all.errors)")
    }

    @Test func aPipelineFileThatIsMissingIsNamed() async throws {
        let result = try await Kappa.run("up", "-f", "/nowhere/pipeline.conf")
        #expect(result.status == 2 && result.errors.contains("/nowhere/pipeline.conf"))
    }

    @Test func theUnitIsWhatSystemdAccepts() async throws {
        let unit = try await Kappa.run("up", "--systemd", "--metrics", "127.0.0.1:9644").output
        #expect(unit.contains("ExecStart=/usr/local/bin/kappa up --data %S/kappa --metrics 127.0.0.1:9644\n"))
        guard access("/usr/bin/systemd-analyze", X_OK) == 0 else { return }
        let folder = try TemporaryDirectory()
        // The program need not be installed here for the unit to be checked.
        let file = try folder.write("kappa.service", unit.replacing("/usr/local/bin/kappa", with: "/bin/true"))
        _ = try Subprogram.output(of: "/usr/bin/systemd-analyze", ["verify", "--man=no", file])
    }

    @Test func thePipelinesFiguresAreServed() async throws {
        let folder = try TemporaryDirectory()
        let child = try Kappa.start(
            ["up", "--data", "\(folder.path)/data", "--listen", ":0", "--metrics", "127.0.0.1:0"],
            directory: folder.path)
        try await child.waitForOutput("processing monitoring")
        let words = child.errors.split(separator: "figures are at ")
        let address = try #require(words.dropFirst().first?.split(separator: "\n").first)
        let page = try await SimulateTests.python(
            "import urllib.request; print(urllib.request.urlopen('\(address)').read().decode(), end='')", stdin: "")
        child.signal(SIGTERM)
        _ = try await child.finish()
        #expect(page.contains("\nkappa_pipeline_stage_running{stage=\"broker\"} 1\n"))
    }
}
