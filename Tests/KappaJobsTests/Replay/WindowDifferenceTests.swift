import KappaCore
import Testing

@testable import KappaJobs

@Suite struct WindowDifferenceTests {
    static func result(_ topic: String, _ key: String, _ start: Int64, _ number: Double, size: Int64 = 10)
        -> WindowResult
    {
        WindowResult(
            topic: topic, key: key, start: start, end: start + size, number: number, digest: number.bitPattern,
            place: start)
    }

    @Test func eachWindowIsCountedOnce() {
        let old = [Self.result("a", "1", 0, 5), Self.result("a", "2", 0, 6), Self.result("a", "1", 10, 7)]
        let new = [Self.result("a", "2", 0, 6), Self.result("a", "3", 0, 1), Self.result("a", "1", 10, 4)]
        let difference = WindowDifference(old: old, new: new, samples: 0)
        let count = difference.counts["a"]
        #expect(count?.same == 1 && count?.changed == 1 && count?.added == 1 && count?.missing == 1)
        #expect(count?.largestChange == 3)
        #expect(difference.places["a"]?.sorted() == [0, 10])
        #expect(!difference.isEqual)
    }

    @Test func windowsOfAnotherLengthAreOtherWindows() {
        let old = [Self.result("a", "1", 0, 5)]
        let difference = WindowDifference(old: old, new: [Self.result("a", "1", 0, 5, size: 20)], samples: 3)
        #expect(difference.counts["a"]?.missing == 1 && difference.counts["a"]?.added == 1)
    }

    @Test func theLargestChangeComesFirst() {
        let change: [Double] = [0, -8, 2]
        var (old, new): ([WindowResult], [WindowResult]) = ([], [])
        for index in 0..<9 {
            let start = Int64(index) * 10
            let topic = index < 6 ? "a" : "b"
            old.append(Self.result(topic, "k", start, 0))
            new.append(Self.result(topic, "k", start, index < 6 ? 1 : change[index - 6]))
        }
        let difference = WindowDifference(old: old, new: new, samples: 2)
        #expect(difference.ordered.map(\.topic) == ["b", "a"])
        let samples: [WindowDifference.Sample] = difference.counts["b"]?.samples ?? []
        #expect(samples.map(\.weight) == [8, 2])
        #expect(difference.counts["a"]?.samples.count == 2)
    }

    @Test func nothingAgainstNothingIsEqual() {
        #expect(WindowDifference(old: [], new: [], samples: 1).isEqual)
    }
}
