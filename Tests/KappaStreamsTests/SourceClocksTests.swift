import KappaCore
import Testing

@testable import KappaStreams

/// What a commit says of the sources' clocks.
@Suite struct SourceClocksTests {
    static func clocks(_ count: Int, seed: UInt64 = 7) -> (SourceClocks, [Int64]) {
        var numbers = SeededNumbers(seed: seed)
        var clocks = SourceClocks(count: count)
        let values = (0..<count).map { _ in Int64.random(in: 1_600_000_000_000..<1_700_000_000_000, using: &numbers) }
        for (source, value) in values.enumerated() {
            clocks.hear(ClockMark(source: Int32(source), clock: value, latestReading: value))
        }
        return (clocks, values)
    }

    struct SeededNumbers: RandomNumberGenerator {
        var state: UInt64
        init(seed: UInt64) { state = seed }
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    @Test(arguments: [1, 40, 41, 300, 10_000])
    func theWordsStaySmallAndKeepTheSlowest(_ count: Int) {
        let (clocks, values) = Self.clocks(count)
        #expect(clocks.words.utf8.count <= 900)
        var restored = SourceClocks(count: count)
        #expect(restored.restore(clocks.words) == values.min())
        #expect(restored.slowest == values.min())
        #expect(restored.fastest == values.max())
        // None is believed to be later than it is, so no window closes before its time.
        for source in 0..<count { #expect(restored.clock(of: source) <= values[source]) }
    }

    @Test func theOthersAreKnownAgainByTheirMarks() {
        let (clocks, values) = Self.clocks(300)
        var restored = SourceClocks(count: 300)
        _ = restored.restore(clocks.words)
        for (source, value) in values.enumerated() {
            restored.hear(ClockMark(source: Int32(source), clock: value, latestReading: value))
        }
        #expect((0..<300).allSatisfy { restored.clock(of: $0) == values[$0] })
    }

    @Test func sourcesThatWereAddedHaveNoClock() {
        for count in [3, 60] {
            let (clocks, values) = Self.clocks(count)
            var more = SourceClocks(count: count + 2)
            #expect(more.restore(clocks.words) == values.min())
            #expect(more.clock(of: count) == PartitionTask.noClock)
            var fewer = SourceClocks(count: count - 1)
            #expect(fewer.restore(clocks.words) == nil)
        }
    }

    @Test(arguments: ["", "x", "1,x", "*", "*0,1,1", "*3,1", "*3,1,2,9:5", "*3,1,2,1", "*-3,1,2", "*99999999999,1,1"])
    func wordsOfSomethingElseAreRefused(_ words: String) {
        var clocks = SourceClocks(count: 50)
        #expect(clocks.restore(words) == nil)
    }
}
