import KappaCore
import Testing

@testable import KappaSimulation

@Suite struct SimulationPaceTests {
    static let now = Timestamp(milliseconds: 1_700_000_000_000)
    static let then = Timestamp(milliseconds: 1_600_000_000_000)

    static func pace(
        rate: Double? = nil, count: Int64? = nil, duration: Duration? = nil, start: Timestamp? = nil,
        isSeeded: Bool = false
    ) -> SimulationPace {
        SimulationPace(
            rate: rate.map { Rate(perSecond: $0) }, count: count, duration: duration, start: start, isSeeded: isSeeded,
            usual: 6, now: now)
    }

    @Test func nothingSaidIsLiveAndEndless() {
        let pace = Self.pace()
        #expect(pace.isLive && pace.count == nil && pace.start == Self.now)
        #expect(pace.due(at: Self.now) == 1)
        #expect(pace.due(at: Timestamp(milliseconds: Self.now.milliseconds + 59)) == 10)
    }

    @Test func aRateSpacesTheLines() {
        let pace = Self.pace(rate: 4)
        #expect((0..<5).map { pace.time(ofLine: $0).milliseconds - Self.now.milliseconds } == [0, 250, 500, 750, 1000])
    }

    @Test func aStartIsNotWaitedFor() {
        let pace = Self.pace(rate: 1, duration: .seconds(86_400), start: Self.then)
        #expect(!pace.isLive && pace.count == 86_400)
        #expect(pace.due(at: Self.now) == 86_400)
        #expect(pace.time(ofLine: 86_399).milliseconds == Self.then.milliseconds + 86_399_000)
    }

    @Test func aBareCountEndsNow() {
        let pace = Self.pace(count: 1000)
        #expect(!pace.isLive)
        #expect(pace.time(ofLine: 1000) == Self.now)
    }

    @Test func aCountWithARateIsLive() {
        let pace = Self.pace(rate: 1000, count: 10)
        #expect(pace.isLive)
        #expect(pace.due(at: Timestamp(milliseconds: Self.now.milliseconds + 60_000)) == 10)
    }

    @Test func aDurationAloneIsLiveForThatLong() {
        let pace = Self.pace(duration: .seconds(3))
        #expect(pace.isLive && pace.count == 500)
    }

    @Test func aSeedWithAnEndRepeatsItsTimes() {
        for pace in [Self.pace(count: 5, isSeeded: true), Self.pace(duration: .seconds(1), isSeeded: true)] {
            #expect(pace.start == Timestamp(rfc3339: "2022-04-15T00:00:00Z") && !pace.isLive)
        }
        #expect(Self.pace(isSeeded: true).isLive)
    }

    @Test func theShorterOfCountAndDurationEndsIt() {
        #expect(Self.pace(rate: 10, count: 50, duration: .seconds(1)).count == 10)
        #expect(Self.pace(rate: 10, count: 5, duration: .seconds(1)).count == 5)
    }
}
