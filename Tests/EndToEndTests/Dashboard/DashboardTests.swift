import Glibc
import KappaCore
import KappaTestSupport
import Testing

/// `kappa serve` as people and programs meet it: the real binary over a real pipeline, looked at by Debian's Chromium,
/// Python's own HTTP client and curl.
@Suite(.serialized) struct DashboardTests {
    static let hasChromium = ["chromium-headless-shell", "chromium"].contains { access("/usr/bin/\($0)", X_OK) == 0 }

    /// A pipeline that has stored some windows and goes on, and the page over it.
    final class Scene {
        let folder: TemporaryDirectory
        let pipeline: ChildProcess
        let page: ChildProcess
        let address: String
        let broker: String

        init(_ words: String...) async throws {
            folder = try TemporaryDirectory()
            let data = "\(folder.path)/data"
            pipeline = try ChildProcess(
                [
                    Kappa.path, "up", "--data", data, "--listen", "127.0.0.1:0", "--rate", "200", "--window", "1s",
                    "--faults", "1%", "--page", "off",
                ], environment: [:], directory: folder.path)
            try await pipeline.waitForOutput("created table", timeout: .seconds(60))
            broker = try Self.word(after: "127.0.0.1:", pipeline.output + pipeline.errors)
            page = try ChildProcess(
                [
                    Kappa.path, "serve", "--listen", "127.0.0.1:0", "--brokers", "127.0.0.1:\(broker)", "--store",
                    "sqlite:\(data)/kappa.db", "--zone", "Europe/London", "--json",
                ] + words, environment: [:], directory: folder.path)
            try await page.waitForOutput("/", timeout: .seconds(30))
            address = "http://127.0.0.1:" + (try Self.word(after: "127.0.0.1:", page.output))
        }

        deinit {
            page.signal(SIGTERM)
            pipeline.signal(SIGTERM)
        }

        static func word(after mark: String, _ text: String) throws -> String {
            let start = try #require(text.firstRange(of: mark)?.upperBound, "\(text)")
            return String(text[start...].prefix { $0.isNumber })
        }

        func python(_ program: String, _ words: [String] = [], timeout: Duration = .seconds(60)) async throws
            -> ChildProcess.Result
        {
            let child = try ChildProcess(
                ["/usr/bin/env", "python3"] + (program.hasSuffix(".py") ? [program] : ["-c", program]) + words,
                environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"],
                directory: folder.path)
            return try await child.finish(timeout: timeout)
        }
    }

