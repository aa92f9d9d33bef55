import KappaTestSupport
import Testing

/// What a new user meets in the first hour: help on a small screen, a wrong password, somebody else's brokers.
@Suite(.serialized) struct FirstHourTests {
    @Test func longHelpGoesThroughThePagerOfATerminal() async throws {
        let folder = try TemporaryDirectory()
        for (words, isPaged) in [
            (["up", "--help"], true), (["up", "--help", "--no-pager"], false), (["up", "-h"], false),
        ] {
            let child = try Kappa.start(
                words, environment: ["PAGER": "sed s/^/PAGED:/"], directory: folder.path, terminal: TerminalSize())
            let result = try await child.finish()
            #expect(result.status == 0)
            #expect(result.output.contains("PAGED:") == isPaged, "\(words)")
            #expect(result.output.contains("Usage:"))
        }
        let piped = try await Kappa.run(["up", "--help"], environment: ["PAGER": "sed s/^/PAGED:/"])
        #expect(!piped.output.contains("PAGED:"))
    }

    @Test func withoutArgumentsTheUsageComesAndStatus2() async throws {
        let result = try await Kappa.run()
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("Usage: kappa [options] [COMMAND]"))
    }

    /// In a mount name space of its own, where an empty folder hides /proc.
    @Test func withoutProcTheArgumentsAreReadAllTheSame() async throws {
        func run(_ words: String) async throws -> ChildProcess.Result {
            let child = try ChildProcess(
                ["/usr/bin/unshare", "--mount", "--map-root-user", "/bin/sh", "-c"]
                    + ["mount -t tmpfs none /proc && exec '\(Kappa.path)' \(words)"],
                environment: ["PATH": "/usr/bin:/bin", "HOME": "/tmp"], directory: "/tmp")
            return try await child.finish()
        }
        let none = try await run("")
        #expect(none.status == 2 && none.errors.contains("Usage: kappa"), "\(none.errors)")
        let topic = try await run("help exit-status")
        #expect(topic.status == 0 && topic.output.contains("Timed out while waiting"), "\(topic.errors)")
    }

    @Test func aWrongPasswordIsToldAtOnceAndNotAsABrokerOutOfReach() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("users", Array("anna:right\n".utf8))
        let broker = try await BrokerProcess.start(["--users", "\(folder.path)/users"], folder: folder)
        for mechanism in ["PLAIN", "SCRAM-SHA-256"] {
            let began = ContinuousClock.now
            let result = try await Kappa.run(
                ["topics", "list", "-b", broker.address, "-X", "security.protocol=sasl_plaintext", "-X"]
                    + ["sasl.mechanisms=\(mechanism)", "-X", "sasl.username=anna", "-X", "sasl.password=env:WORD"],
                environment: ["WORD": "wrong"])
            #expect(began.duration(to: .now) < .seconds(4))
            #expect(result.status == 3)
            #expect(result.errors.contains("the name or the password is wrong"), "\(result.errors)")
            #expect(!result.errors.contains("is it running"))
        }
        try await broker.stop()
    }

    @Test func aTestForMoreThanANumberPassesNoText() async throws {
        let broker = try await BrokerProcess.start()
        let lines = ["\"high\"", "151", "\"152\"", "150", "null", "\"2024-01-01\""].map { "{\"reading\":\($0)}\n" }
        try await Kappa.run("produce", "t", "--create", "-b", broker.address, stdin: lines.joined())
        func found(_ test: String) async throws -> [String] {
            try await Kappa.run("consume", "t", "-e", "-b", broker.address, "--where", test).lines
        }
        #expect(try await found("reading > 150") == [1, 2].map { String(lines[$0].dropLast()) })
        #expect(try await found("reading != 150").count == 4)
        // In quotes it is text.
        #expect(try await found("reading > '2023'").contains("{\"reading\":\"2024-01-01\"}"))
        try await broker.stop()
    }
}
