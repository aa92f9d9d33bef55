import KappaTestSupport
import Testing

/// Every option, asked of the store and of the log: the same answers. Every option, given what should do harm: none.
@Suite("query, option by option")
struct QueryBothWaysTests {
    private func filled() async throws -> QueryTests.Scene {
        let scene = try await QueryTests.Scene()
        for (number, borehole) in ["BH-1", "BH-2", QueryTests.Scene.hardName].enumerated() {
            try await scene.produce("piezometer", borehole, minutes: 0..<12) { "\(100 * number + $0).5" }
            try await scene.produce("strain_gauge", borehole, minutes: number..<8) { "-\($0).25" }
        }
        try await scene.produce("piezometer", "BH-1", minutes: 20..<22) { _ in "7" }
        try await scene.sink()
        return scene
    }

    private static let questions: [[String]] = [
        [], ["--oldest"], ["--limit", "3"], ["--limit", "0"], ["--instrument", "piezometer"],
        ["--instrument", "*gauge"],
        ["--borehole", "BH-1", "--borehole", "BH-2"], ["--borehole", QueryTests.Scene.hardName, "--limit", "2"],
        ["--borehole", "BH-?", "--limit", "5", "--oldest"], ["--since", "2022-04-15T22:05:09.5Z"],
        ["--until", "2022-04-15T22:05:09.5Z"], ["--since", "2022-04-15T22:03:00Z", "--until", "2022-04-15T22:04:00Z"],
        ["--where", "reading > 101", "--where", "units = kPa"], ["--where", "borehole ~ 孔"], ["--latest"],
        ["--latest", "--instrument", "piezometer", "--until", "2022-04-15T22:03:00Z"], ["--count"],
        ["--count", "--borehole", "nobody"], ["--bucket", "5m", "--agg", "mean", "--agg", "min", "--agg", "max"],
        ["--bucket", "1h", "--agg", "count", "--agg", "sum", "--agg", "rows", "--oldest"], ["--agg", "mean"],
        ["--pivot", "borehole", "--agg", "max"], ["--pivot", "instrument", "--agg", "rows"],
        ["--pivot", "day", "--agg", "mean"], ["--pivot", "borehole", "--bucket", "10m", "--agg", "count"],
        ["--gaps", "--until", "2022-04-15T23:00:00Z"], ["--table", "record", "--limit", "1"],
        ["--sql", "SELECT boreholenumber, sum(reading) AS s FROM record GROUP BY 1 ORDER BY 1"],
    ]

    @Test func theLogGivesTheSameAnswersAsTheStore() async throws {
        let scene = try await filled()
        for words in QueryBothWaysTests.questions {
            let stored = try await scene.query(["--store", scene.store, "--csv"] + words)
            let logged = try await scene.query(["--from-log", "-b", scene.broker.address, "--csv"] + words)
            #expect(QueryBothWaysTests.withoutIDs(stored) == QueryBothWaysTests.withoutIDs(logged), "\(words)")
        }
        // A chart is made of the same points.
        for format in ["svg", "png"] {
            for (name, place) in [("s", ["--store", scene.store]), ("l", ["--from-log", "-b", scene.broker.address])] {
                _ = try await scene.query(place + ["--plot", "\(scene.folder.path)/\(name).\(format)"])
            }
            let (stored, logged) = (
                Subprogram.read("\(scene.folder.path)/s.\(format)"), Subprogram.read("\(scene.folder.path)/l.\(format)")
            )
            #expect(stored == logged && stored.utf8.count > 500)
        }
    }

    /// A row's id is the order of arrival, which differs from one reading of several partitions to the next.
    private static func withoutIDs(_ text: String) -> [String] {
        text.split(separator: "\n").map { line in
            guard let end = line.firstIndex(of: ","), line.first?.isNumber == true,
                line.filter({ $0 == "," }).count >= 17
            else { return String(line) }
            return String(line[end...])
        }
    }

    /// The options of a query, as the program itself lists them.
    private func valuedOptions() async throws -> Set<String> {
        let help = try await Kappa.run("query", "--help")
        let lines = help.output.split(separator: "\n").filter { $0.contains("--") && $0.hasPrefix(" ") }
        return Set(
            lines.compactMap { line in
                line.split(separator: " ").first { $0.hasPrefix("--") }.map {
                    String($0.prefix { $0 != "=" && $0 != "[" })
                }
            })
    }

    @Test func noOptionCarriesHarm() async throws {
        let scene = try await filled()
        let whole = try await scene.query(["--store", scene.store, "--csv"])
        let harmful = [
            "' OR '1'='1", "x'; DROP TABLE record__g1; --", "\"; DELETE FROM record__g1; --", "1) UNION SELECT 1 --",
            "$1", "?1", "\\", "*' OR true --",
        ]
        let options = [
            "--instrument", "--borehole", "--since", "--until", "--where", "--limit", "--bucket", "--agg",
            "--pivot", "--sql", "--plot", "--table", "--fields", "--value",
        ]
        let known = try await valuedOptions()
        #expect(known.isSuperset(of: options), "\(known)")
        for option in options {
            for word in harmful + ["reading = 1; DROP TABLE record__g1", "units = ' OR 1=1 --"] {
                let result = try await Kappa.run(
                    ["query", "--store", scene.store, "--csv", "\(option)=\(word)"], directory: scene.folder.path)
                let lines = result.output.split(separator: "\n")
                #expect(result.status != 0 || lines.count <= 1, "\(option) \(word): \(result.output)")
            }
        }
        #expect(try await scene.query(["--store", scene.store, "--csv"]) == whole)
    }
}