    @Test(.enabled(if: DashboardTests.hasChromium, "Chromium is not installed: run `make deps`"))
    func everyPageIsShownInABrowserWithoutATrouble() async throws {
        let scene = try await Scene()
        let shots = Kappa.packageRoot + "/.build/screenshots"
        mkdir(shots, 0o755)
        // Until the first windows are there, and those of a borehole whose name would be markup.
        let hostile = "<img src=x onerror=window.ran=1>"
        let reading =
            #"{"borehole_number":"\#(hostile)","instrument":"piezometer","reading":1.5,"#
            + #""surface_level":1,"northing":5812000,"easting":318000,"unit":"<b>m</b>","timestamp":"#
        let wait = try await scene.python(
            """
            import datetime, json, subprocess, sys, time, urllib.request
            end = time.time() + 60
            while time.time() < end:
                now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")[:-4] + "Z"
                line = sys.argv[1] + json.dumps(now) + "}"
                subprocess.run([sys.argv[2], "produce", "monitoring", "-b", sys.argv[3]], input=line.encode(), check=True)
                rows = json.load(urllib.request.urlopen("\(scene.address)/api/latest"))["rows"]
                if len(rows) > 20 and any(r[0].startswith("<i") for r in rows): sys.exit(0)
                time.sleep(0.3)
            sys.exit("the hostile borehole was not stored")
            """, [reading, Kappa.path, "127.0.0.1:\(scene.broker)"], timeout: .seconds(90))
        #expect(wait.status == 0, "\(wait.errors)")
        let program = Kappa.packageRoot + "/Tests/EndToEndTests/Dashboard/pages.py"
        let result = try await scene.python(
            program, [scene.address, shots, hostile, "piezometer"], timeout: .seconds(180))
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output == "", "\(result.output)")
    }

    @Test func othersAreKeptOutAndProgramsLetIn() async throws {
        let scene = try await Scene("--host", "monitor.example")
        let result = try await scene.python(
            """
            import csv, http.client, io, json, time, urllib.request, zipfile
            host = "\(scene.address)".split("//")[1]
            def ask(path, method="GET", **headers):
                connection = http.client.HTTPConnection(host, timeout=10)
                connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
                answer = connection.getresponse()
                return answer.status, answer.read(), answer
            for name, status in [("evil.example", 421), ("monitor.example", 200), ("localhost:1", 200), ("127.0.0.1", 200)]:
                assert ask("/api/site", Host=name)[0] == status, name
            for path in ["/../etc/passwd", "/%2e%2e/etc/passwd", "/pages/..%2f..%2fetc/passwd", "/README.md", "/app.js/x"]:
                assert ask(path)[0] in (400, 404), path
            assert ask("/api/site", "POST")[0] == 405 and ask("/api/site", "DELETE")[0] == 405
            assert ask("/api/series?borehol=x")[0] == 400
            policy = ask("/")[2].getheader("Content-Security-Policy")
            assert "script-src 'self';" in policy and "require-trusted-types-for 'script'" in policy, policy
            etag = ask("/app.js")[2].getheader("ETag")
            assert ask("/app.js", If_None_Match=etag)[0] == 304
            described = json.loads(ask("/openapi.json")[1])
            assert described["openapi"].startswith("3.1") and "/data/readings.csv" in described["paths"]
            end = time.time() + 40
            while True:
                rows = list(csv.DictReader(io.StringIO(ask("/data/latest.csv")[1].decode())))
                if len(rows) > 5 or time.time() > end: break
                time.sleep(0.2)
            lines = ask("/data/latest.ndjson")[1].decode().splitlines()
            assert abs(len(lines) - len(rows)) < 400 and float(rows[0]["reading"]) == float(rows[0]["reading"])
            assert {"boreholenumber", "instrument", "reading"} <= set(json.loads(lines[0]))
            book = zipfile.ZipFile(io.BytesIO(ask("/data/latest.xlsx")[1]))
            assert book.testzip() is None and b"boreholenumber" in book.read("xl/worksheets/sheet1.xml")
            print("good")
            """)
        #expect(result.output == "good\n", "\(result.errors)")
    }

    /// A screen on a wall must not show old numbers as new ones, and mends itself when the server is back.
    @Test(.enabled(if: DashboardTests.hasChromium, "Chromium is not installed: run `make deps`"))
    func aPageWithoutItsServerSaysSoAndComesBack() async throws {
        let folder = try TemporaryDirectory()
        let program = Kappa.packageRoot + "/Tests/EndToEndTests/Dashboard/lost.py"
        let child = try ChildProcess(
            ["/usr/bin/env", "python3", program, Kappa.path],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"],
            directory: folder.path)
        let result = try await child.finish(timeout: .seconds(90))
        #expect(result.output == "good\n", "\(result.errors)")
    }

    /// A browser that was away says where it stood, and gets what came meanwhile: nothing twice, nothing missing.
    @Test func aStreamThatIsCutGoesOnWhereItStood() async throws {
        let scene = try await Scene()
        let result = try await scene.python(
            """
            import json, sqlite3, time, urllib.request
            def read(seconds, last=None):
                request = urllib.request.Request("\(scene.address)/live", headers={"Last-Event-ID": last} if last else {})
                stream, rows, end, event = urllib.request.urlopen(request, timeout=10), [], time.time() + seconds, None
                while time.time() < end:
                    line = stream.readline().decode().rstrip("\\n")
                    if line.startswith("event: "): event = line[7:]
                    if line.startswith("id: "): last = line[4:]
                    if line.startswith("data: ") and event == "rows": rows += json.loads(line[6:])["rows"]
                    assert event != "reset"
                return rows, last
            for attempt in range(20):
                first, place = read(3)
                if first: break
            time.sleep(3)
            second, _ = read(3, place)
            assert first and second
            view = sqlite3.connect("file:data/kappa.db?mode=ro", uri=True)
            newest = dict(((b, i), w) for b, i, w in view.execute(
                "select boreholenumber, instrument, max(window_start) from record where id > ? group by 1, 2", [int(place)]))
            got = {(r[0], r[1]) for r in second}
            old = {(b, i) for b, i in view.execute("select distinct boreholenumber, instrument from record where id > ? "
                "and id <= ? + 50", [int(place), int(place)])}
            assert old <= got, old - got
            print("good")
            """)
        #expect(result.output == "good\n", "\(result.errors)")
    }

    @Test func theNetworkNeedsUsersAndTLS() async throws {
        let folder = try TemporaryDirectory()
        let open = try await Kappa.run(["serve", "--listen", "0.0.0.0:0"], directory: folder.path)
        #expect(open.status == 2)
        #expect(open.errors.contains("--users"))
        let users = try folder.write("users", "ann:secret\n")
        chmod(users, 0o600)
        let plain = try await Kappa.run(["serve", "--listen", "0.0.0.0:0", "--users", users], directory: folder.path)
        #expect(plain.status == 2)
        #expect(plain.errors.contains("--tls-cert"))
    }

    @Test func theReportOfADayIsOneFile() async throws {
        let folder = try TemporaryDirectory()
        let made = try await Kappa.run(
            [
                "up", "--data", "\(folder.path)/data", "--listen", ":0", "--count", "3000", "--faults", "0%", "--json",
            ], directory: folder.path, timeout: .seconds(90))
        #expect(made.status == 0, "\(made.errors)")
        let report = try await Kappa.run(
            [
                "report", "--store", "sqlite:\(folder.path)/data/kappa.db", "--day", "today", "--zone", "UTC", "--to",
                "day.html", "--site", "A <b>site</b>",
            ] + (DashboardTests.hasChromium ? ["--pdf"] : []), directory: folder.path, timeout: .seconds(60))
        #expect(report.status == 0, "\(report.errors)")
        let text = Subprogram.read("\(folder.path)/day.html")
        #expect(text.contains("A &lt;b&gt;site&lt;/b&gt;"))
        #expect(text.contains("<svg"))
        #expect(!text.contains("src=\"http") && !text.contains("<script"))
        if DashboardTests.hasChromium { #expect(Subprogram.read("\(folder.path)/day.pdf").hasPrefix("%PDF")) }
    }
}
