import Glibc
import KappaTestSupport
import Testing

@Suite("query, from the store back out")
struct QueryTests {
    /// A broker with results of two boreholes, one with a name that is hard to write, and an SQLite store of them.
    final class Scene {
        let broker: BrokerProcess
        let folder: TemporaryDirectory
        var store: String { "sqlite:\(folder.path)/views.db" }

        static let hardName = #"孔, "7""#

        init() async throws {
            broker = try await BrokerProcess.start()
            folder = try TemporaryDirectory()
            for topic in ["piezometer", "strain_gauge"] {
                try await succeed("topics", "create", topic, "-c", "retention.ms=-1", "-b", broker.address)
            }
        }

        @discardableResult
        func succeed(_ words: String..., stdin: String = "") async throws -> String {
            let result = try await Kappa.run(words, stdin: stdin, directory: folder.path)
            guard result.status == 0 else { throw ChildProcess.Trouble("\(words): \(result.errors)") }
            return result.output
        }

        /// One window a minute from 22:00 on 2022-04-15, with the readings as given.
        func produce(_ topic: String, _ borehole: String, minutes: Range<Int>, _ reading: (Int) -> String) async throws
        {
            let name = borehole.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
            let lines = minutes.map { minute in
                let time = "2022-04-15T22:\(minute < 10 ? "0" : "")\(minute):"
                return """
                    {"borehole_number":"\(name)","instrument":"\(topic)","surface_level":82.33,"northing":5810968,\
                    "easting":322179,"reading":\(reading(minute)),"units":"kPa","timestamp":"\(time)09.5Z",\
                    "window_start":"\(time)00Z","window_end":"\(time)10Z","count":2,"min":1.25,"max":300,"sum":400}\n
                    """
            }
            try await succeed("produce", topic, "-b", broker.address, stdin: lines.joined())
        }

        func sink() async throws {
            try await succeed("sink", "sqlite", "--store", store, "-b", broker.address, "--drain")
        }

        func query(_ words: String...) async throws -> String { try await query(["--store", store] + words) }

        func query(_ words: [String]) async throws -> String {
            let result = try await Kappa.run(["query"] + words, directory: folder.path)
            guard result.status == 0 else { throw ChildProcess.Trouble("\(words): \(result.errors)") }
            return result.output
        }

        /// What a terminal of that width shows.
        func screen(_ columns: Int, _ words: String...) async throws -> String { try await screen(columns, words) }

        func screen(_ columns: Int, _ words: [String]) async throws -> String {
            let child = try Kappa.start(
                ["query", "--store", store, "--color", "never"] + words, directory: folder.path,
                terminal: TerminalSize(columns: columns))
            // A terminal's lines end in two characters, which Swift takes for one.
            let scalars = try await child.finish().output.unicodeScalars.filter { $0 != "\r" }
            return String(String.UnicodeScalarView(scalars))
        }
    }

    private func filled() async throws -> Scene {
        let scene = try await Scene()
        try await scene.produce("piezometer", "BH-1", minutes: 0..<3) { "\(100 + $0).5" }
        try await scene.produce("strain_gauge", Scene.hardName, minutes: 1..<3) { "-\($0).123456" }
        try await scene.sink()
        return scene
    }

    @Test func tablesFitTheTerminal() async throws {
        let scene = try await filled()
        let wide = """
            TIME                      BOREHOLE  INSTRUMENT    READING  UNITS   MIN  MAX  COUNT
            2022-04-15T22:02:09.500Z  BH-1      piezometer      102.5  kPa    1.25  300      2
            2022-04-15T22:02:09.500Z  孔, "7"   strain_gauge   -2.123  kPa    1.25  300      2

            """
        #expect(try await scene.screen(100, "-n", "2") == wide)
        #expect(try await scene.screen(200, "-n", "2") == wide)
        let narrow = try await scene.screen(60, "-n", "2")
        for line in narrow.split(separator: "\n") {
            // The one wide character takes two places.
            #expect(line.count + (line.contains("孔") ? 1 : 0) <= 60, "\(line)")
        }
        #expect(narrow.contains("102.5") && narrow.contains("孔"))
    }

