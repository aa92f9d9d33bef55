import KappaTestSupport
import Testing

/// What there is, for those who look around: names, columns, the last records, dead letters by their field.
@Suite(.serialized) struct LookingAroundTests {
    static let log = Task { try await LogSuite() }

    private static func reading(_ borehole: String, _ instrument: String, _ second: Int, _ units: String) -> String {
        "{\"borehole_number\":\"\(borehole)\",\"instrument\":\"\(instrument)\",\"surface_level\":1,\"northing\":1,"
            + "\"easting\":1,\"reading\":\(second),\"units\":\"\(units)\","
            + "\"timestamp\":\"2024-01-01T00:00:\(second < 10 ? "0" : "")\(second)Z\"}\n"
    }

    @Test func whatAViewHoldsIsListedAndDescribed() async throws {
        let log = try await Self.log.value
        let folder = try TemporaryDirectory()
        let (topic, out) = (LogSuite.name("view"), LogSuite.name("out"))
        let lines = [
            Self.reading("BH-1", "piezometer", 1, "kPa"), Self.reading("BH-1", "piezometer", 11, "kPa"),
            Self.reading("BH-1", "strain_gauge", 2, "µε"), Self.reading("BH-2", "piezometer", 3, "kPa"),
        ]
        try await log.kappa("produce", topic, "--create", "--key-field", "borehole_number", stdin: lines.joined())
        try await log.kappa("process", "-i", topic, "-o", out, "--route", "", "--name", topic, "--drain", "-q")
        let store = "sqlite:\(folder.path)/kappa.db"
        try await log.kappa("sink", "sqlite", out, "--store", store, "--drain", "-q")
        func query(_ words: String...) async throws -> String {
            let result = try await Kappa.run(["query", "--store", store, "--csv"] + words)
            #expect(result.status == 0, "\(result.errors)")
            return result.output
        }
        #expect(try await query("--list", "boreholes") == "borehole,rows,readings\nBH-1,3,3\nBH-2,1,1\n")
        #expect(try await query("--list", "instruments", "-B", "BH-2") == "instrument,rows,readings\npiezometer,1,1\n")
        #expect(try await query("--list", "units") == "units,rows,readings\nkPa,3,3\nµε,1,1\n")
        #expect(try await query("--list", "boreholenumber").hasPrefix("boreholenumber,rows,readings\nBH-1,3,3\n"))
        let wrong = try await Kappa.run("query", "--store", store, "--list", "moods")
        #expect(wrong.status == 2 && wrong.errors.contains("there is no column 'moods'"), "\(wrong.errors)")
        let both = try await Kappa.run("query", "--store", store, "--list", "units", "--count")
        #expect(both.status == 2 && both.errors.contains("exclude each other"))

        let described = try await Kappa.run("store", "describe", "--store", store, "--csv")
        #expect(described.status == 0, "\(described.errors)")
        #expect(described.lines.first == "column,field,kind,key,meaning")
        #expect(described.lines.contains { $0.hasPrefix("boreholenumber,borehole_number,text,true,") })
        #expect(described.lines.contains { $0.hasPrefix("reading,reading,number,false,") })
        let missing = try await Kappa.run("store", "describe", "--store", store, "--table", "nothing")
        #expect(missing.status == 1 && missing.errors.contains("there is no view 'nothing'"), "\(missing.errors)")
    }

