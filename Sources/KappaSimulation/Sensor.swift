/// One instrument in one borehole: who it is, and how it answers to the site's conditions.
struct Sensor: Sendable {
    let instrument: Instrument
    let borehole: Int
    let surfaceLevelHundredths: Int
    let northing: Int
    let easting: Int
    let gains: Gains
    /// Everything of its JSON up to the reading's value: the same bytes each time.
    let prefix: [UInt8]
    /// What stands between the value and the time.
    let middle: [UInt8]

    /// Noise that remembers: instruments wander, they do not jump.
    var wander = 0.0
    /// Silent before this time, in milliseconds.
    var silentUntil = Int64.min

    struct Gains: Sendable {
        var base = 0.0
        var season = 0.0
        var tideSine = 0.0
        var tideCosine = 0.0
        var rain = 0.0
        var temperature = 0.0
        var excavation = 0.0
        var noise = 0.0
    }

    init(instrument: Instrument, borehole: Int, random: inout SeededGenerator) {
        self.instrument = instrument
        self.borehole = borehole
        surfaceLevelHundredths = random.integer(in: 7500...12000)
        northing = random.integer(in: 5_810_000...5_816_000)
        easting = random.integer(in: 316_045...325_000)
        gains = Gains(instrument: instrument, random: &random)
        prefix = Array(
            """
            {"borehole_number":"BH-\(borehole)","instrument":"\(instrument.name)",\
            "surface_level":\(Sensor.decimal(hundredths: surfaceLevelHundredths)),\
            "northing":\(northing),"easting":\(easting),"reading":
            """.utf8)
        middle = Array(",\"units\":\"\(instrument.unit)\",\"timestamp\":\"".utf8)
    }

    static func decimal(hundredths: Int) -> String {
        String(unsafeUninitializedCapacity: 24) {
            LineBuffer.write(hundredths: hundredths, to: UnsafeMutableRawBufferPointer($0))
        }
    }

    /// The value before noise and faults.
    @inline(__always)
    func value(in conditions: Weather.Conditions) -> Double {
        let water =
            gains.season * conditions.season + gains.tideSine * conditions.tideSine
            + gains.tideCosine * conditions.tideCosine + gains.rain * conditions.rain
        let ground = gains.temperature * (conditions.temperature - 14.5) + gains.excavation * conditions.excavation
        return gains.base + water + ground
    }
}

extension Sensor.Gains {
    init(instrument: Instrument, random: inout SeededGenerator) {
        switch instrument {
        case .waterStandpipe:
            self.init(base: random.value(in: -6.5 ... -2.5), season: random.value(in: 0.5...1.2), noise: 0.01)
            rain = random.value(in: 0.2...0.9)
            excavation = random.value(in: -1.5 ... -0.1)
        case .piezometer:
            self.init(base: random.value(in: 65...150), season: random.value(in: 4...12), noise: 0.15)
            rain = random.value(in: 2...8)
            excavation = random.value(in: -25 ... -2)
        case .settlementMarker:
            self.init(season: random.value(in: 0.1...0.8), noise: 0.08)
            excavation = random.value(in: -24 ... -4)
        case .extensometer:
            self.init(base: random.value(in: -2...2), temperature: random.value(in: 0.02...0.1), noise: 0.05)
            excavation = random.value(in: 3...18)
        case .strainGauge:
            self.init(base: random.value(in: -3...3), temperature: random.value(in: 0.25...0.9), noise: 0.06)
            excavation = random.value(in: -6...6)
        }
        addTide(instrument, random: &random)
    }

    /// The tide reaches water only, later and weaker the farther the borehole is from the shore.
    private mutating func addTide(_ instrument: Instrument, random: inout SeededGenerator) {
        let strength: Double
        switch instrument {
        case .waterStandpipe: strength = random.value(in: 0.05...0.5)
        case .piezometer: strength = random.value(in: 0.5...5)
        default: return
        }
        let delay = random.value(in: 0...0.2)
        tideSine = strength * Wave.sine(delay + 0.25)
        tideCosine = -strength * Wave.sine(delay)
    }
}
