import KappaTestSupport
import Testing

/// Tables that go into the log, and come back from a view.
@Suite(.serialized) struct ProduceCSVTests {
    static let log = Task { try await LogSuite() }

    private func topic() async throws -> (log: LogSuite, name: String) {
        let log = try await Self.log.value
        return (log, LogSuite.name("csv"))
    }

    @Test func whatAQueryWritesComesBackAsItWas() async throws {
        let (log, raw) = try await topic()
        let folder = try TemporaryDirectory()
        let store = "sqlite:\(folder.path)/kappa.db"
        // Names that look like numbers, quotes, line ends, and a reading without units.
        let names = ["BH-1", "007", "42", "true", "1e3", "-5", "a \\\"b\\\"\\nc", "d,e", " 7 "]
        let lines = names.map {
            "{\"borehole_number\":\"\($0)\",\"instrument\":\"piezometer\",\"surface_level\":1.5,\"northing\":1e3,"
                + "\"easting\":-2,\"reading\":0.25,\"timestamp\":\"2024-01-01T00:00:01.250Z\"}\n"
        }
        try await log.kappa("produce", raw, "--create", "--key-field", "borehole_number", stdin: lines.joined())
        let out = LogSuite.name("out")
        try await log.kappa(
            "process", "-i", raw, "-o", out, "--route", "", "--name", out, "--drain", "-q", "--grace", "0s")
        let sunk = try await log.kappa("sink", "sqlite", out, "--drain", "--store", store)
        #expect(sunk.status == 0, "\(sunk.errors)")
        let table = try await log.kappa("query", "--store", store, "--csv", "--oldest")
        let rows = try await log.kappa("query", "--store", store, "--ndjson", "--oldest")
        #expect(rows.lines.count == names.count, "\(rows.errors)")
        let back = LogSuite.name("back")
        let sent = try await log.kappa("produce", back, "--create", "--csv", stdin: table.output)
        #expect(sent.status == 0, "\(sent.errors)")
        #expect(try await log.kappa("consume", back, "-e").output == rows.output)
    }

    @Test func keysOfColumnsAreThoseOfFields() async throws {
        let (log, name) = try await topic()
        let table = "a,b,c\nx,1.50,\"q\"\"r\"\n\"y z\",-2,é\n"
        try await log.kappa("produce", name, "--create", "--csv", "--key-field", "c,b", stdin: table)
        // With a header of its own each record goes another way.
        try await log.kappa("produce", name, "--csv", "--key-field", "c,b", "-H", "h=1", stdin: table)
        let found = try await log.kappa("consume", name, "-e", "-f", "%k %s\\n").lines
        let expected = [
            "q\"r|1.50 {\"a\":\"x\",\"b\":1.50,\"c\":\"q\\\"r\"}", "é|-2 {\"a\":\"y z\",\"b\":-2,\"c\":\"é\"}",
        ]
        #expect(found.sorted() == (expected + expected).sorted())
    }

    @Test func badLinesAreToldSkippedOrKeptAside() async throws {
        let (log, name) = try await topic()
        let folder = try TemporaryDirectory()
        let file = try folder.write("logger.csv", "\u{FEFF}a,b\r\n1,2\r\n3\r\n\"4\r\n4\",5\r\nx,6\r\n7,8")
        func produce(_ words: String...) async throws -> ChildProcess.Result {
            try await Kappa.run(
                ["produce", "--create", "--csv", "--csv-types", "a=number"] + words, environment: log.environment)
        }
        let stopped = try await produce(name, file)
        #expect(stopped.status == 1)
        #expect(stopped.errors.contains("\(file), line 3: 1 field, where the header has 2"), "\(stopped.errors)")
        #expect(try await log.kappa("consume", name, "-e").lines == [#"{"a":1,"b":2}"#])
        let skipped = try await produce(name + "-2", file, "--on-error", "skip")
        #expect(skipped.status == 1 && skipped.errors.contains("3 of 5 records were skipped"), "\(skipped.errors)")
        for words in ["line 4: 'a' holds '4\\r\\n4', which is no number", "line 6: 'a' holds 'x', which is no number"] {
            #expect(skipped.errors.contains(words), "\(skipped.errors)")
        }
        #expect(try await log.kappa("consume", name + "-2", "-e").lines == [#"{"a":1,"b":2}"#, #"{"a":7,"b":8}"#])
        let dead = try await produce(name + "-3", file, "--on-error", "dead:\(name)-dead")
        #expect(dead.status == 0, "\(dead.errors)")
        #expect(try await log.kappa("consume", name + "-dead", "-e", "-f", "%s|").output == "3|\"4\r\n4\",5|x,6|")
    }

    @Test(arguments: [
        (["--csv"], "the header is one field, 'a;b'"), (["--csv", "--csv-types", "c=text"], "'a;b'"),
        (["--csv", "--csv-delimiter", ";", "--csv-types", "c=text"], "no column has the name 'c'"),
        (["--csv-decimal", ","], "--csv-decimal goes with --csv"),
        (["--csv", "--csv-decimal", ","], "--csv-decimal ',' needs another --csv-delimiter"),
        (["--csv", "--json"], "--csv and --json exclude each other"),
        (["--csv", "--csv-zone", "Mars/Olympus"], "there is no zone 'Mars/Olympus'"),
        (["--csv", "--csv-delimiter", "::"], "not one character"),
    ]) func whatCannotBeIsSaid(_ words: [String], _ message: String) async throws {
        let (log, name) = try await topic()
        let result = try await Kappa.run(
            ["produce", name, "--create"] + words, stdin: "a;b\n1;2\n", environment: log.environment)
        #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
    }

    @Test func aTerminalIsToldWhatItIsAwaitedFor() async throws {
        let (log, name) = try await topic()
        let folder = try TemporaryDirectory()
        let child = try log.start(["produce", name, "--create", "--csv"], in: folder, terminal: TerminalSize())
        try await child.waitForOutput("reading the terminal", timeout: .seconds(60))
        #expect(child.output.contains("Ctrl-D ends"))
        child.write("a,b\n1,2\n\u{04}")
        #expect(try await child.finish(timeout: .seconds(60)).status == 0)
        #expect(try await log.kappa("consume", name, "-e").lines == [#"{"a":1,"b":2}"#])
    }

    /// A file of forty thousand rows, sent slowly enough for somebody to look.
    @Test func aTerminalIsShownHowFarTheFileIs() async throws {
        let (log, name) = try await topic()
        let folder = try TemporaryDirectory()
        let rows = (0..<400_000).map { "\($0),BH-\($0)\n" }.joined()
        try folder.write("big.csv", "a,b\n" + rows)
        let words = ["produce", name, "big.csv", "--create", "--csv", "--rate", "40000/s"]
        let child = try log.start(words, in: folder, terminal: TerminalSize())
        try await child.waitForOutput(" %, ", timeout: .seconds(60))
        child.signal(2)
        let result = try await child.finish(timeout: .seconds(60))
        #expect(result.output.contains(#/produced \d+, \d+ %, \d+\/s, \d+m?s? ?\d*s? ?left/#), "\(result.output)")
        #expect(result.status == 130)
        let piped = try await log.kappa("produce", name, "\(folder.path)/big.csv", "--csv")
        #expect(piped.status == 0 && !piped.errors.contains("%"), "\(piped.errors)")
    }
}
