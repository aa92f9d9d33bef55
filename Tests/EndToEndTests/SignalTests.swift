import Glibc
import KappaTestSupport
import Testing

/// Signals, prompts and the time to start.
@Suite struct SignalTests {
    @Test func aPromptAsksWithoutShowingTheAnswer() async throws {
        let folder = try TemporaryDirectory()
        let child = try Kappa.start(
            ["topics", "list", "-b", "127.0.0.1:1", "--timeout", "200ms", "-X", "sasl.password=prompt"],
            directory: folder.path, terminal: TerminalSize())
        try await child.waitForOutput("sasl.password: ")
        child.write("hunter2\n")
        let result = try await child.finish()
        #expect(!result.output.contains("hunter2"))
        #expect(result.status != 0)
    }

    @Test func anUnreachableBrokerIsStatus3WithinTheTimeout() async throws {
        let words = ["topics", "list", "-b", "127.0.0.1:1", "--timeout", "500ms"]
        let (result, seconds) = try await Kappa.timed(words)
        #expect(result.status == 3)
        #expect(result.errors.contains("127.0.0.1:1"))
        #expect(seconds < 4)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalIsACleanEndWithItsOwnStatus(signal: Int32) async throws {
        let folder = try TemporaryDirectory()
        let child = try Kappa.start(["simulate", "--rate", "50/s"], directory: folder.path)
        try await child.waitForOutput("\n")
        child.signal(signal)
        let result = try await child.finish()
        #expect(result.status == 128 + signal)
        #expect(result.errors.isEmpty || !result.errors.contains("rror"))
    }

    @Test func theVersionIsQuick() async throws {
        // The fastest of some, since the machine is shared with the other tests; a debug build is slower than the 15 ms
        // of a release build.
        var fastest = 9.0
        for _ in 0..<5 { fastest = min(fastest, try await Kappa.timed(["--version"]).seconds) }
        #expect(fastest < 0.25)
    }
}
