import KappaTestSupport
import Testing

/// The completion scripts, in the shells themselves.
@Suite struct CompletionTests {
    /// Runs a script with the shell, the binary first in its path.
    private func run(_ shell: String, _ script: String) async throws -> ChildProcess.Result {
        let folder = try TemporaryDirectory()
        let binaries = Kappa.path.split(separator: "/").dropLast().joined(separator: "/")
        let words = shell == "bash" ? ["bash", "--norc", "-c", script] : [shell, "-c", script]
        let child = try ChildProcess(
            words,
            environment: [
                "PATH": "/\(binaries):/usr/bin:/bin", "HOME": folder.path, "LANG": "C.UTF-8", "TERM": "dumb",
                "XDG_CONFIG_HOME": folder.path,
            ], directory: folder.path)
        try folder.write("kappa.conf", "[profile site]\n[profile office]\n")
        return try await child.finish()
    }

    private func bash(_ words: String...) async throws -> [String] {
        let line = words.map { "'\($0)'" }.joined(separator: " ")
        let result = try await run(
            "bash",
            """
            source <(kappa completion bash)
            COMP_WORDS=(kappa \(line)); COMP_CWORD=\(words.count); _kappa; printf '%s\\n' "${COMPREPLY[@]}"
            """)
        #expect(result.errors.isEmpty)
        return result.lines
    }

    @Test func bashCompletesCommandsOptionsAndChoices() async throws {
        #expect(try await bash("conf") == ["config"])
        #expect(try await bash("config", "") == ["show", "path", "check"])
        #expect(try await bash("config", "show", "--nd") == ["--ndjson"])
        #expect(try await bash("--color", "a") == ["auto", "always"])
        #expect(try await bash("--color", "=", "n") == ["never"])
        #expect(try await bash("completion", "z") == ["zsh"])
        #expect(try await bash("--color", "always", "completion", "f") == ["fish"])
    }

    @Test func bashAsksTheProgramForNames() async throws {
        #expect(try await bash("--profile", "") == ["office", "site"])
        #expect(try await bash("help", "exit") == ["exit-status"])
    }

    @Test func fishCompletesCommandsOptionsAndChoices() async throws {
        guard Kappa.find("fish") != nil else { return }
        let script = "kappa completion fish | source; complete -C "
        let commands = try await run("fish", script + "'kappa config '")
        #expect(commands.lines.map { $0.prefix { $0 != "\t" } } == ["check", "path", "show"])
        let options = try await run("fish", script + "'kappa config show --nd'")
        #expect(options.lines.first?.hasPrefix("--ndjson\t") == true)
        let choices = try await run("fish", script + "'kappa --color '")
        #expect(choices.lines.map { $0.prefix { $0 != "\t" } }.sorted() == ["always", "auto", "never"])
        let names = try await run("fish", script + "'kappa --profile '")
        #expect(names.lines.map { $0.prefix { $0 != "\t" } }.sorted() == ["office", "site"])
    }

    /// zsh completes only for a person, so this one sits at a pseudo-terminal.
    @Test func zshCompletesCommandsAndChoices() async throws {
        guard Kappa.find("zsh") != nil else { return }
        let folder = try TemporaryDirectory()
        let script = try await Kappa.run("completion", "zsh").output
        try folder.write("_kappa", script)
        let binaries = "/" + Kappa.path.split(separator: "/").dropLast().joined(separator: "/")
        let child = try ChildProcess(
            ["zsh", "-f", "-i"],
            environment: ["PATH": "\(binaries):/usr/bin:/bin", "HOME": folder.path, "TERM": "dumb", "LANG": "C.UTF-8"],
            directory: folder.path, terminal: TerminalSize(columns: 200, rows: 50))
        child.write("fpath=(\(folder.path) $fpath); autoload -Uz compinit; compinit -u; PS1='ready> '\n")
        child.write("LISTMAX=1000; print -r -- be''gin\n")
        try await child.waitForOutput("begin")
        child.write("kappa comple\tz\t; print -r -- do''ne\n")
        try await child.waitForOutput("compdef kappa")
        child.write("kappa --color nev\thelp exit-status; print -r -- al''so\n")
        try await child.waitForOutput("It failed, wholly or for any item.")
        child.write("exit\n")
        #expect(child.output.contains("--color never"))
        _ = try await child.finish()
    }

