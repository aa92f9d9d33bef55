import Glibc
import KappaTestSupport
import Testing

/// The same log through the same code gives the same; other rules give exactly what they change.
@Suite struct GenerationTests {
    static func reading(_ borehole: Int, _ second: Int, _ value: Double) -> String {
        """
        {"borehole_number":"BH-\(borehole)","instrument":"piezometer","surface_level":80.5,"northing":5812000,\
        "easting":320000,"reading":\(value),"timestamp":"2022-04-15T00:00:\(second < 10 ? "0" : "")\(second).000Z"}

        """
    }

    @Test func aReplayOfTheSameCodeEqualsARunThatWasKilledAgainAndAgain() async throws {
        let kills = getenv("KAPPA_REPLAY_KILLS").flatMap { Int(String(cString: $0)) } ?? 5
        let readings = try await GenerationScene.simulated(max(6000, kills * 1500))
        let scene = try await GenerationScene(readings: readings, partitions: 2)
        let live = ["process", "--drain", "--commit-every", "10ms", "--poll-size", "200"] + GenerationScene.far
        let points = ["after-produce:3", "after-offsets:4", "commit-unanswered:3", "after-commit:5"]
        for kill in 1..<max(2, kills) { try await scene.run(live, status: 86, failing: points[kill % points.count]) }
        try await scene.run(live, status: 86, failing: "after-tick")
        try await scene.run(live)
        try await scene.start()
        let diff = try await scene.run("replay", "diff", "--expect-equal", "--csv")
        #expect(diff.lines.count == 6)
        let sums = try await scene.difference()
        #expect(sums[0] > 1000 && sums[1...] == [0, 0, 0])
    }