    /// Times are given, so that partitions and times disagree.
    @Test func theLastRecordsComeInTheOrderOfTheirTimes() async throws {
        let log = try await Self.log.value
        let topic = LogSuite.name("tail")
        try await log.kappa("topics", "create", topic, "-p", "3", "-c", "retention.ms=-1")
        for partition in 0..<3 {
            let lines = (0..<10).map {
                "{\"value\":\"\($0)-\(partition)\",\"timestamp\":\(1000 + $0 * 10 + partition)}\n"
            }
            try await log.kappa(
                "produce", topic, "--json", "--partition", "\(partition)", stdin: lines.joined())
        }
        let all = (0..<10).flatMap { row in (0..<3).map { "\(row)-\($0)" } }
        #expect(try await log.kappa("consume", topic, "-o", "-4", "-e").lines == Array(all.suffix(12)))
        #expect(try await log.kappa("consume", topic, "-o", "-4", "-e", "-c", "2").lines == ["6-0", "6-1"])
        #expect(try await log.kappa("consume", topic, "-o", "-4", "-e", "--grep", "9-").lines == ["9-0", "9-1", "9-2"])
        #expect(try await log.kappa("consume", topic, "-o", "-4:-2").lines == Array(all.suffix(12).prefix(6)))
        // Whoever waits for more sees the last ones at once, and then what comes.
        let folder = try TemporaryDirectory()
        let child = try log.start(["consume", topic, "-o", "-1"], in: folder)
        try await child.waitForOutput("9-0\n9-1\n9-2\n", timeout: .seconds(60))
        try await log.kappa("produce", topic, stdin: "later\n")
        try await child.waitForOutput("later", timeout: .seconds(60))
        child.signal(2)
        _ = try await child.finish(timeout: .seconds(60))
        let empty = LogSuite.name("empty")
        try await log.kappa("topics", "create", empty, "-p", "2")
        #expect(try await log.kappa("consume", empty, "-o", "-5", "-e").output.isEmpty)
    }

    @Test func prettyIsOneLineForEachRecord() async throws {
        let log = try await Self.log.value
        let topic = LogSuite.name("pretty")
        let values = [
            #"{"key":"BH-1","value":"{ \"a\": [1, true, null],\n \"b c\":\"x\\\"\" }","timestamp":1}"#,
            #"{"key":null,"value":"no json\u001b[2J","timestamp":1001}"#, #"{"key":"k","value":null,"timestamp":2001}"#,
        ]
        try await log.kappa("topics", "create", topic, "-c", "retention.ms=-1")
        try await log.kappa("produce", topic, "--json", "-p", "0", stdin: values.joined(separator: "\n"))
        let plain = try await log.kappa("consume", topic, "-e", "--pretty")
        #expect(
            plain.lines == [
                #"1970-01-01T00:00:00.001Z  BH-1  {"a":[1,true,null],"b c":"x\""}"#,
                #"1970-01-01T00:00:01.001Z  -  no json\x1b[2J"#, "1970-01-01T00:00:02.001Z  k  -",
            ])
        try #require(plain.lines.count == 3)
        let coloured = try await log.kappa("consume", topic, "-e", "--pretty", "--color", "always")
        let value = "{\u{1B}[34m\"a\"\u{1B}[0m:[\u{1B}[33m1\u{1B}[0m,\u{1B}[36mtrue\u{1B}[0m,\u{1B}[2mnull\u{1B}[0m],"
        #expect(coloured.lines[0].contains(value) && coloured.lines[0].contains("\u{1B}[36mBH-1\u{1B}[0m"))
        let refused = try await log.kappa("consume", topic, "-e", "--pretty", "--json")
        #expect(refused.status == 2)
    }

    @Test func deadLettersAreChosenByTheirField() async throws {
        let log = try await Self.log.value
        let topic = LogSuite.name("dead")
        let letters = [("null", "borehole_number", "1"), ("null", "easting", "2"), ("missing", "borehole_number", "3")]
        for (reason, field, value) in letters {
            try await log.kappa(
                "produce", topic + ".dead", "--create", "-H", "kappa.reason=\(reason)", "-H", "kappa.field=\(field)",
                "-H", "kappa.topic=\(topic)", stdin: "{\"v\":\(value)}\n")
        }
        try await log.kappa("topics", "create", topic)
        let survey = try await log.kappa("replay", "dead", topic + ".dead", "--field", "easting", "--dry-run", "--csv")
        #expect(survey.lines.dropFirst() == ["null,easting,\(topic),1,0"], "\(survey.errors)")
        let sent = try await log.kappa(
            "replay", "dead", topic + ".dead", "--reason", "null", "--field", "borehole_number", "--edit", "v=9")
        #expect(sent.status == 0, "\(sent.errors)")
        #expect(try await log.kappa("consume", topic, "-e").lines == ["{\"v\":9}"])
    }
}
