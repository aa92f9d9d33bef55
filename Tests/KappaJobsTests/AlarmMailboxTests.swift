import KappaJobs
import Testing

/// When somebody is told, by a clock that the test turns.
@Suite struct AlarmMailboxTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func mailbox(remind: Duration? = nil, reminded: Duration? = nil) -> AlarmMailbox {
        var pace = AlarmMailbox.Pace()
        (pace.group, pace.rest, pace.remind) = (.seconds(5), .seconds(60), remind)
        return AlarmMailbox(pace, now: start, reminded: reminded)
    }

    @Test func whatComesWithinAMomentGoesTogetherAndTheNextOneWaits() {
        var box = mailbox()
        #expect(box.step(at: at(0)) == .wait)
        box.came(at: at(1))
        box.came(at: at(5))
        #expect(box.step(at: at(5.9)) == .wait)
        #expect(box.step(at: at(6)) == .tell)
        box.told(at: at(6), something: true)
        box.came(at: at(7))
        #expect(box.step(at: at(65)) == .wait)
        #expect(box.step(at: at(66)) == .tell)
    }

    @Test func whatCannotBeToldIsTriedLaterEachTimeAndNothingOvertakesIt() {
        var box = mailbox()
        box.came(at: at(0))
        var now = 5.0
        var pauses: [Double] = []
        for _ in 0..<12 {
            box.failed(at: at(now))
            box.came(at: at(now))
            var pause = 0.0
            while box.step(at: at(now + pause)) != .retry { pause += 1 }
            pauses.append(pause)
            now += pause
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
        #expect(box.isFailing)
        box.told(at: at(now), something: true)
        #expect(!box.isFailing)
    }

    @Test func whatStandsIsToldAtOnceToSomebodyNewAndThenOnceADay() {
        var box = mailbox(remind: .seconds(86_400))
        #expect(box.step(at: at(0)) == .remind)
        box.reminded(at: at(0))
        #expect(box.step(at: at(86_399)) == .wait)
        #expect(box.step(at: at(86_400)) == .remind)
        let later = mailbox(remind: .seconds(86_400), reminded: .seconds(86_000))
        #expect(later.step(at: at(399)) == .wait)
        #expect(later.step(at: at(400)) == .remind)
        #expect(mailbox().step(at: at(1e9)) == .wait)
    }
}