    @Test func namesOfTheViewAndOfTheLogAreOffered() async throws {
        let broker = try await BrokerProcess.start()
        let folder = broker.folder.path
        let environment = ["KAPPA_BROKERS": broker.address, "KAPPA_STORE": "sqlite:\(folder)/kappa.db"]
        let names = ["BH-1", "BH-2"]
        let lines = names.map {
            "{\"borehole_number\":\"\($0)\",\"instrument\":\"piezometer\",\"surface_level\":1,\"northing\":1,"
                + "\"easting\":1,\"reading\":1,\"timestamp\":\"2024-01-01T00:00:01Z\"}\n"
        }
        try await Kappa.run(
            ["produce", "--create", "--key-field", "borehole_number"], stdin: lines.joined(), environment: environment)
        try await Kappa.run(["process", "--drain", "-q"], environment: environment, timeout: .seconds(60))
        try await Kappa.run(["sink", "sqlite", "--drain", "-q"], environment: environment, timeout: .seconds(60))
        try await Kappa.run(
            ["replay", "start", "--window", "1m", "--drain", "-q"], environment: environment, timeout: .seconds(60))
        func offered(_ kind: String, _ words: String...) async throws -> [String] {
            // The program gives up after its 300 ms on a machine that is busy, and then offers nothing.
            for _ in 0..<20 {
                let found = try await Kappa.run(["__complete", kind, "--"] + words, environment: environment).lines
                if !found.isEmpty { return found }
            }
            return []
        }
        #expect(try await offered("boreholes", "query", "-B", "") == names)
        #expect(try await offered("instruments", "query", "-i", "") == ["piezometer"])
        #expect(try await offered("instruments", "query", "--store", "sqlite:\(folder)/none.db", "-i", "").count == 5)
        #expect(try await offered("generations", "replay", "switch", "") == ["2"])
        #expect(try await offered("aggregates", "process", "--agg", "mean,p").contains("mean,p95"))
        #expect(try await offered("aggregates", "process", "--agg", "mean,p").contains("mean,mean") == false)
        try await broker.stop()
    }

    @Test func aCommandWithSubcommandsOffersItsOwnNamesToo() async throws {
        let broker = try await BrokerProcess.start()
        try await Kappa.run("topics", "create", "pressure", "-b", broker.address)
        var offered: [String] = []
        for _ in 0..<20 where !offered.contains("pressure") {
            offered = try await bash("archive", "-b", broker.address, "")
        }
        #expect(offered == ["restore", "verify", "pressure"])
        try await broker.stop()
    }

    @Test func aDeadBrokerNeverHangsTheShell() async throws {
        // 192.0.2.1 is of the range that is routed nowhere (RFC 5737).
        let words = ["__complete", "topics", "--", "topics", "--brokers", "192.0.2.1:9092", ""]
        let (result, seconds) = try await Kappa.timed(words)
        #expect(result.output.isEmpty)
        #expect(result.status == 0)
        // Its own bound is 300 ms; the rest is for a busy machine.
        #expect(seconds < 2)
    }

    @Test func topicsAreAskedFromTheBrokerOfTheLine() async throws {
        let broker = try await BrokerProcess.start()
        try await Kappa.run("topics", "create", "pressure", "settlement", "-b", broker.address)
        let names = ["pressure", "settlement"]
        // As bash, fish and zsh part it: one word, two, or three.
        for option in [["--brokers=\(broker.address)"], ["-b", broker.address], ["--brokers", "=", broker.address]] {
            let words = ["__complete", "topics", "--", "topics", "delete"] + option + [""]
            #expect(try await Kappa.run(words).lines == names)
        }
        try await broker.stop()
    }
}
