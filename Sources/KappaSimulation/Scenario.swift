/// Something that happens on the simulated site, on top of all that happens there anyway: which sensors it is about,
/// from when to when and by how much is known, so that whoever watches can be judged.
package enum Scenario: String, CaseIterable, Sendable {
    /// Pumps start: water levels and pore pressures fall within ten minutes, and stay.
    case drawdown
    /// The bottom of the excavation comes up: settlement markers rise within ten minutes, extensometers stretch.
    case heave
    /// One sensor in eight wanders off, a little more each minute.
    case sensorDrift = "sensor-drift"
    /// A logger fails: every other sensor sends nothing for twenty minutes.
    case outage
    /// One sensor in eight gives a single reading far out, once a minute.
    case spike
    /// A surge comes in with the tide: the water rises and falls within half an hour, again and again.
    case tide

    /// Before that nothing has happened yet.
    package static let begin: Int64 = 60_000
    private static let ramp: Double = 600_000
    private static let outageLength: Int64 = 1_200_000

    package var help: String {
        switch self {
        case .drawdown: "pumps start, and the water falls within ten minutes"
        case .heave: "the ground comes up within ten minutes"
        case .sensorDrift: "one sensor in eight drifts away from the truth"
        case .outage: "every other sensor sends nothing for twenty minutes"
        case .spike: "one sensor in eight gives an outlier once a minute"
        case .tide: "a surge comes and goes within half an hour"
        }
    }

    /// Whether it is about the sensor that is so many-th of its kind.
    func concerns(_ instrument: Instrument, place: Int) -> Bool {
        switch self {
        case .drawdown, .tide: instrument == .piezometer || instrument == .waterStandpipe
        case .heave: instrument == .settlementMarker || instrument == .extensometer
        case .sensorDrift, .spike: place % 8 == 0
        case .outage: place % 2 == 0
        }
    }

    /// What is added to a value, so many milliseconds after the first reading of all.
    func change(_ instrument: Instrument, place: Int, after elapsed: Int64) -> Double {
        guard elapsed >= Scenario.begin, concerns(instrument, place: place) else { return 0 }
        let since = Double(elapsed - Scenario.begin)
        return switch self {
        case .drawdown, .heave: fullChange(instrument, place: place) * Wave.smooth(since / Scenario.ramp)
        case .sensorDrift: fullChange(instrument, place: place) * since / 60_000
        case .outage: 0
        case .spike: fullChange(instrument, place: place)
        case .tide: fullChange(instrument, place: place) * Wave.sine(since / 1_800_000)
        }
    }

    /// Whether the sensor says nothing at that time.
    func silences(_ instrument: Instrument, place: Int, after elapsed: Int64) -> Bool {
        self == .outage && concerns(instrument, place: place)
            && (Scenario.begin..<(Scenario.begin + Scenario.outageLength)).contains(elapsed)
    }

    /// The whole of the change; a minute's of a drift, the height of a tide.
    func fullChange(_ instrument: Instrument, place: Int) -> Double {
        // The farther from the pumps or the middle of the pit, the less.
        let near = 1 - 0.08 * Double(place % 10)
        switch (self, instrument) {
        case (.drawdown, .piezometer): return -60 * near
        case (.drawdown, .waterStandpipe): return -3 * near
        case (.heave, .settlementMarker): return 28 * near
        case (.heave, .extensometer): return 15 * near
        case (.tide, .piezometer): return 40 * near
        case (.tide, .waterStandpipe): return 2.5 * near
        case (.sensorDrift, .piezometer): return 2.5
        case (.sensorDrift, .waterStandpipe): return 0.2
        case (.sensorDrift, _): return 0.8
        case (.spike, .piezometer): return 90
        case (.spike, .waterStandpipe): return 6
        case (.spike, _): return 25
        default: return 0
        }
    }
}

/// What a scenario does to one sensor, in figures that a test can hold others to.
package struct ScenarioTruth: Sendable {
    package var borehole: String
    package var instrument: Instrument
    /// In milliseconds after the first reading.
    package var from: Int64
    /// Nil for what does not end.
    package var to: Int64?
    /// Each minute, of a drift.
    package var change: Double

    init(_ scenario: Scenario, _ sensor: Sensor, place: Int) {
        (borehole, instrument) = ("BH-\(sensor.borehole)", sensor.instrument)
        from = Scenario.begin
        to = scenario == .outage ? Scenario.begin + 1_200_000 : nil
        change = scenario.fullChange(sensor.instrument, place: place)
    }
}
