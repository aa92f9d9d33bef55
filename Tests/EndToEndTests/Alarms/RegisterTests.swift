import KappaTestSupport
import Testing

/// A register at work: each reading is converted with what was valid at its own time.
@Suite(.serialized) struct RegisterConversionTests {
    private static func reading(_ borehole: Int, _ time: String, _ value: String, _ more: String = "") -> String {
        """
        {"borehole_number":"BH-\(borehole)","instrument":"piezometer","surface_level":80.5,"northing":5812000,\
        "easting":320000,"reading":\(value),"units":"digits","timestamp":"\(time)"\(more)}

        """
    }

    private static let header = "borehole_number,instrument,valid_from,valid_to,unit,factor,offset,polynomial,"
    private static let more = "temperature_factor,temperature_zero,baseline,alert_above\n"

    /// By hand: 2 × 10 + 1 before March; 3 × 10 from March on; 0.5 × 4² + 2 × 4 + 1 + 0.25 × (22 − 20) − 7 = 10.5.
    @Test func aReadingIsConvertedWithWhatWasValidAtItsTimeAndBothAreKept() async throws {
        let scene = try await GenerationScene(
            readings: Self.reading(1, "2022-02-28T23:59:59.999Z", "10") + Self.reading(1, "2022-03-01T00:00:00Z", "10")
                + Self.reading(2, "2022-03-01T00:00:01Z", "4", ",\"temperature\":22")
                + Self.reading(2, "2022-03-01T00:00:02Z", "5") + Self.reading(3, "2022-03-01T00:00:03Z", "7.50"))
        try scene.broker.folder.write(
            "site.csv",
            Self.header + Self.more
                + """
                BH-1,piezometer,,2022-03-01T00:00:00Z,kPa,2,1,,,,,
                BH-1,piezometer,2022-03-01T00:00:00Z,,kPa,3,,,,,,
                BH-2,*,,,mH2O,,,0.5 2 1,0.25,20,7,

                """)
        try await scene.run(["process", "--register", "site.csv", "--drain"] + GenerationScene.far)
        let results = try await scene.run("consume", "piezometer", "-e").lines
        let wanted = [
            (1, "21.0", "kPa", "10", "\"factor=2.0 offset=1.0\""),
            (1, "30.0", "kPa", "10", "\"factor=3.0 offset=0.0\""),
            (
                2, "10.5", "mH2O", "4",
                "\"polynomial=0.5/2.0/1.0 temperature_factor=0.25 temperature_zero=20.0 baseline=7.0\""
            ), (3, "7.5", "digits", "7.50", "null"),
        ]
        #expect(results.count == wanted.count, "\(results)")
        for (line, (borehole, value, unit, raw, conversion)) in zip(results, wanted) {
            #expect(line.contains("\"borehole_number\":\"BH-\(borehole)\""), "\(line)")
            let part =
                "\"reading\":\(value),\"units\":\"\(unit)\",\"raw\":\(raw),\"conversion\":\(conversion),\"timestamp\""
            #expect(line.contains(part), "\(line)")
        }
        // Without the temperature that its calibration asks for nothing is made of a reading.
        let dead = try await scene.run("consume", "monitoring.dead", "-e", "--json").lines
        #expect(dead.count == 1 && dead[0].contains("missing") && dead[0].contains("temperature"), "\(dead)")
        // The table of a store has both too.
        try await scene.run("sink", scene.kind, "--store", scene.store, "--drain")
        let rows = try await scene.run(
            "query", "--store", scene.store, "--csv", "--oldest", "--fields", "borehole,mean,raw,conversion")
        #expect(rows.lines.dropFirst().first == "BH-1,21,10,factor=2.0 offset=1.0", "\(rows.output)")
    }

    /// Of three sensors one has another factor from April on; a level says nothing of a value.
    @Test func aChangedRegisterIsReplayedAndItsSensorsAreNamed() async throws {
        let days = ["2022-03-30", "2022-03-31", "2022-04-01", "2022-04-02"]
        let readings = days.flatMap { day in (1...3).map { Self.reading($0, "\(day)T12:00:00Z", "\($0)") } }
        let scene = try await GenerationScene(readings: readings.joined())
        let old = "*,piezometer,,,kPa,2,,,,,,\n"
        try scene.broker.folder.write("old.csv", Self.header + Self.more + old)
        try scene.broker.folder.write("levels.csv", Self.header + Self.more + old.dropLast() + "100\n")
        try scene.broker.folder.write(
            "new.csv", Self.header + Self.more + old + "BH-2,piezometer,2022-04-01T00:00:00Z,,,5,,,,,,\n")
        try await scene.run(["process", "--register", "old.csv", "--drain"] + GenerationScene.far)
        try await scene.run(["process", "--register", "levels.csv", "--drain"] + GenerationScene.far)
        let refused = try await scene.run(
            ["process", "--register", "new.csv", "--drain"] + GenerationScene.far, status: 2)
        #expect(refused.errors.contains("--register was 'file "), "\(refused.errors)")
        try await scene.run(["replay", "start", "--register", "new.csv", "--drain"] + GenerationScene.far)
        // 2 × 2 became 5 × 2 on two days.
        let diff = try await scene.run("replay", "diff", "--sensors", "--csv")
        #expect(
            diff.lines == [
                "topic,sensor,changed,added,missing,largest_change,from,to",
                "piezometer,BH-2|piezometer,2,0,0,6.0,2022-04-01T12:00:00.000Z,2022-04-02T12:00:10.000Z",
            ], "\(diff.output)")
    }

    @Test func theExampleIsInOrderAndEveryErrorOfAFileIsToldWithItsLine() async throws {
        let folder = try TemporaryDirectory()
        let example = try await Kappa.run("alarms", "init", directory: folder.path)
        try folder.write("site.csv", example.output)
        let good = try await Kappa.run("alarms", "check", "site.csv", directory: folder.path)
        #expect(good.status == 0 && good.errors.contains("site.csv is in order"), "\(good.errors)")
        try folder.write(
            "bad.csv",
            """
            borehole_number,instrument,unit,valid_from,alert_above,alarm_above,factor
            BH-1,piezometer,kpa,2024-01-01,,,
            BH-2,piezometer,kPa,,120,100,
            BH-3,piezometer,kPa,,,,x
            BH-4,piezometer,kPa,,,,
            BH-4,piezometer,kPa,,,,
            ,piezometer,kPa,,,,

            """)
        let bad = try await Kappa.run("alarms", "check", "bad.csv", "--csv", directory: folder.path)
        #expect(bad.status == 1 && bad.errors.contains("bad.csv has 6 errors"), "\(bad.errors)")
        #expect(
            bad.lines.dropFirst().map { $0.prefix { $0 != "," } } == ["2", "2", "3", "4", "6", "7"], "\(bad.output)")
        let use = try await Kappa.run("process", "--register", "bad.csv", directory: folder.path)
        #expect(use.status == 2 && use.errors.contains("bad.csv, line 2: unit: 'kpa'"), "\(use.errors)")
    }
}
