import Glibc
import KappaCore
import Testing

@testable import KappaTerminal

/// The four formats of data, written to a pipe and read back.
@Suite struct OutputTests {
    static let columns = [Column("topic"), Column("lag_total", align: .right), Column("at")]
    static let rows: [[Cell]] = [
        ["monitoring", 12, .time(Timestamp(milliseconds: 1_650_060_398_737))],
        [.text("a,\"b\"\n"), .integer(Int64.min), .absent],
    ]

    private func written(
        _ format: OutputFormat, _ terminal: Terminal = .plain, _ body: (Output) throws -> Void
    ) throws -> String {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        try body(Output(format: format, terminal: terminal, descriptor: ends[1]))
        close(ends[1])
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(ends[0], &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    private func rows(_ format: OutputFormat, _ terminal: Terminal = .plain) throws -> String {
        try written(format, terminal) { output in
            try output.rows("lag", OutputTests.columns) { rows in
                for row in OutputTests.rows { try rows.add(row) }
            }
        }
    }

    @Test func jsonIsOneDocumentWithVersionAndKind() throws {
        let expected =
            "{\"version\":1,\"kind\":\"lag\",\"items\":["
            + "{\"topic\":\"monitoring\",\"lag_total\":12,\"at\":\"2022-04-15T22:06:38.737Z\"},"
            + "{\"topic\":\"a,\\\"b\\\"\\n\",\"lag_total\":-9223372036854775808,\"at\":null}]}\n"
        #expect(try rows(.json) == expected)
    }

    @Test func anEmptyListIsAnEmptyListInEveryFormat() throws {
        let write = { (format: OutputFormat) in
            try self.written(format) { try $0.rows("lag", OutputTests.columns) { _ in } }
        }
        #expect(try write(.json) == "{\"version\":1,\"kind\":\"lag\",\"items\":[]}\n")
        #expect(try write(.ndjson) == "")
        #expect(try write(.csv) == "topic,lag_total,at\n")
        #expect(try write(.table) == "")
    }

    @Test func ndjsonIsOneObjectOnEachLine() throws {
        let lines = try rows(.ndjson).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.hasPrefix("{\"topic\":") && $0.hasSuffix("}") })
    }

