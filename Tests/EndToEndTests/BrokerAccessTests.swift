import Glibc
import KappaTestSupport
import Testing

/// `kappa broker users` and `kappa broker acls`, against a broker that asks clients who they are.
@Suite struct BrokerAccessTests {
    /// A broker whose super user is root, and the options of kappa's own clients for each of its users.
    private struct Scene {
        let broker: BrokerProcess
        let folder: TemporaryDirectory

        static func start() async throws -> Scene {
            let folder = try TemporaryDirectory()
            let users = try folder.write("users", "root:secret\n")
            chmod(users, 0o600)
            for name in ["secret", "other"] { _ = try folder.write("\(name).password", "\(name)\n") }
            let broker = try await BrokerProcess.start(["--users", users, "--super-users", "root"])
            return Scene(broker: broker, folder: folder)
        }

        func signIn(_ user: String, _ password: String = "secret") -> [String] {
            [
                "--brokers", broker.address, "-X", "security.protocol=SASL_PLAINTEXT", "-X",
                "sasl.mechanism=SCRAM-SHA-256", "-X", "sasl.username=\(user)", "-X",
                "sasl.password=file:\(folder.path)/\(password).password",
            ]
        }

        func run(_ words: [String], as user: String = "root", stdin: String = "") async throws -> ChildProcess.Result {
            try await Kappa.run(words + signIn(user), stdin: stdin, timeout: .seconds(120))
        }

        func done(_ words: String...) async throws {
            let result = try await run(words)
            #expect(result.status == 0, "\(words): \(result.errors)")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func loggerOnlyWritesAndDashboardOnlyReads() async throws {
        let scene = try await Scene.start()
        let password = "file:\(scene.folder.path)/secret.password"
        try await scene.done("topics", "create", "monitoring")
        try await scene.done("broker", "users", "add", "logger", "--password", password)
        try await scene.done("broker", "users", "add", "dashboard", "--password", password)
        let users = try await scene.run(["broker", "users", "list", "--ndjson"])
        #expect(
            users.output.split(separator: "\n").map(String.init)
                .filter { $0.contains("logger") || $0.contains("dashboard") } == [
                    #"{"user":"dashboard","mechanism":"SCRAM-SHA-256","iterations":4096}"#,
                    #"{"user":"logger","mechanism":"SCRAM-SHA-256","iterations":4096}"#,
                ], "\(users.output)\(users.errors)")
        try await scene.done("broker", "acls", "add", "--user", "logger", "--allow", "write", "--topic", "monitoring")
        try await scene.done(
            "broker", "acls", "add", "--user", "dashboard", "--allow", "read", "--topic", "monitoring", "--group",
            "dash", "--prefixed")
        let written = try await scene.run(["produce", "monitoring"], as: "logger", stdin: "a\nb\n")
        #expect(written.status == 0, "\(written.errors)")
        let elsewhere = try await scene.run(["produce", "other"], as: "logger", stdin: "a\n")
        #expect(elsewhere.status != 0, "\(elsewhere.errors)")
        let reading = ["consume", "monitoring", "--from-beginning", "--exit"]
        let read = try await scene.run(reading, as: "dashboard")
        #expect(read.status == 0 && read.output.split(separator: "\n").count == 2, "\(read.output)\(read.errors)")
        #expect(try await scene.run(reading, as: "logger").status != 0)
        #expect(try await scene.run(["produce", "monitoring"], as: "dashboard", stdin: "c\n").status != 0)
        let refused = try await scene.run(["broker", "acls", "list"], as: "logger")
        #expect(refused.status != 0 && refused.errors.contains("CLUSTER_AUTHORIZATION_FAILED"), "\(refused.errors)")
    }