    @Test func csvReadBackIsTheTable() async throws {
        let scene = try await filled()
        let rows = CSVText.rows(try await scene.query("--csv", "--oldest"))
        #expect(
            rows[0][..<8] == [
                "id", "boreholenumber", "instrument", "surfacelevel", "northing", "easting", "reading", "ts",
            ])
        #expect(rows.count == 6)
        #expect(
            rows[1][1...] == [
                "BH-1", "piezometer", "82.33", "5810968", "322179", "100.5", "2022-04-15T22:00:09.500Z", "kPa",
                "2022-04-15T22:00:00.000Z", "2022-04-15T22:00:10.000Z", "2", "1.25", "300", "400", "piezometer", "0",
                "0",
            ])
        #expect(rows.dropFirst().map { $0[1] } == ["BH-1", "BH-1", Scene.hardName, "BH-1", Scene.hardName])
        #expect(rows.dropFirst().map { $0[6] } == ["100.5", "101.5", "-1.123456", "102.5", "-2.123456"])
    }

    @Test func jsonHasTheSameRows() async throws {
        let scene = try await filled()
        let lines = try await scene.query("--ndjson", "--oldest").split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines[2].contains(#""boreholenumber":"孔, \"7\"","instrument":"strain_gauge","surfacelevel":82.33"#))
        let document = try await scene.query("--json", "--count")
        #expect(document == #"{"version":1,"kind":"records","items":[{"count":5}]}"# + "\n")
        #expect(try await scene.query("--json", "-B", "nobody") == #"{"version":1,"kind":"records","items":[]}"# + "\n")
    }

    @Test func aggregatesPivotsAndGaps() async throws {
        let scene = try await filled()
        try await scene.produce("piezometer", "BH-1", minutes: 5..<6) { _ in "7" }
        try await scene.sink()
        // Each sample says sum 400 and count 2, so every mean is 200.
        let buckets = try await scene.query(
            "--csv", "--bucket", "2m", "--agg", "mean", "--agg", "count", "-i", "piezo*")
        #expect(
            buckets == """
                bucket,boreholenumber,instrument,mean,count,units
                2022-04-15T22:04:00.000Z,BH-1,piezometer,200,2,kPa
                2022-04-15T22:02:00.000Z,BH-1,piezometer,200,2,kPa
                2022-04-15T22:00:00.000Z,BH-1,piezometer,200,4,kPa

                """)
        let pivot = try await scene.query("--csv", "--pivot", "instrument", "--agg", "rows")
        #expect(pivot == "day,piezometer,strain_gauge\n2022-04-15,4,2\n")
        let days = try await scene.query("--csv", "--pivot", "day", "--agg", "max", "-B", "BH-1")
        #expect(days == "borehole,2022-04-15\nBH-1,300\n")
        let gaps = try await scene.query("--csv", "--gaps", "--until", "2022-04-15T22:06:00Z")
        #expect(
            gaps == """
                boreholenumber,instrument,kind,from,to,missing
                BH-1,piezometer,missing,2022-04-15T22:02:10.000Z,2022-04-15T22:05:00.000Z,2
                "孔, ""7""\",strain_gauge,overdue,2022-04-15T22:02:10.000Z,2022-04-15T22:06:00.000Z,3

                """)
    }

    @Test func nothingTypedReachesTheStoreAsText() async throws {
        let scene = try await filled()
        let attempts = ["' OR '1'='1", "x'; DROP TABLE record__g1; --", "\" OR 1=1 --", "1) UNION SELECT 1 --"]
        for attempt in attempts {
            for option in ["--instrument", "--borehole"] {
                #expect(try await scene.query("--csv", option, attempt).split(separator: "\n").count == 1)
            }
            #expect(try await scene.query("--csv", "--where", "units = \(attempt)").split(separator: "\n").count == 1)
            for words in [
                ["--where", "\(attempt) = 1"], ["--since", attempt], ["--until", attempt], ["--limit", attempt],
                ["--bucket", attempt], ["--agg", attempt], ["--pivot", attempt], ["--table", attempt],
            ] {
                let result = try await Kappa.run(["query", "--store", scene.store] + words)
                #expect(result.status == 2, "\(words): \(result.errors)")
            }
        }
        for statement in [
            "DELETE FROM record__g1", "SELECT 1; DROP TABLE record__g1", "ATTACH '/tmp/x.db' AS x",
            "CREATE TABLE t (x)", "PRAGMA user_version = 5", "",
        ] {
            let result = try await Kappa.run("query", "--store", scene.store, "--sql", statement)
            #expect(result.status != 0 && result.output == "", "\(statement)")
        }
        #expect(try await scene.query("--csv", "--sql", "SELECT count(*) AS n FROM record") == "n\n5\n")
    }

    @Test func newRowsAreFollowed() async throws {
        let scene = try await filled()
        let follower = try Kappa.start(
            ["query", "--store", scene.store, "--follow", "--ndjson", "-B", "BH-1"], directory: scene.folder.path)
        try await Task.sleep(for: .milliseconds(300))
        try await scene.produce("piezometer", "BH-1", minutes: 10..<12) { "\($0)" }
        try await scene.produce("piezometer", "BH-2", minutes: 10..<11) { "\($0)" }
        try await scene.sink()
        try await follower.waitForOutput("\"reading\":11")
        follower.signal(SIGINT)
        let result = try await follower.finish()
        let lines = result.lines
        #expect(lines.count == 2 && lines.allSatisfy { $0.contains("BH-1") }, "\(result.output)")
    }

    @Test func chartsAreDrawn() async throws {
        let scene = try await filled()
        let chart = try await scene.screen(60, "--plot", "-B", "BH-1")
        #expect(chart.contains("reading, kPa"))
        #expect(chart.split(separator: "\n").allSatisfy { $0.count <= 60 })
        let svg = "\(scene.folder.path)/chart.svg"
        _ = try await scene.query("--plot", svg)
        #expect(Subprogram.read(svg).hasPrefix("<svg") || Subprogram.read(svg).hasPrefix("<?xml"))
        let result = try await Kappa.run("query", "--store", scene.store, "--plot", "chart.txt")
        #expect(result.status == 2)
    }

    @Test func anyTopicIsKeptRaw() async throws {
        let scene = try await Scene()
        try await scene.succeed("topics", "create", "events", "-b", scene.broker.address)
        try await scene.succeed(
            "produce", "events", "-K", ":", "-H", "source=test", "-b", scene.broker.address,
            stdin: "a:{\"n\":1}\nb:[2]\nc:no json\n")
        let sink = try await Kappa.run(
            "sink", "sqlite", "--raw", "--drain", "--store", scene.store, "-b", scene.broker.address, "events")
        #expect(sink.status == 0)
        #expect(sink.errors.contains("stored 2 rows") && sink.errors.contains("1 refused"))
        let rows = try await scene.query("--csv", "--sql", "SELECT key, value, headers FROM raw ORDER BY \"offset\"")
        #expect(
            CSVText.rows(rows) == [
                ["key", "value", "headers"], ["a", "{\"n\":1}", "[[\"source\",\"test\"]]"],
                ["b", "[2]", "[[\"source\",\"test\"]]"],
            ])
        let dead = try await scene.query("--csv", "--sql", "SELECT topic, \"offset\", reason FROM kappa_dead_letter")
        #expect(dead.contains("events,2,\"the value is not JSON: "))
    }

    @Test func aStoreThatIsNotThereIsSaidToBe() async throws {
        let folder = try TemporaryDirectory()
        let missing = try await Kappa.run("query", "--store", "sqlite:\(folder.path)/none.db")
        #expect(missing.status == 3)
        #expect(missing.errors.contains("there is no such file"))
        let refused = try await Kappa.run("query", "--store", "postgres://me:hidden@127.0.0.1:1/db")
        #expect(refused.status == 3)
        #expect(refused.errors.contains("127.0.0.1") && !refused.errors.contains("hidden"))
        let unknown = try await Kappa.run("query", "--store", "oracle://root:hidden@h/db")
        #expect(unknown.status == 2)
        #expect(!unknown.errors.contains("hidden"))
    }
}

/// CSV by RFC 4180, read by a program that shares nothing with the one that writes it.
enum CSVText {
    static func rows(_ text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field = ""
        var isQuoted = false
        var characters = text.makeIterator()
        var pending = characters.next()
        while let character = pending {
            pending = characters.next()
            switch (character, isQuoted) {
            case ("\"", true) where pending == "\"":
                field.append("\"")
                pending = characters.next()
            case ("\"", _): isQuoted.toggle()
            case (",", false):
                row.append(field)
                field = ""
            case ("\n", false):
                rows.append(row + [field])
                (row, field) = ([], "")
            default: field.append(character)
            }
        }
        return rows
    }
}
