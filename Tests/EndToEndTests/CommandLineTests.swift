import KappaTestSupport
import Testing

/// Words, settings and statuses, as a script meets them.
@Suite struct CommandLineTests {
    @Test func aWrongWordIsAnsweredInTwoLinesWithStatus2() async throws {
        let result = try await Kappa.run("config", "shwo")
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.errorLines == ["kappa config: there is no command 'shwo'", "did you mean 'show'?"])
    }

    @Test func aValueKeepsItsOrigin() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("kappa.conf", "# here\ntimeout = 7s\n\n[profile slow]\ntimeout = 70s\n")
        let plain = try await Kappa.run(
            "config", "show", "--csv", environment: ["KAPPA_COLOR": "never"], directory: folder.path)
        #expect(
            plain.lines == [
                "setting,value,origin", "color,never,environment KAPPA_COLOR", "timeout,7s,./kappa.conf:2",
            ])
        let profile = try await Kappa.run(
            "config", "show", "--csv", "--profile", "slow", directory: folder.path)
        #expect(profile.lines.contains("timeout,70s,./kappa.conf:5 [profile slow]"))
        let wrong = try await Kappa.run("config", "show", "--profile", "slwo", directory: folder.path)
        #expect(wrong.status == 2)
        #expect(wrong.errorLines.last == "did you mean 'slow'?")
    }

    @Test func theSettingsFilesAreReadNearestFirst() async throws {
        let folder = try TemporaryDirectory()
        let home = try TemporaryDirectory()
        _ = try await ChildProcess(
            ["mkdir", "-p", "kappa"], environment: ["PATH": "/usr/bin:/bin"], directory: home.path
        ).finish()
        try home.write("kappa/kappa.conf", "timeout = 8s\nbrokers = far:1\n")
        try folder.write("kappa.conf", "timeout = 9s\n")
        let result = try await Kappa.run(
            "config", "show", "--csv", environment: ["XDG_CONFIG_HOME": home.path], directory: folder.path)
        #expect(result.lines.contains("timeout,9s,./kappa.conf:1"))
        #expect(result.lines.contains("brokers,far:1,\(home.path)/kappa/kappa.conf:2"))
    }

    @Test func checkNamesEachWrongLine() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("kappa.conf", "tiemout = 7s\ntimeout = soon\nbrokers = here:1\n")
        let result = try await Kappa.run("config", "check", directory: folder.path)
        #expect(result.status == 2)
        #expect(result.errorLines[0] == "./kappa.conf:1: there is no setting 'tiemout'; did you mean 'timeout'?")
        #expect(result.errorLines[1].hasPrefix("./kappa.conf:2: timeout: 'soon' is not a duration"))
        try folder.write("kappa.conf", "timeout 7s\n")
        let broken = try await Kappa.run("config", "check", directory: folder.path)
        #expect(broken.errorLines[0] == "./kappa.conf:1: a line without '='")
    }

    @Test(arguments: [
        ["topics", "list"], ["consume", "-e"], ["groups", "describe", "g"], ["query"], ["broker", "status"],
    ])
    func settingsThatAreWrongAreSaidByEveryCommand(words: [String]) async throws {
        let folder = try TemporaryDirectory()
        try folder.write("kappa.conf", "brokers = 127.0.0.1:1\nwhat is this\n")
        let broken = try await Kappa.run(words, directory: folder.path)
        #expect(broken.status == 2)
        #expect(broken.errors.contains("./kappa.conf:2: a line without '='"))
        try folder.write("kappa.conf", "brokers = 127.0.0.1:1\ntimeout = 100ms\ntiemout = 1s\n")
        let unknown = try await Kappa.run(words, directory: folder.path)
        #expect(unknown.errors.contains("./kappa.conf:3: there is no setting 'tiemout'; did you mean 'timeout'?"))
        #expect(try await Kappa.run("help", "units", directory: folder.path).status == 0)
    }

    @Test(
        arguments: [
            (["produce", "-z", "zsdt"], "did you mean 'zstd'?"),
            (["produce", "--on-error", "skp"], "did you mean 'skip'?"),
            (["consume", "-o", "stored"], "see 'kappa consume --help'"),
            (["consume", "--json", "--keys"], "see 'kappa consume --help'"),
            (["produce", "-k", "a", "-K", ":"], "see 'kappa produce --help'"),
            (["groups", "reset", "g"], "see 'kappa groups reset --help'"),
        ])
    func aWrongCombinationHasTwoLinesToo(words: [String], second: String) async throws {
        let result = try await Kappa.run(words)
        #expect(result.status == 2)
        #expect(result.errorLines.count == 2 && result.errorLines.last == second, "\(result.errors)")
        #expect(result.errors.hasPrefix("kappa \(words[0])"))
    }

    @Test func aDatabaseThatIsDownIsOneSentence() async throws {
        let result = try await Kappa.run("query", "--store", "postgresql://site@127.0.0.1:1/x")
        #expect(result.status == 3)
        #expect(result.errors.contains("127.0.0.1") && result.errors.contains("Connection refused; Is the server"))
        #expect(!result.errors.contains("\\n") && !result.errors.contains("\\t"))
    }

    @Test func secretsAreNotShown() async throws {
        let folder = try TemporaryDirectory()
        try folder.write(
            "kappa.conf", "store = postgresql://me:hunter2@db/site\nproperty = sasl.password=hunter3\n")
        let result = try await Kappa.run("config", "show", directory: folder.path)
        #expect(result.status == 0)
        #expect(!result.output.contains("hunter"))
        #expect(result.output.contains("postgresql://me:••••@db/site"))
        #expect(result.output.contains("sasl.password=••••"))
    }

    @Test func theHelpTopicsAreThere() async throws {
        let result = try await Kappa.run("help", "exit-status")
        #expect(result.lines.map { $0.split(separator: " ")[0] } == ["0", "1", "2", "3", "4", "130", "141", "143"])
        #expect(try await Kappa.run("help", "exit-staus").errorLines.last == "did you mean 'exit-status'?")
    }

    @Test func theShortHelpIsShorterThanTheLong() async throws {
        let short = try await Kappa.run("config", "show", "-h").lines
        let long = try await Kappa.run("config", "show", "--help").lines
        #expect(short.count < long.count)
        #expect(long.contains("Examples:"))
        #expect(!short.contains("Examples:"))
    }

    @Test func aWrongUnitNamesTheOptionAndWhatWouldBeRight() async throws {
        let result = try await Kappa.run("topics", "list", "--timeout", "10")
        #expect(result.status == 2)
        #expect(result.errorLines.count == 2)
        #expect(result.errorLines[0].hasPrefix("kappa topics list: --timeout: '10' is not a duration such as 10s"))
        let environment = try await Kappa.run("topics", "list", environment: ["KAPPA_TIMEOUT": "soon"])
        #expect(environment.status == 2)
        #expect(environment.errorLines[0].hasSuffix("(from environment KAPPA_TIMEOUT)"))
    }

    @Test func theDeclarationsAreValidJSON() async throws {
        guard Kappa.find("python3") != nil else { return }
        let script = """
            import json, subprocess, sys
            def ask(words):
                return json.loads(subprocess.run([sys.argv[1], *words, "--help-json"], stdout=subprocess.PIPE).stdout)
            def walk(command, words):
                answer = ask(words)
                assert answer["version"] == 1 and answer["path"] == ["kappa", *words], words
                assert None not in (command["parameters"], command["examples"], command["commands"]), words
                for below in command["commands"]: walk(below, [*words, below["name"]])
            walk(ask([])["command"], [])
            print("valid")
            """
        let child = try ChildProcess(
            ["python3", "-c", script, Kappa.path], environment: ["PATH": "/usr/bin:/bin"], directory: "/tmp")
        let result = try await child.finish()
        #expect(result.output == "valid\n", "\(result.errors)")
    }
}
