import KappaTestSupport
import Testing

/// What a person sees. The expectations were written by hand: how wide each character is, a terminal says.
@Suite("query, on a terminal")
struct QueryTableTests {
    /// 孔 is two places wide, e with U+0301 one, the sign under construction two, and so is a woman of five scalars.
    private static let names = ["孔-7", "e\u{301}-2", "🚧-9", "👷🏽‍♀️-1", "한국"]

    private func filled() async throws -> QueryTests.Scene {
        let scene = try await QueryTests.Scene()
        for (minute, name) in QueryTableTests.names.enumerated() {
            try await scene.produce("piezometer", name, minutes: minute..<minute + 1) { "\($0).5" }
        }
        try await scene.produce("strain_gauge", "Bohrloch im Süden 1", minutes: 9..<10) { _ in "-0.00049" }
        try await scene.sink()
        return scene
    }

    @Test func wideCharactersKeepTheColumnsStraight() async throws {
        let scene = try await filled()
        let wide = """
            TIME                      BOREHOLE             INSTRUMENT     READING  UNITS   MIN  MAX  COUNT
            2022-04-15T22:09:09.500Z  Bohrloch im Süden 1  strain_gauge  -0.00049  kPa    1.25  300      2
            2022-04-15T22:04:09.500Z  한국                 piezometer         4.5  kPa    1.25  300      2
            2022-04-15T22:03:09.500Z  👷🏽‍♀️-1                 piezometer         3.5  kPa    1.25  300      2
            2022-04-15T22:02:09.500Z  🚧-9                 piezometer         2.5  kPa    1.25  300      2
            2022-04-15T22:01:09.500Z  e\u{301}-2                  piezometer         1.5  kPa    1.25  300      2
            2022-04-15T22:00:09.500Z  孔-7                 piezometer         0.5  kPa    1.25  300      2

            """
        #expect(try await scene.screen(100) == wide)
        #expect(try await scene.screen(200) == wide)
        // Of 60 places the time and the reading take 24 and 8, the gaps 6; the two texts share the rest.
        let narrow = """
            TIME                      BOREHOLE     INSTRUMENT    READING
            2022-04-15T22:09:09.500Z  Bohrloch i…  strai…gauge  -0.00049
            2022-04-15T22:04:09.500Z  한국         piezometer        4.5
            2022-04-15T22:03:09.500Z  👷🏽‍♀️-1         piezometer        3.5
            2022-04-15T22:02:09.500Z  🚧-9         piezometer        2.5
            2022-04-15T22:01:09.500Z  e\u{301}-2          piezometer        1.5
            2022-04-15T22:00:09.500Z  孔-7         piezometer        0.5

            """
        #expect(try await scene.screen(60) == narrow)
    }

    /// After 500 rows the widths are settled; rows that come after still fit, and no name is cut.
    @Test func manyRowsFitTheTerminalToo() async throws {
        let scene = try await filled()
        let many = """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) SELECT '2022-04-15T22:00:00.000Z' \
            AS ts, CASE i WHEN 3 THEN '한국한국한국한국한국한국한국한국한국한국' ELSE 'BH-' || i END AS boreholenumber, \
            'settlement_marker' AS instrument, i AS reading FROM n
            """
        let lines = try await scene.screen(60, "--sql", many).split(separator: "\n")
        // The name that has no room in its column stands whole, with its row in four lines.
        #expect(lines.count == 1 + 599 + 4)
        #expect(lines.allSatisfy { TerminalWidth.of($0) <= 60 })
        #expect(lines.contains { $0.hasPrefix("BOREHOLE") && $0.hasSuffix(" " + String(repeating: "한국", count: 10)) })
        #expect(lines[603].hasSuffix(" 600") && !lines.contains { $0.contains("…") })
    }

    @Test func aRowThatIsTooLongForTheTerminalUnfolds() async throws {
        let scene = try await filled()
        let sql = """
            SELECT boreholenumber, instrument, northing, easting, surfacelevel, reading, "min", "max", "sum" FROM record \
            WHERE boreholenumber IN ('孔-7', '한국') ORDER BY ts
            """
        let unfolded = """
            BOREHOLE      孔-7
            INSTRUMENT    piezometer
            NORTHING      5810968
            EASTING       322179
            SURFACELEVEL  82.33
            READING       0.5
            MIN           1.25
            MAX           300
            SUM           400

            BOREHOLE      한국
            INSTRUMENT    piezometer
            NORTHING      5810968
            EASTING       322179
            SURFACELEVEL  82.33
            READING       4.5
            MIN           1.25
            MAX           300
            SUM           400

            """
        #expect(try await scene.screen(60, "--sql", sql) == unfolded)
        let table = """
            BOREHOLE  INSTRUMENT  NORTHING  EASTING  SURFACELEVEL  READING   MIN  MAX  SUM
            孔-7      piezometer   5810968   322179         82.33      0.5  1.25  300  400
            한국      piezometer   5810968   322179         82.33      4.5  1.25  300  400

            """
        #expect(try await scene.screen(100, "--sql", sql) == table)
        #expect(try await scene.screen(200, "--sql", sql) == table)
    }

    @Test func aPivotIsATableOrUnfolds() async throws {
        let scene = try await filled()
        let words = ["--pivot", "borehole", "--agg", "rows", "-i", "piezometer"]
        #expect(
            try await scene.screen(60, words) == """
                DAY         e\u{301}-2  孔-7  한국  👷🏽‍♀️-1  🚧-9
                2022-04-15    1     1     1     1     1

                """)
        #expect(
            try await scene.screen(24, words) == """
                DAY   2022-04-15
                e\u{301}-2   1
                孔-7  1
                한국  1
                👷🏽‍♀️-1  1
                🚧-9  1

                """)
    }

    /// Two readings a minute apart: a straight line from the lower left to the upper right.
    @Test(arguments: [60, 100, 200])
    func aChartFillsTheTerminal(_ width: Int) async throws {
        let scene = try await QueryTests.Scene()
        try await scene.produce("piezometer", "孔-7", minutes: 0..<2) { "\(100 * $0)" }
        try await scene.sink()
        let lines = try await scene.screen(width, "--plot").split(separator: "\n")
        let widths = lines.map { TerminalWidth.of($0) }
        #expect(widths.allSatisfy { $0 <= width } && widths.contains { $0 > width - 8 }, "\(widths)")
        #expect(lines[0].contains("reading, kPa"))
        // Each line of dots begins where the one below it goes on.
        let starts = lines.compactMap { line in
            line.firstIndex { ("\u{2801}"..."\u{28FF}").contains($0) }
                .map { line.distance(from: line.startIndex, to: $0) }
        }
        #expect(starts.count > 5 && starts == starts.sorted(by: >) && starts[0] > starts[starts.count - 1] + width / 2)
    }
}

/// How many places the characters of these tests take.
enum TerminalWidth {
    static func of(_ text: some StringProtocol) -> Int {
        text.reduce(0) { $0 + ("孔한국🚧👷🏽‍♀️".contains($1) ? 2 : 1) }
    }
}
