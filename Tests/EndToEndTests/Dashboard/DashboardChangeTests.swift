import Glibc
import KappaTestSupport
import Testing

/// What can be changed by the page, by whom, and what a question may cost.
@Suite(.serialized) struct DashboardChangeTests {
    /// The broker's file of users, with who may do what.
    static func users(_ scene: AlarmScene) throws -> [String] {
        let path = try scene.broker.folder.write("users", "# who\nvic:look:on\nolga:s3cret\n@operator olga\n")
        chmod(path, 0o600)
        return ["--users", "users", "--allow-changes"]
    }

    static func serve(_ scene: AlarmScene, _ more: [String]) throws -> ChildProcess {
        try ChildProcess(
            [
                Kappa.path, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:view.db", "--levels", "site.csv",
                "--zone", "UTC", "--json",
            ] + more, environment: ["KAPPA_BROKERS": scene.broker.address], directory: scene.broker.folder.path)
    }

    @Test func onlyOperatorsChangeThingsAndOnlyFromThePageItself() async throws {
        let scene = try await DashboardAlarmTests.scene()
        try scene.broker.folder.write(
            "twice.csv", "borehole_number,instrument,unit,factor\n*,piezometer,kPa,2\n")
        try await scene.run(
            ["replay", "start", "--drain", "--window", "1s", "--register", "twice.csv", "--store", "sqlite:view.db"]
                + AlarmScene.far)
        let page = try Self.serve(scene, try Self.users(scene))
        defer { page.signal(SIGTERM) }
        let result = try await DashboardAlarmTests.python(
            scene, [DashboardAlarmTests.program("changes.py"), try await DashboardAlarmTests.address(page)])
        #expect(result.output == "good\n", "\(result.output)\(result.errors)\(page.errors)")
        // Who did what stands in the server's own words.
        #expect(page.errors.contains("olga acknowledged BH-1|piezometer|above"), "\(page.errors)")
        #expect(page.errors.contains("olga shows generation 2 of 'monitoring'"), "\(page.errors)")
    }

    @Test(.enabled(if: DashboardTests.hasChromium, "Chromium is not installed: run `make deps`"))
    func anOperatorSignsInAndActsByThePage() async throws {
        let scene = try await DashboardAlarmTests.scene()
        let page = try Self.serve(scene, try Self.users(scene))
        defer { page.signal(SIGTERM) }
        let shots = Kappa.packageRoot + "/.build/screenshots"
        mkdir(shots, 0o755)
        let result = try await DashboardAlarmTests.python(
            scene,
            [
                DashboardAlarmTests.program("operator_page.py"), try await DashboardAlarmTests.address(page), shots,
                DashboardAlarmTests.hostile,
            ])
        #expect(result.output == "good\n", "\(result.output)\(result.errors)")
    }

    @Test func withoutOperatorsThereIsNothingToAllow() async throws {
        let folder = try TemporaryDirectory()
        let words = ["serve", "--listen", "127.0.0.1:0", "--store", "sqlite:none.db", "--allow-changes"]
        let nobody = try await Kappa.run(words, directory: folder.path)
        #expect(nobody.status == 2 && nobody.errors.contains("@operator"), "\(nobody.errors)")
        for (text, complaint) in [
            ("ann:secret\n", "no user is an operator"), ("ann:secret\n@operator bob\n", "gives 'bob' a role"),
            ("ann:secret\n@boss ann\n", "line 2"), ("ann:secret\n@operator\n", "line 2"),
        ] {
            let users = try folder.write("users", text)
            chmod(users, 0o600)
            let refused = try await Kappa.run(words + ["--users", users], directory: folder.path)
            #expect(refused.status == 2 && refused.errors.contains(complaint), "\(text): \(refused.errors)")
        }
    }

    /// A question whose asker has gone ends, so that those who come after it are answered: there are four hands only.
    @Test func whoeverLeavesTakesTheQuestionAlong() async throws {
        let scene = try await DashboardAlarmTests.scene()
        let page = try Self.serve(scene, [])
        defer { page.signal(SIGTERM) }
        let result = try await DashboardAlarmTests.python(
            scene,
            [
                "-c",
                """
                import http.client, socket, sqlite3, sys, time
                host = sys.argv[1].split("//")[1]
                view = sqlite3.connect("view.db")
                view.execute("INSERT INTO record__g1 (boreholenumber, instrument, reading, ts, window_start, window_end, count, "
                    "min, max, sum, source_topic, source_partition, source_offset) WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL "
                    "SELECT i + 1 FROM n WHERE i < 1500000) SELECT 'BH-' || (i % 700), 'piezometer', i % 100, t, t, t, 1, 1, 1, 1, "
                    "'x', 0, i FROM (SELECT i, strftime('%Y-%m-%dT%H:%M:%S.000Z', 1700000000 + i, 'unixepoch') AS t FROM n)")
                view.commit()
                def ask(path):
                    connection = http.client.HTTPConnection(host, timeout=120)
                    connection.request("GET", path)
                    return connection.getresponse().status
                slow = "/api/pivot?rows=borehole&columns=time&bucket=86400&from=2023-01-01&to=2024-12-31"
                begin = time.monotonic()
                assert ask(slow) == 200
                alone = time.monotonic() - begin
                for _ in range(60):
                    one = socket.create_connection(host.split(":"))
                    one.sendall(f"GET {slow} HTTP/1.1\\r\\nHost: {host}\\r\\n\\r\\n".encode())
                    time.sleep(0.01)
                    one.close()
                begin = time.monotonic()
                assert ask("/api/site") == 200
                waited = time.monotonic() - begin
                assert waited < 15 * alone + 2, (waited, alone)
                print("good")
                """, try await DashboardAlarmTests.address(page),
            ])
        #expect(result.output == "good\n", "\(result.output)\(result.errors)")
    }
}
