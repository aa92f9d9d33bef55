import KappaCore
import Testing

@testable import KappaJobs

/// The test turns the clock.
@Suite struct PacedQueueTests {
    static func record(_ time: Int64?) -> PacedQueue.Held {
        PacedQueue.Held(
            offset: time ?? -1, key: nil, value: nil, headers: [],
            timestamp: time.map { Timestamp(milliseconds: $0) })
    }

    @Test func recordsOfAllLanesComeInTheOrderOfTheirTimes() {
        var queue = PacedQueue(factor: 2, lanes: 2)
        for time: Int64 in [1000, 3000] { queue.append(Self.record(time), to: 0) }
        queue.append(Self.record(2000), to: 1)
        // The first is due at once; a second of theirs is half a second here.
        #expect(queue.next(at: .seconds(10))?.record.offset == 1000)
        #expect(queue.next(at: .milliseconds(10_499)) == nil)
        #expect(queue.wait(at: .milliseconds(10_400)) == .milliseconds(100))
        #expect(queue.next(at: .milliseconds(10_500))?.lane == 1)
        #expect(queue.next(at: .milliseconds(10_999)) == nil)
        #expect(queue.next(at: .milliseconds(11_000))?.record.offset == 3000)
        #expect(queue.isEmpty)
    }

    @Test func theClockStartsOnceEveryLaneIsHeardOf() {
        var queue = PacedQueue(factor: 1, lanes: 2)
        queue.append(Self.record(5000), to: 0)
        #expect(queue.next(at: .seconds(1)) == nil)
        queue.append(Self.record(4000), to: 1)
        #expect(queue.next(at: .seconds(2))?.record.offset == 4000)
        #expect(queue.next(at: .milliseconds(2999)) == nil)
        #expect(queue.next(at: .seconds(3))?.record.offset == 5000)
    }

    @Test func aClosedLaneIsNotWaitedForAndATimeThatGoesBackIsDueAtOnce() {
        var queue = PacedQueue(factor: 1, lanes: 2)
        queue.close(1)
        for time: Int64? in [2000, 1000, nil] { queue.append(Self.record(time), to: 0) }
        #expect(queue.next(at: .seconds(1))?.record.offset == 2000)
        #expect(queue.next(at: .seconds(1))?.record.offset == 1000)
        #expect(queue.next(at: .seconds(1))?.record.offset == -1)
    }
}
