import KappaTestSupport
import Testing

/// `replay diff` compares every field of the results, by the job's own names.
@Suite struct ComparedFieldsTests {
    private func scene(_ job: [String]) async throws -> GenerationScene {
        // 10, 20 … 200 in one window; without the first and the last the mean is the same.
        let readings = (1...20).map { number in
            """
            {"borehole_number":"BH-1","site":"A","sensor":"s1","instrument":"piezometer","surface_level":1,\
            "northing":2,"easting":3,"reading":\(number * 10),"timestamp":"2022-04-15T22:06:\(10 + number % 10)Z"}
            """
        }
        let scene = try await GenerationScene(readings: readings.joined(separator: "\n") + "\n")
        try await scene.run(["process", "--drain"] + GenerationScene.far + job)
        try await scene.run(
            ["replay", "start", "--drain"] + GenerationScene.far + job
                + ["--where", "reading > 10", "--where", "reading < 200"])
        return scene
    }

    @Test(arguments: [
        // By hand, with the percentile between the ranks: of 20 values 190.5, of 18 values 181.5.
        (
            "mean,p95", "changed BH-1|piezometer 2022-04-15T22:06:10.000Z/2022-04-15T22:06:20.000Z: p95 190.5 -> 181.5",
            "9"
        ),
        ("max", "changed BH-1|piezometer 2022-04-15T22:06:10.000Z/2022-04-15T22:06:20.000Z: max 200.0 -> 190.0", "10"),
        // The sum of all is 2100, of the others 1890: no other field differs by as much.
        (
            "mean,count,min,sum",
            "changed BH-1|piezometer 2022-04-15T22:06:10.000Z/2022-04-15T22:06:20.000Z: sum 2100.0 -> 1890.0", "210"
        ),
    ])
    func theFieldThatDiffersMostIsNamed(aggregates: String, sample: String, change: String) async throws {
        let scene = try await scene(["--agg", aggregates])
        let words = try await scene.run("replay", "diff", "--ndjson").output
        let line = try #require(words.split(separator: "\n").first { $0.contains(#""topic":"piezometer""#) })
        #expect(line.contains(#""changed":1,"added":0,"missing":0,"largest_change":\#(change)"#), "\(line)")
        #expect(line.contains(sample), "\(line)")
        #expect(try await scene.run("replay", "diff", "--expect-equal", status: 1).errors.contains("differs"))
    }

    @Test func resultsOfOtherKeysAndNamesAreCompared() async throws {
        let scene = try await scene([
            "--key", "site,sensor", "--carry", "", "--route", "", "-o", "levels", "--agg", "min,max",
        ])
        let words = try await scene.run("replay", "diff", "--ndjson").output
        #expect(words.contains(#""topic":"levels""#) && words.contains("changed A|s1 "))
    }

    @Test func theSameRulesGiveNoDifference() async throws {
        let readings = """
            {"borehole_number":"BH-1","instrument":"piezometer","surface_level":1,"northing":2,"easting":3,\
            "reading":5,"timestamp":"2022-04-15T22:06:11Z"}

            """
        let scene = try await GenerationScene(readings: readings)
        let job = ["--drain", "--agg", "p50,stddev"] + GenerationScene.far
        try await scene.run(["process"] + job)
        try await scene.run(["replay", "start"] + job)
        let words = try await scene.run("replay", "diff", "--expect-equal", "--ndjson").output
        #expect(words.contains(#""same":1,"changed":0"#))
    }
}
