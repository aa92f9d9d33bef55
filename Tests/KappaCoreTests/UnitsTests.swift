import KappaCore
import Testing

@Suite struct UnitsTests {
    @Test(
        arguments: [
            ("10s", 10_000), ("5m", 300_000), ("1.5h", 5_400_000), ("250ms", 250), ("1h30m", 5_400_000),
            ("7d", 604_800_000),
            ("0", 0), ("-1h", -3_600_000),
        ] as [(String, Int64)])
    func durations(word: String, milliseconds: Int64) throws {
        #expect(try Duration(word: word).wholeMilliseconds == milliseconds)
    }

    @Test(arguments: ["", "10", "s", "10 s", "1.2.3s", "ten", "5x", "-"])
    func wrongDurationsSayWhatIsRight(word: String) {
        #expect(throws: WordError.self) { try Duration(word: word) }
    }

    @Test(arguments: [("64MiB", 67_108_864), ("10kB", 10_000), ("512", 512), ("1.5KiB", 1536), ("2G", 2_147_483_648)])
    func sizes(word: String, bytes: Int) throws {
        #expect(try ByteCount(word: word).bytes == bytes)
    }

    @Test func sharesAndRates() throws {
        #expect(try Share(word: "2%").fraction == 0.02)
        #expect(try Rate(word: "1000/s").perSecond == 1000)
        #expect(try Rate(word: "90/m").perSecond == 1.5)
        #expect(throws: WordError.self) { try Share(word: "120%") }
        #expect(throws: WordError.self) { try Rate(word: "0/s") }
    }

    @Test func timeExpressions() throws {
        let now = Timestamp(milliseconds: 1_650_060_398_737)
        #expect(try Timestamp(expression: "-1h", now: now).milliseconds == 1_650_056_798_737)
        #expect(try Timestamp(expression: "@1650060398", now: now).milliseconds == 1_650_060_398_000)
        #expect(try Timestamp(expression: "today", now: now).rfc3339 == "2022-04-15T00:00:00.000Z")
        #expect(try Timestamp(expression: "2022-04-15", now: now).rfc3339 == "2022-04-15T00:00:00.000Z")
        #expect(throws: WordError.self) { try Timestamp(expression: "soon", now: now) }
    }
}
