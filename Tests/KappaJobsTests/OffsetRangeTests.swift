import KappaArguments
import KappaCore
import Testing

@testable import KappaJobs

@Suite struct OffsetRangeTests {
    typealias Bound = OffsetRange.Bound
    static let now = Timestamp(milliseconds: 1_650_060_398_000)

    @Test(
        arguments: [
            ("beginning", Bound.beginning, nil), ("start", .beginning, nil), ("earliest", .beginning, nil),
            ("end", .end, nil), ("latest", .end, nil), ("stored", .stored, nil), ("42", .offset(42), nil),
            ("-5", .beforeEnd(5), nil), ("+5", .afterBeginning(5), nil), ("10:20", .offset(10), .offset(20)),
            ("10:", .offset(10), nil), (":20", nil, .offset(20)), (":end", nil, .end), ("0", .offset(0), nil),
            ("@1650060398", .time(now), nil), ("@1650060398000", .time(now), nil),
            ("@2022-04-15T22:06:38Z", .time(now), nil),
            ("@-1h:end", .time(Timestamp(milliseconds: 1_650_056_798_000)), .end),
            ("@2022-04-15T22:06:38Z:end", .time(now), .end),
            ("@-1h:@1650060398", .time(Timestamp(milliseconds: 1_650_056_798_000)), .time(now)),
            // A bare duration behind a time is a time too.
            (
                "@-2h:-1h", .time(Timestamp(milliseconds: 1_650_053_198_000)),
                .time(Timestamp(milliseconds: 1_650_056_798_000))
            ),
            ("s@1650060398000", .time(now), nil), ("e@1650060398000", nil, .time(now)),
        ] as [(String, Bound?, Bound?)])
    func theGrammarIsRead(word: String, start: Bound?, end: Bound?) throws {
        let range = try OffsetRange(word: word, now: Self.now)
        #expect(range.start == start)
        #expect(range.end == end)
    }

    @Test(arguments: [
        "", "lastest", "1x", "@", "@soon", ":", "10:20:30", "-", "+", "s@x", "1.5", "stored-ish", "3:stored", ":stored",
    ])
    func everythingElseIsRefused(word: String) {
        #expect(throws: WordError.self) { try OffsetRange(word: word, now: Self.now) }
    }

    @Test(arguments: ["5:2", "+3:+2", "-2:-5", "@-1h:-2h", "end:beginning", "end:-1"])
    func whatEndsBeforeItBeginsIsRefused(word: String) {
        let error = #expect(throws: WordError.self) { try OffsetRange(word: word, now: Self.now) }
        #expect(error?.message == "'\(word)' ends before it begins")
    }

    @Test func startAndEndMayComeApartButNotTwice() throws {
        let start = try OffsetRange(word: "s@1000", now: Self.now)
        let end = try OffsetRange(word: "e@2000", now: Self.now)
        #expect(try start.joined(with: end).end == .time(Timestamp(milliseconds: 2000)))
        #expect(throws: WordError.self) { try start.joined(with: start) }
    }
}
