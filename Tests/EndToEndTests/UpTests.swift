import Glibc
import KappaCore
import KappaTestSupport
import Testing

/// The whole pipeline as a person runs it: real processes, a real log, a real store. SQLite's own library, by way of
/// Python, is the witness of what was stored.
@Suite(.serialized) struct UpTests {
    static func books(_ output: String) throws -> [String: Int] {
        var books: [String: Int] = [:]
        for name in ["produced", "stored", "late", "dead", "windows"] {
            let start = try #require(output.firstRange(of: "\"\(name)\":")?.upperBound)
            books[name] = Int(output[start...].prefix { $0.isNumber })
        }
        return books
    }

    /// What Python finds in the table: windows, and the sum of their counts.
    static func stored(_ folder: String) async throws -> String {
        try await SimulateTests.python(
            """
            import sqlite3
            rows = sqlite3.connect("file:\(folder)/kappa.db?mode=ro", uri=True)
            print(*rows.execute("select count(*), sum(count) from record").fetchone())
            keys = rows.execute("select count(*) from (select distinct boreholenumber, instrument, window_start from record)")
            print(*keys.fetchone())
            """, stdin: "")
    }

    static func up(_ words: String..., folder: TemporaryDirectory) async throws -> ChildProcess.Result {
        try await Kappa.run(
            ["up", "--data", "\(folder.path)/data", "--listen", ":0", "--json"] + words, directory: folder.path,
            timeout: .seconds(90))
    }

    @Test func aCountIsStoredToTheLastAndASecondRunGoesOn() async throws {
        let folder = try TemporaryDirectory()
        let first = try await Self.up("--count", "6000", "--faults", "2%", folder: folder)
        #expect(first.status == 0, "\(first.errors)")
        let books = try Self.books(first.output)
        #expect(books["produced"] == 6000)
        #expect(books["stored"]! + books["late"]! + books["dead"]! == 6000)
        #expect(books["late"]! > 60 && books["dead"]! > 60)
        let found = try await Self.stored("\(folder.path)/data")
        #expect(found == "\(books["windows"]!) \(books["stored"]!)\n\(books["windows"]!)\n")

        let second = try await Self.up("--count", "1000", folder: folder)
        #expect(second.status == 0, "\(second.errors)")
        #expect(try Self.books(second.output)["produced"] == 7000)
    }

    @Test func whatIsKilledIsStartedAgainAndNothingIsLostOrDoubled() async throws {
        let folder = try TemporaryDirectory()
        let data = "\(folder.path)/data"
        let child = try Kappa.start(
            ["up", "--data", data, "--listen", ":0", "--rate", "1500/s", "-w", "1s", "--grace", "1s"],
            directory: folder.path)
        try await child.waitForOutput("processing monitoring")
        for stage in ["process", "sink", "source", "broker"] {
            try await Self.waitUntilRunning(data)
            kill(try await Self.pid(of: stage, data), SIGKILL)
            try await child.waitForOutput("\(stage) was ended by signal 9; starting it again in 500ms")
        }
        try await Self.waitUntilRunning(data)
        let pids = try await Self.pids(data)
        // Stopped, it cannot hear of its supervisor's end.
        kill(try await Self.pid(of: "source", data), SIGSTOP)
        child.signal(SIGKILL)
        #expect(try await child.finish().status == 137)
        // The other stages hear of it by themselves; the next run waits for them, and ends the one that hangs.
        let result = try await Self.up("--for", "2s", folder: folder)
        #expect(result.status == 0, "\(result.errors)")
        #expect(pids.allSatisfy { kill($0, 0) != 0 })
        let books = try Self.books(result.output)
        #expect(books["stored"]! + books["late"]! + books["dead"]! == books["produced"]!)
        #expect(try await Self.stored(data) == "\(books["windows"]!) \(books["stored"]!)\n\(books["windows"]!)\n")
    }

    @Test func detachedItRunsUntilItIsToldToEnd() async throws {
        let folder = try TemporaryDirectory()
        let data = "\(folder.path)/data"
        #expect(try await Kappa.run("status", "--data", data).status == 1)
        #expect(try await Kappa.run("down", "--data", data).status == 0)
        // Quiet or not, it is known when each part is ready.
        let started = try await Kappa.run(
            ["up", "--data", data, "--listen", ":0", "--detach"], environment: ["KAPPA_QUIET": "true"],
            directory: folder.path, timeout: .seconds(20))
        #expect(started.status == 0, "\(started.errors)")
        #expect(try await Kappa.run("status", "--data", data).status == 0)
        let again = try await Kappa.run("up", "--data", data, "--listen", ":0")
        #expect(again.status == 1 && again.errors.contains("a pipeline is running in \(data)"))
        let pids = try await Self.pids(data)
        // The tables of the alarms follow once their job is ready.
        #expect((7...9).contains(pids.count))
        #expect(try await Kappa.run("down", "--data", data).status == 0)
        #expect(pids.allSatisfy { kill($0, 0) != 0 })
        #expect(try await Kappa.run("status", "--data", data).status == 1)
        #expect(access("\(data)/up.status", F_OK) != 0)
        // flock(1) fails when anybody still has the lock.
        let lock = try ChildProcess(
            ["/usr/bin/flock", "--nonblock", "\(data)/up.lock", "true"], environment: [:], directory: folder.path)
        #expect(try await lock.finish().status == 0)
    }

