import KappaCore
import Testing

@testable import KappaSimulation

@Suite struct WeatherTests {
    let weather = Weather(seed: 3)

    func year(_ part: (Weather.Conditions) -> Double) -> [Double] {
        // Every three hours from 1 January 2022.
        stride(from: Int64(1_640_995_200_000), to: 1_672_531_200_000, by: 10_800_000).map {
            part(weather.conditions(at: Timestamp(milliseconds: $0)))
        }
    }

    @Test func sineIsASineWithinATenthOfAPercent() {
        // sin 30°, 45°, 90°, 150°, 270°, and one turn on.
        for (turns, sine) in [(1.0 / 12, 0.5), (0.125, 0.70710678), (0.25, 1), (5.0 / 12, 0.5), (0.75, -1), (1.25, 1)] {
            #expect(abs(Wave.sine(turns) - sine) < 0.0012)
        }
    }

    @Test func theTideTurnsTwiceALunarDay() {
        let start: Int64 = 1_650_000_000_000
        let tide: [Double] = stride(from: start, to: start + 86_400_000, by: 60_000).map {
            weather.conditions(at: Timestamp(milliseconds: $0)).tideSine
        }
        let isRising = zip(tide, tide.dropFirst()).map { $0 < $1 }
        let turns = zip(isRising, isRising.dropFirst()).filter { $0 != $1 }
        #expect((3...4).contains(turns.count))
    }

    @Test func rainComesInEventsAndDrains() {
        let rain = year(\.rain)
        #expect(rain.allSatisfy { $0 >= 0 && $0 < 8 })
        #expect(rain.max()! > 1)
        #expect(rain.filter { $0 < 0.2 }.count > rain.count / 8)
        let rises = zip(rain, rain.dropFirst()).filter { $0 < $1 }.count
        #expect(rises * 2 < rain.count, "it rises fast and drains slowly")
    }

    @Test func temperatureStaysInMelbourne() {
        let temperature = year(\.temperature)
        #expect(temperature.min()! > -5 && temperature.max()! < 35)
        #expect(temperature.max()! - temperature.min()! > 15)
    }

    @Test func excavationGoesDownAndComesBack() {
        let excavation = year(\.excavation)
        #expect(excavation.allSatisfy { (-0.001...1.001).contains($0) })
        #expect(excavation.max()! > 0.95 && excavation.min()! < 0.05)
        let jumps = zip(excavation, excavation.dropFirst()).map { abs($0 - $1) }
        #expect(jumps.max()! < 0.02, "the ground does not jump")
    }
}
