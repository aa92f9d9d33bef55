import KappaCore

/// What a simulated site is like, and what goes wrong with its readings.
package struct SimulationSettings: Sendable {
    package enum Shape: String, CaseIterable, Sendable {
        /// Season, tide, rain, excavation, temperature, drop-outs and spikes.
        case site
        /// Evenly spread over each instrument's range.
        case uniform
    }

    package var seed: UInt64
    /// Boreholes of each kind; nil for 50 to 149, as the seed has it.
    package var boreholes: Int?
    package var instruments = Instrument.allCases
    package var shape = Shape.site
    /// A reading's time lies up to this far before its turn, so readings come out of order.
    package var jitterMilliseconds: Int64 = 0
    package var late = 0.0
    package var future = 0.0
    package var duplicates = 0.0
    package var bad = 0.0
    package var scenario: Scenario?

    /// Late readings are 2 to 20 minutes old: later than any sensible grace.
    package static let lateMilliseconds: ClosedRange<Int> = 120_000...1_200_000
    /// Future readings lie 30 to 40 years ahead: beyond the clock of the broker too, when history is simulated.
    package static let futureMilliseconds: ClosedRange<Int> = 946_080_000_000...1_261_440_000_000

    package init(seed: UInt64) {
        self.seed = seed
    }

    /// What is wrong with the settings, nil when nothing is.
    package var problem: String? {
        if instruments.isEmpty { return "there is no instrument to simulate" }
        if let boreholes, boreholes < 1 { return "there must be at least one borehole of each kind" }
        if let boreholes, boreholes * instruments.count > 9999 {
            return "\(boreholes) boreholes of each of \(instruments.count) kinds are more than BH-1 to BH-9999"
        }
        guard late + future + duplicates + bad <= 1 else {
            return "the shares of late, future, duplicate and bad readings add up to more than 100%"
        }
        return nil
    }
}