    @Test func thePageIsThereByItselfAndGivesWayToWhoeverHasItsPort() async throws {
        let folder = try TemporaryDirectory()
        let words = ["up", "--data", "\(folder.path)/one", "--listen", ":0", "--rate", "20/s"]
        let first = try Kappa.start(words, directory: folder.path)
        let mark = "page: address  http://127.0.0.1:"
        let second = try Kappa.start(
            ["up", "--data", "\(folder.path)/two", "--listen", ":0", "--rate", "20/s"], directory: folder.path)
        // Both look for the same port at the same time: one of them gets it, the other one the next and says so.
        try await first.waitForOutput(mark, timeout: .seconds(90))
        try await second.waitForOutput(mark, timeout: .seconds(90))
        let port = try DashboardTests.Scene.word(after: mark, first.output + first.errors)
        let other = try DashboardTests.Scene.word(after: mark, second.output + second.errors)
        #expect((first.errors + second.errors).contains("127.0.0.1:8080 is taken by something else"))
        #expect(other != port)
        let curl = try ChildProcess(
            [
                "/usr/bin/curl", "-s", "--retry", "60", "--retry-connrefused", "--retry-delay", "1",
                "http://127.0.0.1:\(port)/api/site",
            ], environment: [:], directory: folder.path)
        let site = try await curl.finish(timeout: .seconds(90))
        #expect(site.output.contains("\"build\""), "\(site.output)\(site.errors)")
        let told = try await Kappa.run(
            ["up", "--data", "\(folder.path)/three", "--listen", ":0", "--page", "127.0.0.1:\(port)"],
            directory: folder.path)
        #expect(
            told.status == 1 && told.errors.contains("something else listens on 127.0.0.1:\(port)"), "\(told.errors)")
        for child in [first, second] {
            child.signal(SIGTERM)
            _ = try await child.finish(timeout: .seconds(60))
        }
        // Whoever wants an end, or no page, gets none.
        for words in [["--count", "50"], ["--for", "1s"]] {
            let bounded = try await Self.up(words[0], words[1], folder: folder)
            #expect(!bounded.errors.contains("page:"), "\(bounded.errors)")
        }
    }

    @Test func whatEndsAtOnceIsToldInItsOwnWordsLineByLine() async throws {
        let folder = try TemporaryDirectory()
        let other = try Kappa.start(
            ["broker", "run", "--data", "\(folder.path)/other", "--listen", "127.0.0.1:0"], directory: folder.path)
        try await other.waitForOutput("process")
        let line = try #require(other.output.split(separator: "\n").first { $0.hasPrefix("address") })
        let address = String(try #require(line.split(separator: " ").last))
        for _ in 1...2 {
            let result = try await Kappa.run(
                "up", "--data", "\(folder.path)/data", "--listen", address, "--detach", directory: folder.path)
            #expect(result.status == 1)
            let lines = result.errors.split(separator: "\n")
            #expect(lines.first == "kappa: the pipeline ended at once")
            // The second time, the words of the first are in the same log.
            #expect(lines.count { $0.contains("something else listens on \(address)") } == 1)
            #expect(lines.contains { $0.hasPrefix("Choose another port") })
        }
        other.signal(SIGTERM)
        _ = try await other.finish()
    }

    /// A job that is refused shows before anybody is told that the pipeline runs.
    @Test func aDetachedPipelineWithOtherRulesSaysSo() async throws {
        let folder = try TemporaryDirectory()
        #expect(try await Self.up("--count", "200", folder: folder).status == 0)
        let result = try await Kappa.run(
            "up", "--data", "\(folder.path)/data", "--listen", ":0", "--window", "1m", "--detach",
            directory: folder.path)
        #expect(result.status == 1)
        #expect(result.errors.contains("the pipeline ended at once") && result.errors.contains("other rules"))
    }

    @Test func theFirstWindowIsStoredWithinFifteenSeconds() async throws {
        let folder = try TemporaryDirectory()
        let data = "\(folder.path)/data"
        let began = ContinuousClock.now
        let child = try Kappa.start(["up", "--data", data, "--listen", ":0"], directory: folder.path)
        let path = "\(data)/up.status"
        func windows() -> Int {
            let words = Subprogram.read(path).split(separator: "\n").first { $0.hasPrefix("books") }
            return words.flatMap { Int($0.split(separator: "\t")[3]) } ?? 0
        }
        while windows() == 0, ContinuousClock.now - began < .seconds(20) {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(windows() > 0)
        #expect(ContinuousClock.now - began < .seconds(15))
        child.signal(SIGTERM)
        #expect(try await child.finish().status == 143)
    }

    @Test func pipedItWritesLinesAndNothingElse() async throws {
        let folder = try TemporaryDirectory()
        let child = try Kappa.start(
            ["up", "--data", "\(folder.path)/data", "--listen", ":0"], directory: folder.path)
        try await child.waitForOutput("processing monitoring")
        child.signal(SIGINT)
        let result = try await child.finish()
        #expect(result.status == 130)
        #expect(result.output.isEmpty)
        #expect(!result.errors.contains("\u{1B}"))
        #expect(result.errors.hasSuffix("stopped; the next run goes on from here\n"))
    }

    /// A broker that answers there is no more welcome than a stranger: its log is not this pipeline's.
    @Test(arguments: [
        ["simulate", "serve", "--listen", "127.0.0.1:0"],
        ["broker", "run", "--data", "other", "--listen", "127.0.0.1:0"],
    ])
    func aPortThatIsTakenIsRefused(by words: [String]) async throws {
        let folder = try TemporaryDirectory()
        let other = try Kappa.start(words, directory: folder.path)
        try await other.waitForOutput(words[0] == "broker" ? "process" : "/params/all")
        let address = try #require((other.output + other.errors).firstMatch(of: #/127\.0\.0\.1:[1-9]\d*/#)).output
        let result = try await Kappa.run(
            "up", "--data", "\(folder.path)/data", "--listen", String(address), directory: folder.path)
        #expect(result.status == 1 && result.errors.contains("something else listens on \(address)"))
        #expect(access("\(folder.path)/data/broker", F_OK) != 0, "nothing was begun")
        other.signal(SIGTERM)
        _ = try await other.finish()
    }

    @Test func theSourceMayBePolled() async throws {
        let folder = try TemporaryDirectory()
        let site = try Kappa.start(
            ["simulate", "serve", "--listen", ":0", "--boreholes", "20", "--bad", "1%"], directory: folder.path)
        try await site.waitForOutput("/params/all")
        let url = try #require(site.errors.split(whereSeparator: \.isWhitespace).last)
        let result = try await Self.up("--http", String(url), "--for", "5s", "-w", "1s", folder: folder)
        #expect(result.status == 0, "\(result.errors)")
        let books = try Self.books(result.output)
        #expect(books["produced"]! >= 90, "a round of five kinds at twenty boreholes, but for drop-outs")
        #expect(books["stored"]! + books["late"]! + books["dead"]! == books["produced"]!)
        let units = try await SimulateTests.python(
            """
            import sqlite3
            rows = sqlite3.connect("file:\(folder.path)/data/kappa.db?mode=ro", uri=True)
            print(*sorted(u for u, in rows.execute("select distinct units from record")), sep=";")
            """, stdin: "")
        #expect(units == "kPa;m;mm\n")
    }

    @Test func theStoreMayBePostgreSQL() async throws {
        let server = try PostgresServer.shared.get()
        try server.makeDatabase("up_tests")
        let folder = try TemporaryDirectory()
        let store = server.conninfo("up_tests")
        let result = try await Self.up("--count", "100000", "--faults", "1%", "--store", store, folder: folder)
        #expect(result.status == 0, "\(result.errors)")
        let books = try Self.books(result.output)
        #expect(books["produced"] == 100_000)
        #expect(books["stored"]! + books["late"]! + books["dead"]! == 100_000)
        let found = try server.psql("up_tests", "SELECT COUNT(*), SUM(count) FROM record")
        #expect(found.contains("\(books["windows"]!)|\(books["stored"]!)"))
    }

    static func waitUntilRunning(_ data: String) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try await Kappa.run("status", "--data", data).status != 0 {
            guard ContinuousClock.now < deadline else { throw ChildProcess.Trouble("the pipeline does not run") }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The last process of a stage, as `kappa status` tells; a pipeline runs before each stage has begun.
    static func pid(of stage: String, _ data: String) async throws -> pid_t {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            if let found = try await pids(data, of: "stage['stage'] == '\(stage)'").last { return found }
            guard ContinuousClock.now < deadline else { throw ChildProcess.Trouble("the stage \(stage) does not run") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    static func pids(_ data: String, of condition: String = "True") async throws -> [pid_t] {
        try await SimulateTests.python(
            """
            import json, sys
            for stage in json.load(sys.stdin)["items"]:
                if \(condition): print(*stage["processes"], sep="\\n")
            """, stdin: try await Kappa.run("status", "--data", data, "--json").output
        ).split(separator: "\n").compactMap { pid_t($0) }
    }
}
