import Glibc
import KappaTestSupport
import Testing

@Suite struct ProduceConsumeTests {
    @Test func linesComeBackWithKeysHeadersAndNulls() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("lines")
        try await suite.kappa("topics", "create", name, "-p", "1")
        #expect(
            try await suite.kappa("produce", name, "-K", ":", "-H", "a=1", "-Z", stdin: "k:v\n:\nx:y:z").status == 0)
        let printed = try await suite.kappa("consume", name, "-e", "-Z", "-f", "%o|%k|%s|%S|%h\\n")
        #expect(printed.lines == ["0|k|v|1|a=1", "1|NULL|NULL|-1|a=1", "2|x|y:z|3|a=1"])
        let bad = try await suite.kappa("produce", name, "-K", ":", stdin: "no delimiter\n")
        #expect(bad.status == 1)
        #expect(bad.errors.contains("standard input, line 1"))
    }

    @Test func aHundredThousandRecordsSurviveTheRoundTrip() async throws {
        let suite = try await LogSuite()
        let (first, second) = (LogSuite.name("round-a"), LogSuite.name("round-b"))
        for name in [first, second] { try await suite.kappa("topics", "create", name, "-p", "1") }
        var lines = ""
        for index in 0..<100_000 {
            let key = ["null", "\"k\(index % 97)\"", "\"\""][index % 3]
            let value =
                index % 11 == 0
                ? "\"value\":null"
                : index % 7 == 0 ? "\"value_base64\":\"/wD+\(index % 10)w==\"" : "\"value\":\"v \\\"\(index)\\\" é\\n\""
            let headers =
                index % 5 == 0 ? "{\"name\":\"h\",\"value\":null},{\"name\":\"h\",\"value\":\"\(index)\"}" : ""
            lines += "{\"key\":\(key),\(value),\"timestamp\":\(1_650_000_000_000 + index),\"headers\":[\(headers)]}\n"
        }
        #expect(try await suite.kappa("produce", first, "--json", stdin: lines).status == 0)
        let one = try await suite.kappa("consume", first, "--json", "-e")
        #expect(one.lines.count == 100_000)
        #expect(try await suite.kappa("produce", second, "--json", stdin: one.output).status == 0)
        let two = try await suite.kappa("consume", second, "--json", "-e")
        #expect(two.output.replacing(second, with: first) == one.output)
        // The first line by hand: a null key, a null value, its time, two headers of one name.
        #expect(
            one.lines[0]
                == "{\"topic\":\"\(first)\",\"partition\":0,\"offset\":0,\"timestamp\":1650000000000,\"key\":null,\"value\":null,"
                + "\"headers\":[{\"name\":\"h\",\"value\":null},{\"name\":\"h\",\"value\":\"0\"}]}")
    }

    @Test func everyTypedLineIsAnOffset() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("typed")
        try await suite.kappa("topics", "create", name, "-p", "1")
        let lines = (0..<10_000).map { $0 % 10 == 0 ? "" : "line \($0)" }.joined(separator: "\n") + "\n"
        let result = try await suite.kappa("produce", name, stdin: lines)
        #expect(result.errors.contains("delivered 10000"))
        let offsets = try await suite.kappa("consume", name, "-e", "-f", "%o\\n")
        #expect(offsets.lines == (0..<10_000).map(String.init))
    }

    @Test func aTypedLineGoesOutAtOnce() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("prompt")
        let folder = try TemporaryDirectory()
        try await suite.kappa("topics", "create", name, "-p", "1")
        let reader = try suite.start(["consume", name], in: folder)
        let writer = try suite.start(["produce", name], in: folder)
        writer.write("first\n")
        try await reader.waitForOutput("first\n")
        writer.write("second\n")
        try await reader.waitForOutput("second\n")
        writer.signal(SIGINT)
        let end = try await writer.finish()
        #expect(end.status == 130)
        #expect(end.errors.contains("2 were delivered"))
        reader.signal(SIGTERM)
        #expect(try await reader.finish().status == 143)
    }

    @Test func partitionsKeysAndTimesAreAsTold() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("told")
        try await suite.kappa("topics", "create", name, "-p", "4")
        let line = #"{"b":"BH-1","t":"1970-01-01T00:00:05Z"}"#
        try await suite.kappa("produce", name, "-p", "2", "--key-field", "b", "--timestamp", "t", stdin: line + "\n")
        let printed = try await suite.kappa("consume", name, "-e", "-f", "%p %k %T %{time}\\n")
        #expect(printed.lines == ["2 BH-1 5000 1970-01-01T00:00:05.000Z"])
        let wrong = try await suite.kappa("produce", name, "-p", "4", stdin: "x\n")
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("no partition 4"))
    }

    @Test func rangesAreCut() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("ranges")
        try await suite.kappa("topics", "create", name, "-p", "1")
        let lines = (0..<10).map { #"{"n":\#($0),"t":\#(1000 * $0 + 500)}"# }.joined(separator: "\n")
        try await suite.kappa("produce", name, "--timestamp", "t", stdin: lines)
        for (words, expected) in [
            (["-o", "3", "-e"], 3..<10), (["-o", "-2", "-e"], 8..<10), (["-o", "2:5"], 2..<5), (["-o", ":4"], 0..<4),
            (["-o", "s@2501", "-o", "e@5501"], 3..<6), (["-o", "+7", "-e"], 7..<10), (["-o", "end", "-e"], 10..<10),
            (["-c", "3"], 0..<3), (["-o", "@1970-01-01T00:00:04Z:end"], 4..<10),
        ] as [([String], Range<Int>)] {
            let result = try await Kappa.run(
                ["consume", name, "-f", "%o\\n"] + words, environment: suite.environment)
            #expect(result.lines == expected.map(String.init), "\(words)")
        }
        #expect(try await suite.kappa("consume", name, "-e", "--where", "n >= 8").lines.count == 2)
        #expect(try await suite.kappa("consume", name, "-e", "--grep", "\"n\":[12],").lines.count == 2)
        #expect(try await suite.kappa("consume", name, "-o", "lastest").status == 2)
        #expect(try await suite.kappa("consume", name, "-c", "11", "--timeout", "300ms").status == 4)
    }

    @Test func theEndHoldsUnderAWriter() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("writer")
        let folder = try TemporaryDirectory()
        try await suite.kappa("topics", "create", name, "-p", "2")
        try await suite.kappa("produce", name, "-p", "0", stdin: "a\nb\n")
        let file = try folder.write("lines", String(repeating: "more\n", count: 10_000))
        let writer = try suite.start(
            ["produce", name, file, "--repeat", "1000000", "--rate", "2000/s", "-p", "0"], in: folder)
        for _ in 0..<5 {
            let before = try await suite.kappa("topics", "describe", name, "--csv").lines[1].split(separator: ",")[6]
            let result = try await suite.kappa("consume", name, "-e")
            #expect(result.status == 0)
            #expect(result.lines.count >= Int(before)!)
        }
        writer.signal(SIGTERM)
        #expect(try await writer.finish().status == 143)
    }

    @Test func anEnvelopeBecomesRecords() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("envelope")
        try await suite.kappa("topics", "create", name, "-p", "1")
        let snapshot = #"{"units":"kPa","timezone":"UTC","items":[{"b":"A"},{"b":"B"}]}"#
        try await suite.kappa("produce", name, "--explode", "items", "--key-field", "b", stdin: snapshot + "\n")
        #expect(
            try await suite.kappa("consume", name, "-e", "--keys").lines == [
                "A\t" + #"{"b":"A","units":"kPa","timezone":"UTC"}"#,
                "B\t" + #"{"b":"B","units":"kPa","timezone":"UTC"}"#,
            ])
    }

    @Test func aBadItemOfAnEnvelopeStandsForItselfAlone() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("item")
        try await suite.kappa("topics", "create", name, "-p", "1")
        let snapshot = #"{"units":"m","items":[{"b":"A"},{"c":1},{"b":"B"}]}"#
        let words = ["produce", name, "--explode", "items", "--key-field", "b", "--on-error", "keep"]
        let result = try await Kappa.run(words, stdin: snapshot + "\n", environment: suite.environment)
        #expect(result.status == 0)
        #expect(
            try await suite.kappa("consume", name, "-e", "--keys").lines == [
                "A\t" + #"{"b":"A","units":"m"}"#, "\t" + #"{"c":1,"units":"m"}"#, "B\t" + #"{"b":"B","units":"m"}"#,
            ])
    }

    @Test func aRestSourceIsPolled() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("rest")
        let folder = try TemporaryDirectory()
        try await suite.kappa("topics", "create", name, "-p", "1")
        let source = try suite.start(["simulate", "serve", "--listen", "127.0.0.1:0", "--seed", "1"], in: folder)
        try await source.waitForOutput("http://127.0.0.1:")
        let words = (source.output + source.errors).split(whereSeparator: \.isWhitespace)
        let address = try #require(words.first { $0.hasPrefix("http://127.0.0.1:") })
        let base = String(address.prefix { $0 != "," && $0 != ";" }.drop { $0 == " " })
        let root = base.split(separator: "/").prefix(2).joined(separator: "//")
        let result = try await suite.kappa(
            "produce", name, "--http", "\(root)/params/pore_pressure", "--every", "10ms..20ms", "--count", "3",
            "--explode", "items", "--key-field", "borehole_number")
        #expect(result.status == 0, "\(result.errors)")
        let lines = try await suite.kappa("consume", name, "-e").lines
        #expect(lines.count >= 3 * 50)
        #expect(lines.allSatisfy { $0.contains("\"instrument\":\"piezometer\"") && $0.contains("\"timezone\"") })
        let gone = try await suite.kappa("produce", name, "--http", "\(root)/nothing", "--count", "1", "--strict")
        #expect(gone.status == 1)
        #expect(gone.errors.contains("status 404"))
        source.signal(SIGTERM)
        _ = try await source.finish()
        let wrong = try await suite.kappa("produce", name, "--http", "127.0.0.1:8000", "--count", "1")
        #expect(wrong.status == 2 && wrong.errors.contains("--http: '127.0.0.1:8000' is not a URL"))
    }

    @Test func aPolledRunThatBroughtNothingHasFailed() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("silent")
        try await suite.kappa("topics", "create", name, "-p", "1")
        let result = try await suite.kappa("produce", name, "--http", "http://127.0.0.1:1/x?secret=1", "--count", "1")
        #expect(result.status == 1)
        #expect(result.errors.contains("5 refused; the first: http://127.0.0.1:1/x: couldn't connect"))
        #expect(result.errors.contains("no source answered"))
        #expect(!result.errors.contains("secret=1"))
    }

    @Test func recordsThatCannotBeMadeHaveAFate() async throws {
        let suite = try await LogSuite()
        let (name, dead) = (LogSuite.name("fate"), LogSuite.name("dead"))
        for topic in [name, dead] { try await suite.kappa("topics", "create", topic, "-p", "1") }
        let lines = "{\"b\":\"A\"}\nbroken\n{\"b\":\"B\"}\n"
        let stopped = try await suite.kappa("produce", name, "--key-field", "b", stdin: lines)
        #expect(stopped.status == 1)
        #expect(stopped.errors.contains("line 2") && stopped.errors.contains("delivered 1"))
        let skipped = try await suite.kappa("produce", name, "--key-field", "b", "--on-error", "skip", stdin: lines)
        #expect(skipped.status == 1)
        #expect(skipped.errors.contains("1 of 3 records were skipped"))
        #expect(
            try await suite.kappa("produce", name, "--key-field", "b", "--on-error", "keep", stdin: lines).status == 0)
        let moved = try await suite.kappa(
            "produce", name, "--key-field", "b", "--on-error", "dead:\(dead)", stdin: lines)
        #expect(moved.status == 0)
        #expect(try await suite.kappa("consume", name, "-e").lines.count == 1 + 2 + 3 + 2)
        let letters = try await suite.kappa("consume", dead, "-e", "-f", "%s %h\\n")
        #expect(letters.output.hasPrefix("broken kappa.reason=standard input, line 2: not JSON"))
    }
}
