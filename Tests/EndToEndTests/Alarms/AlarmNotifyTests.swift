import Glibc
import KappaTestSupport
import Testing

/// People are told: heard by a web server and a mail server that share no code with us.
@Suite(.serialized) struct AlarmNotifyTests {
    private static let levels = AlarmScene.header + "*,piezometer,kPa,,100,115,130,,5,,,,1h,shift,\"Prüfe „Pumpe 2“\"\n"

    /// Receivers that run until the test is over.
    private final class Receivers {
        let child: ChildProcess
        let web: Int
        let mail: Int

        init(_ words: [String], in folder: TemporaryDirectory) async throws {
            let script = Kappa.packageRoot + "/Tests/EndToEndTests/Alarms/receivers.py"
            child = try ChildProcess(
                ["/usr/bin/env", "python3", script] + words, environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"],
                directory: folder.path)
            try await child.waitForOutput("\"mail\"", timeout: .seconds(60))
            let numbers = child.output.split { !$0.isNumber }.compactMap { Int($0) }
            (web, mail) = (numbers[0], numbers[1])
        }

        /// What they heard, once it has come to so many lines.
        func heard(_ count: Int) async throws -> [String] {
            let deadline = ContinuousClock.now + .seconds(60)
            while lines.count < count, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(50)) }
            return lines
        }

        private var lines: [String] { child.output.split(separator: "\n").dropFirst().map(String.init) }

        deinit { child.signal(SIGKILL) }
    }

    private func scene() async throws -> AlarmScene {
        let scene = try await AlarmScene(register: Self.levels)
        try await scene.produce(AlarmScene.reading("BH-1", "12:00:00", "101"))
        _ = try await scene.alarms("alarms")
        try scene.broker.folder.write("secret", "of the hook\n")
        return scene
    }

    private func notify(_ receivers: Receivers, _ more: String...) -> [String] {
        [
            "alarms", "notify", "--notify", "http://127.0.0.1:\(receivers.web)/hook?token=x", "--sign", "file:secret",
            "--group", "100ms", "--at-most-every", "100ms", "--remind", "0s",
        ] + more
    }

    /// One process raises and tells; in a bounded run all that it raised has been told when it ends.
    @Test func theJobItselfTellsPeople() async throws {
        let scene = try await AlarmScene(register: Self.levels)
        try scene.broker.folder.write("secret", "of the hook\n")
        let receivers = try await Receivers(["0", "of the hook"], in: scene.broker.folder)
        let telling = Array(notify(receivers).dropFirst(2))
        try await scene.produce(AlarmScene.reading("BH-1", "12:00:00", "101"))
        _ = try await scene.alarms("alarms", telling + ["--dry-run"])
        _ = try await scene.alarms("alarms", telling)
        let first = try await receivers.heard(1)
        #expect(first.count == 1 && first[0].contains("raised"), "\(first)")
        // Without an end it goes on telling.
        let job = try Kappa.start(
            ["alarms", "run", "--register", "site.csv"] + AlarmScene.far + telling,
            environment: ["KAPPA_BROKERS": scene.broker.address], directory: scene.broker.folder.path)
        try await scene.produce(AlarmScene.reading("BH-1", "12:00:01", "116"))
        let second = try await receivers.heard(2)
        #expect(second.count == 2 && second.last?.contains("escalated") == true, "\(second)")
        job.signal(SIGINT)
        #expect(try await job.finish().status == 130)
        // Who cannot be told holds no alarm up, and is told of at the end.
        try await scene.produce(AlarmScene.reading("BH-1", "12:00:02", "90"))
        let other = ["--notify", "http://127.0.0.1:1/none", "--group", "100ms", "--remind", "0s"]
        let failed = try await scene.alarms("alarms", other, status: 1)
        #expect(failed.errors.contains("/none could not be told"), "\(failed.errors)")
        #expect(try await scene.run("alarms", "history").output.contains("cleared"))
    }

    private static func key(_ line: String) -> Substring { line.components(after: "\"key\": \"").prefix { $0 != "\"" } }

    @Test func aWebhookThatFailsIsToldAgainWithTheSameKeyUntilItTakesIt() async throws {
        let scene = try await scene()
        let receivers = try await Receivers(["2", "of the hook"], in: scene.broker.folder)
        // What stands is told first, once it is asked for; without reminders a new target begins with what comes.
        try await scene.run(notify(receivers, "--drain"))
        try await scene.produce(AlarmScene.reading("BH-1", "12:00:01", "116"))
        _ = try await scene.alarms("alarms")
        let failed = try await scene.run(notify(receivers, "--drain"), status: 1)
        #expect(failed.errors.contains("answered with status 500"), "\(failed.errors)")
        let list = try await scene.run("alarms", "list")
        #expect(list.errors.contains("/hook could not be told of 1 events"), "\(list.errors)")
        #expect(!list.errors.contains("token"))
        // It goes on from what is noted: the same message, until it is taken.
        let job = try Kappa.start(
            notify(receivers), environment: ["KAPPA_BROKERS": scene.broker.address],
            directory: scene.broker.folder.path)
        let heard = try await receivers.heard(3)
        job.signal(SIGTERM)
        _ = try await job.finish(timeout: .seconds(60))
        #expect(heard.count == 3, "\(heard)")
        #expect(heard.filter { $0.contains("\"signed\": true") }.count == 3)
        #expect(Set(heard.map(Self.key)).count == 1 && !Self.key(heard[0]).isEmpty)
        #expect(heard.last?.contains("\"status\": 200") == true && heard.last?.contains("escalated") == true)
        #expect(heard.last?.contains("\"limit\": 115.0") == true && !heard.last!.contains("\"raised\""))
    }

    @Test func aNotifierThatDiesAfterSendingSendsTheSameAgain() async throws {
        let scene = try await scene()
        let receivers = try await Receivers(["0", "of the hook"], in: scene.broker.folder)
        try await scene.run(notify(receivers, "--drain"))
        try await scene.produce(AlarmScene.reading("BH-1", "12:00:01", "116"))
        _ = try await scene.alarms("alarms")
        try await scene.run(notify(receivers, "--drain"), status: 86, failing: "alarm-sent")
        // More comes meanwhile: it is another message.
        try await scene.produce(AlarmScene.reading("BH-2", "12:00:02", "101"))
        _ = try await scene.alarms("alarms")
        try await scene.run(notify(receivers, "--drain"))
        try await scene.run(notify(receivers, "--drain"))
        let keys = try await receivers.heard(3).map(Self.key)
        #expect(keys.count == 3 && keys[0] == keys[1] && keys[1] != keys[2], "\(keys)")
    }

    @Test func mailIsForThoseWhomTheRegisterNamesAndShelvedAlarmsAreForNobody() async throws {
        let scene = try await scene()
        let receivers = try await Receivers(["0", "x"], in: scene.broker.folder)
        let words = [
            "alarms", "notify", "--drain", "--smtp", "smtp://127.0.0.1:\(receivers.mail)", "--mail-from",
            "kappa@site.example",
            "--notify", "shift=mailto:ann@site.example,bob@site.example", "--notify",
            "manager=mailto:boss@site.example",
        ]
        // New to it: they are told what stands.
        try await scene.run(words)
        let first = try await receivers.heard(1)
        #expect(first.count == 1, "\(first)")
        #expect(first[0].contains(#""to": ["<ann@site.example>", "<bob@site.example>"]"#), "\(first)")
        #expect(first[0].contains(#""sender": "<kappa@site.example>""#))
        #expect(first[0].contains("Still open: BH-1|piezometer: alert above"), "\(first)")
        #expect(first[0].contains(#"Pr\u00fcfe \u201ePumpe 2\u201c"#), "\(first)")
        try await scene.run("alarms", "shelve", "BH-1|piezometer", "--for", "8h")
        try await scene.produce(
            AlarmScene.reading("BH-1", "12:00:01", "116"), AlarmScene.reading("BH-2", "12:00:02", "131"))
        _ = try await scene.alarms("alarms")
        try await scene.run(words)
        let second = try await receivers.heard(2)
        #expect(second.count == 2, "\(second)")
        #expect(second.last?.contains("BH-2|piezometer: alarm above raised at 131.0 kPa (limit 130.0 kPa)") == true)
        #expect(second.last?.contains("BH-1") == false)
    }

    @Test func aWebhookThatNeverAnswersAndACommandThatHangsAreNotWaitedForForEver() async throws {
        let scene = try await scene()
        let receivers = try await Receivers(["0", "x", "HANG"], in: scene.broker.folder)
        let result = try await scene.run(
            [
                "alarms", "notify", "--drain", "--send-timeout", "500ms", "--notify",
                "http://127.0.0.1:\(receivers.web)/",
                "--notify", "command:sleep 600", "--notify", "command:cat > told; echo $KAPPA_ALARM_KEY > key",
            ], status: 1)
        #expect(result.errors.contains("did not answer in time") && result.errors.contains("it did not end in time"))
        let told = scene.text("told")
        #expect(told.contains("\"kind\":\"reminder\"") && told.contains(scene.text("key").prefix(32)))
        try await scene.run(["alarms", "notify", "--notify", "ftp://x"], status: 2)
        try await scene.run(["alarms", "notify", "--notify", "mailto:no address"], status: 2)
    }
}

extension String {
    /// What follows the last of these words.
    fileprivate func components(after words: String) -> Substring {
        ranges(of: words).last.map { self[$0.upperBound...] } ?? ""
    }
}