    @Test(arguments: [nil, "corrected"])
    func otherRulesGiveExactlyWhatTheyChange(database: String?) async throws {
        // By hand: BH-1 has 10 and 20 in the first window and 30 in the second one, BH-2 has 5 in the first one.
        let readings = Self.reading(1, 1, 10) + Self.reading(2, 2, 5) + Self.reading(1, 3, 20) + Self.reading(1, 11, 30)
        let scene = try await GenerationScene(readings: readings, database: database)
        try await scene.processLive()
        // Above 15 the first mean is 20 instead of 15, the second one stays, and BH-2 has no window.
        try await scene.start("--where", "reading > 15")
        let diff = try await scene.run("replay", "diff", "--json")
        #expect(
            diff.output.contains(
                #""topic":"piezometer","same":1,"changed":1,"added":0,"missing":1,"largest_change":5.0"#),
            "\(diff.output)")
        #expect(diff.output.contains("BH-1|piezometer 2022-04-15T00:00:00.000Z/2022-04-15T00:00:10.000Z: 15.0 -> 20.0"))
        try await scene.run("replay", "diff", "--expect-equal", status: 1)
        try await scene.run("replay", "switch", "--mode", "corrections")
        let topic = try await scene.run("consume", "piezometer", "-e", "--json")
        #expect(topic.lines.count == 5)
        let corrections = topic.lines.filter { $0.contains(#"{"name":"kappa.revision","value":"2"}"#) }
        #expect(corrections.count == 2)
        #expect(corrections.first?.contains(#"\"reading\":20.0,"#) == true, "\(corrections)")
        #expect(corrections.last?.contains(#"BH-2"#) == true, "\(corrections)")
        #expect(corrections.last?.contains(#"\"withdrawn\":true}"#) == true, "\(corrections)")
        // Once is enough.
        try await scene.run("replay", "switch", "--mode", "corrections")
        #expect(try await scene.run("consume", "piezometer", "-e").lines.count == 5)
        // Corrected, the first generation says what the second one does; so does its table, and one that begins anew.
        try await scene.run("replay", "diff", "--expect-equal")
        for (kind, store) in [(scene.kind, scene.store), ("sqlite", "sqlite:new.db")] {
            try await scene.run("sink", kind, "--store", store, "--drain")
            let rows = try await scene.run(
                "query", "--store", store, "--csv", "--sql",
                "select boreholenumber, cast(reading as integer) from record order by window_start")
            #expect(Array(rows.lines.dropFirst()) == ["BH-1,20", "BH-1,30"])
        }
    }

    @Test func resultsInOtherPartitionsThanTheirInputAreComparedAllTheSame() async throws {
        let scene = try await GenerationScene(readings: try await GenerationScene.simulated(1000), partitions: 2)
        for topic in ["piezometer", "strain_gauge.g2"] { try await scene.run("topics", "create", topic, "-p", "3") }
        try await scene.processLive()
        try await scene.start("--where", "reading > 20")
        let sums = try await scene.difference()
        // Each window of the first generation is in the table once, and is the same, another or gone.
        let windows = try await scene.run("query", "--store", scene.store, "--count", "--csv")
        #expect(windows.lines.last == "\(sums[0] + sums[1] + sums[3])" && sums[2] == 0, "\(sums)")
        #expect(sums[0] > 0 && sums[3] > 0, "\(sums)")
    }

    /// One reading a second: the one at offset 25 is of second 25.
    @Test(arguments: ["2022-04-15T00:00:25Z", "25", "-35"])
    func aReplayFromATimeOrAnOffsetBeginsWithAWholeWindow(from: String) async throws {
        let readings = (0..<60).map { Self.reading(1, $0, Double($0)) }.joined()
        let scene = try await GenerationScene(readings: readings)
        try await scene.processLive()
        // The records' own times are those of the test's run, so all of them are read; what counts is the event's time.
        try await scene.start("--from", from)
        // Of six windows the first whole one begins at 00:00:30.
        #expect(try await scene.difference() == [3, 0, 0, 0])
        #expect(try await scene.run("consume", "piezometer.g2", "-e").lines.count == 3)
        #expect(try await scene.run("consume", "monitoring.late.g2", "-e").lines.count == 30)
    }

    @Test func anOffsetThatIsGoneIsNamed() async throws {
        let scene = try await GenerationScene(readings: (0..<60).map { Self.reading(1, $0, 1) }.joined())
        try await scene.processLive()
        try await scene.run("topics", "purge", "monitoring", "--before", "30", "--yes")
        let gone = try await scene.run(["replay", "start", "--drain", "--from", "25"], status: 1)
        #expect(gone.errors.contains("begins at 30, so there is no offset 25"), "\(gone.errors)")
    }

    @Test func whatIsNotReadyIsNotSwitchedTo() async throws {
        let scene = try await GenerationScene(readings: try await GenerationScene.simulated(500))
        try await scene.processLive()
        try await scene.run(["replay", "start", "--drain"] + GenerationScene.far)
        var refused = try await scene.run("replay", "switch", status: 1)
        #expect(refused.errors.contains("has not been compared"), "\(refused.errors)")
        try await scene.run("replay", "diff")
        refused = try await scene.run("replay", "switch", "--store", scene.store, status: 1)
        #expect(refused.errors.contains("has no table 'record__g2'"), "\(refused.errors)")
        try await scene.run("produce", "monitoring", stdin: Self.reading(1, 59, 1))
        try await scene.processLive()
        refused = try await scene.run("replay", "switch", status: 1)
        #expect(refused.errors.contains("is at 500"), "\(refused.errors)")
        refused = try await scene.run("replay", "drop", "1", "--yes", status: 1)
        #expect(refused.errors.contains("generation 1 is the active one"), "\(refused.errors)")
        try await scene.run("replay", "rollback", status: 1)
        #expect(try await scene.run("replay", "current", "piezometer").output == "piezometer\n")
    }

    @Test func aJobOfAnotherKindOrOfAnotherTopicHasNoGenerations() async throws {
        let scene = try await GenerationScene(readings: Self.reading(1, 1, 1))
        try await scene.run("topics", "create", "lines")
        try await scene.run("produce", "lines", stdin: "a b\nb c\n")
        try await scene.run("process", "wordcount", "--input", "lines", "--name", "words", "--drain")
        try await scene.run(
            "process", "map", "--select", "reading", "--name", "mapped", "--output", "mapped", "--drain")
        try await scene.run(["process", "--name", "other", "--input", "lines", "--drain"])
        for job in ["words", "mapped"] {
            let refused = try await scene.run("replay", "start", "--drain", "--job", job, status: 1)
            #expect(refused.errors.contains("'\(job)' is not a job of windows"), "\(refused.errors)")
        }
        let refused = try await scene.run("replay", "start", "--drain", "--job", "other", status: 1)
        #expect(refused.errors.contains("reads 'lines', not 'monitoring'"), "\(refused.errors)")
        #expect(!(try await scene.run("topics", "list").output.contains(".g2")))
        #expect(try await scene.run("replay", "list").errors.contains("'kappa replay start' begins another"))
    }

    /// Two jobs write to the same topics; a generation of the one must not lie in those of the other.
    @Test func topicsThatHoldAnotherJobsResultsAreLeftAlone() async throws {
        let readings = (0..<30).map { Self.reading(1, $0, 1) }.joined()
        let scene = try await GenerationScene(readings: readings)
        try await scene.processLive("--name", "other")
        try await scene.start("--job", "other", "--window", "5s")
        try await scene.processLive()
        try await scene.run(["replay", "start", "--drain"] + GenerationScene.far)
        let list = try await scene.run("replay", "list", "--csv")
        #expect(list.lines.last?.hasPrefix("3,") == true, "\(list.output)")
        #expect(try await scene.run("consume", "piezometer.g2", "-e").lines.count == 6)
        #expect(try await scene.run("consume", "piezometer.g3", "-e").lines.count == 3)
    }

    @Test func aLogThatLostItsHeadStopsTheReplayAlone() async throws {
        let scene = try await GenerationScene(readings: try await GenerationScene.simulated(3000))
        try await scene.processLive()
        let before = try await scene.run("consume", "piezometer", "-e").lines.count
        let replay =
            ["replay", "start", "--drain", "--commit-every", "1ms", "--poll-size", "100"] + GenerationScene.far
        try await scene.run(replay, status: 86, failing: "after-commit:3")
        try await scene.run("topics", "purge", "monitoring", "--before", "2900", "--yes")
        let stopped = try await scene.run(replay, status: 1)
        #expect(stopped.errors.contains("the log begins at 2900"), "\(stopped.errors)")
        #expect(try await scene.run("consume", "piezometer", "-e").lines.count == before)
        try await scene.run("groups", "describe", "kappa.monitoring")
    }
}