    @Test(.timeLimit(.minutes(5)))
    func rulesAndUsersAreListedAndRemoved() async throws {
        let scene = try await Scene.start()
        try await scene.done(
            "broker", "acls", "add", "--user", "a", "--user", "User:b", "--allow", "read", "--deny", "delete",
            "--topic",
            "t", "--host", "10.0.0.7")
        let all = try await scene.run(["broker", "acls", "list", "--csv"])
        #expect(
            all.output.split(separator: "\n").dropFirst().map(String.init) == [
                "User:a,ALLOW,READ,TOPIC,t,LITERAL,10.0.0.7", "User:a,DENY,DELETE,TOPIC,t,LITERAL,10.0.0.7",
                "User:b,ALLOW,READ,TOPIC,t,LITERAL,10.0.0.7", "User:b,DENY,DELETE,TOPIC,t,LITERAL,10.0.0.7",
            ], "\(all.output)\(all.errors)")
        let dry = try await scene.run(["broker", "acls", "remove", "--user", "a", "--dry-run"])
        #expect(dry.status == 0 && dry.errors.contains("would remove: User:a may READ TOPIC 't' from 10.0.0.7"))
        #expect(try await scene.run(["broker", "acls", "remove", "--user", "a"]).status == 2, "nobody to ask")
        try await scene.done("broker", "acls", "remove", "--user", "a", "--yes")
        try await scene.done("broker", "acls", "remove", "--allow", "read", "--topic", "t", "--yes")
        let left = try await scene.run(["broker", "acls", "list", "--csv"])
        #expect(left.output.split(separator: "\n").count == 2 && left.output.contains("User:b,DENY,DELETE"))
        let none = try await scene.run(["broker", "acls", "remove", "--user", "zoe", "--yes"])
        #expect(none.status == 1 && none.errors.contains("no rule matches"))

        try await scene.done("broker", "users", "add", "a", "--password", "file:\(scene.folder.path)/other.password")
        let missing = try await scene.run(["broker", "users", "remove", "a", "zoe", "--yes"])
        #expect(missing.status == 1 && missing.errors.contains("there is no user 'zoe'"), "\(missing.errors)")
        #expect(missing.errors.contains("removed the user 'a'"), "\(missing.errors)")
        let filed = try await scene.run(["broker", "users", "remove", "root", "--yes"])
        #expect(filed.status == 1 && filed.errors.contains("users file"), "\(filed.errors)")
    }

    /// What cannot mean anything is refused before a broker is asked.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            (["acls", "add"], "--user is missing"),
            (["acls", "add", "--user", "a"], "--allow or --deny is missing"),
            (["acls", "add", "--user", "a", "--allow", "read"], "the resource of the rule is missing"),
            (["acls", "add", "--user", "a", "--allow", "reed", "--topic", "t"], "did you mean 'read'"),
            (["acls", "add", "--user", "a", "--allow", "write", "--group", "g"], "is not an operation of a group"),
            (["acls", "add", "--user", "a", "--allow", "alter", "--cluster", "--prefixed"], "--prefixed"),
            (["acls", "remove", "--yes"], "the rules to remove are missing"),
            (["users", "add", "a", "--password", "geheim"], "a secret is not written here"),
            (["users", "add", "a", "--password", "env:NOT_THERE"], "NOT_THERE is not set"),
            (["users", "add", "a", "--password", "file:/dev/null"], "the password is empty"),
            (["users", "add", "a", "--iterations", "10"], "10"),
            (["users", "remove"], "NAME is missing"),
        ])
    func wrongWordsAreRefused(_ words: [String], _ message: String) async throws {
        let result = try await Kappa.run(["broker"] + words + ["--brokers", "127.0.0.1:1"])
        #expect(result.status == 2 && result.errors.contains(message), "\(result.errors)")
        #expect(!result.errors.contains("geheim"))
    }

    @Test(.timeLimit(.minutes(2)))
    func brokerWithoutRulesSaysWhatToDo() async throws {
        let broker = try await BrokerProcess.start()
        let rules = try await Kappa.run("broker", "acls", "list", "--brokers", broker.address)
        #expect(rules.status == 1 && rules.errors.contains("--super-users"), "\(rules.errors)")
        let users = try await Kappa.run(
            ["broker", "users", "add", "a", "--password", "env:WORD", "--brokers", broker.address],
            environment: ["WORD": "secret"])
        #expect(users.status == 1 && users.errors.contains("--users"), "\(users.errors)")
    }
}