    @Test func csvIsQuotedAsRFC4180Says() throws {
        #expect(
            try rows(.csv) == "topic,lag_total,at\nmonitoring,12,2022-04-15T22:06:38.737Z\n"
                + "\"a,\"\"b\"\"\n\",-9223372036854775808,\n")
    }

    @Test func aTableIsAlignedAndShowsNoControlCharacters() throws {
        let expected = [
            "TOPIC                  LAG TOTAL  AT",
            "monitoring                    12  2022-04-15T22:06:38.737Z",
            "a,\"b\"\\n     -9223372036854775808  -",
        ]
        let lines = try rows(.table).split(separator: "\n").map(String.init)
        #expect(lines.map { $0.split(separator: " ") } == expected.map { $0.split(separator: " ") })
        #expect(lines[0].count(before: "AT") == lines[1].count(before: "2022"))
    }

    @Test(arguments: [40, 60, 80])
    func aTableFitsTheTerminal(width: Int) throws {
        let terminal = Terminal(isTerminal: true, width: width, hasColor: false)
        let wide = try written(.table, terminal) { output in
            try output.rows("x", [Column("name"), Column("path"), Column("n", align: .right)]) { rows in
                try rows.add([.text(String(repeating: "n", count: 70)), .text(String(repeating: "p", count: 90)), 7])
            }
        }
        let lines = wide.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= width })
        #expect(lines[1].contains("…"))
        #expect(lines[1].hasSuffix("7"))
    }

    /// Topics that begin alike, as a cut at the end would make them the same.
    private func narrow(_ width: Int, _ columns: [Column], _ rows: [[Cell]]) throws -> [String] {
        let terminal = Terminal(isTerminal: true, width: width, hasColor: false)
        return try written(.table, terminal) { output in
            try output.rows("x", columns) { written in for row in rows { try written.add(row) } }
        }.split(separator: "\n").map(String.init)
    }

    @Test func namesStayApartWhereTheyAreCut() throws {
        let names = ["monitoring.late", "monitoring.dead", "monitoring.keyed", "monitoring.ticks"]
        let columns = [Column("topic"), Column("records", align: .right), Column("size", align: .right)]
        for width in 24...40 {
            let lines = try narrow(width, columns, names.map { [.text($0), 1_234_567, .bytes(ByteCount(bytes: 5))] })
            #expect(lines.allSatisfy { TextWidth.of($0) <= width }, "\(width): \(lines)")
            #expect(Set(lines).count == lines.count || lines.contains { $0.hasPrefix("TOPIC    ") })
        }
        #expect(TextWidth.shortened("monitoring.late", to: 9) == "moni…late")
        #expect(TextWidth.shortened("it is not here", to: 9) == "it is no…")
    }

    @Test func whatIsTheSameInEveryRowStandsAboveATableThatWouldBeTooWide() throws {
        let columns = [Column("topic"), Column("lag", align: .right), Column("group"), Column("host")]
        let rows: [[Cell]] = (0..<3).map { [.text("t\($0)"), 7, "kappa.monitoring", .absent] }
        #expect(
            try narrow(20, columns, rows) == [
                "GROUP  kappa.monitoring", "TOPIC  LAG", "t0       7", "t1       7", "t2       7",
            ])
        #expect(try narrow(40, columns, rows)[0] == "TOPIC  LAG  GROUP             HOST")
    }

    @Test func aRecordIsOneObject() throws {
        let parts: [(column: Column, cell: Cell)] = [
            (Column("name"), "a"), (Column("size"), .bytes(ByteCount(bytes: 1536))),
            (Column("every"), .duration(.seconds(90))),
        ]
        #expect(
            try written(.json) { try $0.record("thing", parts) }
                == "{\"version\":1,\"kind\":\"thing\",\"item\":{\"name\":\"a\",\"size\":1536,\"every\":90000}}\n")
        #expect(try written(.table) { try $0.record("thing", parts) } == "name   a\nsize   1.5 KiB\nevery  90s\n")
    }

    @Test func aClosedPipeIsItsOwnError() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        let output = Output(format: .csv, terminal: .plain, descriptor: ends[1])
        #expect(throws: OutputError.closed) { try output.rows("x", [Column("a")]) { try $0.add(["b"]) } }
    }

    @Test func coloursAreThereOnlyWhereTheyAreShown() {
        let coloured = Terminal(isTerminal: true, width: 80, hasColor: true)
        #expect(coloured.style("x", .red) == "\u{1B}[31mx\u{1B}[0m")
        #expect(Terminal.plain.style("x", .red) == "x")
        #expect(Terminal.printable("a\u{1B}[31m\u{7}é") == "a\\x1b[31m\\x07é")
    }

    @Test(
        arguments: [
            ("abc", 3), ("é", 1), ("日本", 4), ("e\u{301}", 1), ("😀", 2), ("", 0), ("🚀🚧✅⚡", 8), ("👷🏽‍♀️", 2), ("🇳🇿", 2),
            ("❤", 1), ("❤\u{FE0F}", 2), ("→", 1), ("a\u{200B}b", 2), ("한국", 4), ("ｱ", 1), ("Ａ", 2),
        ])
    func widthsAreThoseOfTheTerminal(text: String, width: Int) {
        #expect(TextWidth.of(text) == width)
    }

    /// Strain is counted in millionths: three decimals would show nothing of it.
    @Test(
        arguments: [
            (113.96, "113.96"), (0.1 + 0.2, "0.3"), (2.123456, "2.123"), (-0.00049, "-0.00049"), (0.0123456, "0.0123"),
            (0, "0"), (-7, "-7"), (1e-6, "1e-06"), (123_456.7891, "123456.789"), (-0.0005, "-0.0005"), (1e20, "1e+20"),
        ])
    func numbersKeepThreeDecimalsOrThreeDigits(_ value: Double, _ text: String) {
        #expect(Cell.number(value).text(.plain) == text)
    }

    @Test func aRowThatIsTooLongUnfoldsWhereItMay() throws {
        let narrow = Terminal(isTerminal: false, width: 17, hasColor: false)
        let written = try written(.table, narrow) { output in
            try output.rows("lag", [Column("topic"), Column("lag_total", align: .right)]) { rows in
                try rows.add(["monitoring", 12])
                try rows.add(["raw", .absent])
            }
        }
        #expect(
            written == """
                TOPIC      monitoring
                LAG TOTAL  12

                TOPIC      raw
                LAG TOTAL  -

                """)
    }

    @Test func cuttingKeepsWithinTheWidth() {
        #expect(TextWidth.cut("abcdef", to: 4) == "abc…")
        #expect(TextWidth.cut("日本語", to: 4) == "日…")
        #expect(TextWidth.cut("abc", to: 3) == "abc")
    }

    @Test func progressTellsRateAndTimeLeft() {
        #expect(Progress.line("read", 500, 1000, elapsed: .seconds(5)) == "read 500 of 1000, 50 %, 100/s, 5s left")
        #expect(Progress.line("read", 500, nil, elapsed: .seconds(5)) == "read 500, 100/s")
        #expect(Progress.line("read", 0, 10, elapsed: .zero) == "read 0 of 10, 0 %, 0/s")
        #expect(Progress.line("read", 7, share: 0.999, elapsed: .seconds(7)) == "read 7, 99 %, 1/s, 1s left")
        #expect(Progress.line("read", 7, lag: 12, elapsed: .seconds(7)) == "read 7, 1/s, lag 12")
    }
}

extension String {
    fileprivate func count(before word: String) -> Int? {
        ranges(of: word).first.map { distance(from: startIndex, to: $0.lowerBound) }
    }
}
