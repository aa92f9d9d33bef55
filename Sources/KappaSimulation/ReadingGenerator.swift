package import KappaCore

/// Readings of a simulated site, one after another, as bytes.
///
/// The sensors take turns in a fixed order. The same settings and the same times give the same bytes, always.
package final class ReadingGenerator {
    let settings: SimulationSettings
    private let weather: Weather
    private var sensors: [Sensor]
    private var random: SeededGenerator
    private var faults: FaultDice
    private var turn = 0
    private var conditions = Weather.Conditions()
    private var conditionsUntil = Int64.min
    private var clock = ClockText()
    private var previous: [UInt8] = []
    /// The time of the first reading of all, and how many of its kind come before each sensor.
    private var origin: Int64?
    private let places: [Int]
    /// The minute of each sensor's last spike.
    private var spiked: [Int: Int64] = [:]

    package init(settings: SimulationSettings) {
        self.settings = settings
        weather = Weather(seed: settings.seed)
        let sensors = Site(settings: settings).sensors
        self.sensors = sensors
        var counts: [Instrument: Int] = [:]
        places = sensors.map { sensor in
            defer { counts[sensor.instrument, default: 0] += 1 }
            return counts[sensor.instrument, default: 0]
        }
        random = SeededGenerator(seed: settings.seed &+ 1)
        faults = FaultDice(settings: settings)
    }

    package var instruments: [Instrument] { settings.instruments }

    /// How many sensors one round asks.
    package var sensorCount: Int { sensors.count }

    /// What the scenario does to which sensors.
    package var truth: [ScenarioTruth] {
        guard let scenario = settings.scenario else { return [] }
        return sensors.indices.filter { scenario.concerns(sensors[$0].instrument, place: places[$0]) }
            .map { ScenarioTruth(scenario, sensors[$0], place: places[$0]) }
    }

    /// Appends the reading of the next sensor at `time`, with its line end. A silent sensor's turn passes to the next.
    package func appendReading(at time: Timestamp, to buffer: LineBuffer) {
        let sensor = nextSensor(at: time)
        let start = buffer.count
        appendFaulty(sensor, at: time, to: buffer)
        remember(buffer, from: start)
        buffer.append("\n")
    }

    /// Appends one snapshot of all sensors of a kind as a line; with no kind, of the whole site.
    package func appendSnapshot(of instrument: Instrument?, at time: Timestamp, to buffer: LineBuffer) {
        let chosen = sensors.indices.filter {
            (instrument == nil || sensors[$0].instrument == instrument) && !passes($0, at: time)
        }
        let units = instrument.map { "\"units\":\"\($0.units)\"," } ?? ""
        buffer.append("{\"instruments\":\(chosen.count),\(units)\"timezone\":\"UTC\",\"items\":[")
        for (position, index) in chosen.enumerated() {
            if position > 0 { buffer.append(",") }
            let start = buffer.count
            appendFaulty(index, at: time, to: buffer)
            remember(buffer, from: start)
        }
        buffer.append("]}\n")
    }

    /// Keeps what was said last, for a duplicate of it.
    @inline(__always)
    private func remember(_ buffer: LineBuffer, from start: Int) {
        guard settings.duplicates > 0 else { return }
        previous.removeAll(keepingCapacity: true)
        previous.append(contentsOf: buffer.bytes[start...])
    }
}

// MARK: One reading

extension ReadingGenerator {
    private func nextSensor(at time: Timestamp) -> Int {
        for _ in 0..<sensors.count {
            let index = turn
            turn = turn + 1 == sensors.count ? 0 : turn + 1
            if !passes(index, at: time) { return index }
        }
        return turn
    }

    /// Whether the sensor is in a drop-out; one reading in 4,000 starts one, of half a minute to ten.
    @inline(__always)
    private func passes(_ index: Int, at time: Timestamp) -> Bool {
        if settings.scenario != nil, isSilenced(index, at: time) { return true }
        guard settings.shape == .site else { return false }
        guard sensors[index].silentUntil <= time.milliseconds else { return true }
        guard random.next() < UInt64.max / 4000 else { return false }
        sensors[index].silentUntil = time.milliseconds + Int64(random.integer(in: 30_000...600_000))
        return true
    }

    private func isSilenced(_ index: Int, at time: Timestamp) -> Bool {
        settings.scenario?.silences(sensors[index].instrument, place: places[index], after: elapsed(time)) ?? false
    }

    private func elapsed(_ time: Timestamp) -> Int64 {
        let first = origin ?? time.milliseconds
        origin = first
        return time.milliseconds - first
    }

    /// What the scenario adds; a reading far out is one of its sensor's, which speaks once in three seconds or less.
    private func change(_ index: Int, at time: Timestamp) -> Double {
        guard let scenario = settings.scenario else { return 0 }
        let elapsed = elapsed(time)
        guard scenario == .spike else {
            return scenario.change(sensors[index].instrument, place: places[index], after: elapsed)
        }
        let minute = (elapsed - Scenario.begin) / 60_000
        guard elapsed >= Scenario.begin, minute > spiked[index] ?? -1 else { return 0 }
        spiked[index] = minute
        return scenario.change(sensors[index].instrument, place: places[index], after: elapsed)
    }

    private func appendFaulty(_ index: Int, at time: Timestamp, to buffer: LineBuffer) {
        let jitter = settings.jitterMilliseconds
        let back = jitter > 0 ? Int64(random.integer(in: 0...Int(jitter))) : 0
        let time = Timestamp(milliseconds: time.milliseconds - back)
        switch faults.roll(&random) {
        case .duplicate where !previous.isEmpty:
            previous.withUnsafeBytes { buffer.append($0) }
        case .none, .duplicate:
            append(index, at: time, to: buffer)
        case .late(let age):
            append(index, at: Timestamp(milliseconds: time.milliseconds - age), to: buffer)
        case .future(let lead):
            append(index, at: Timestamp(milliseconds: time.milliseconds + lead), to: buffer)
        case .bad(let damage):
            damage.append(sensors[index], hundredths: hundredths(index, at: time), time: time, to: buffer)
        }
    }

    private func append(_ index: Int, at time: Timestamp, to buffer: LineBuffer) {
        let value = hundredths(index, at: time)
        sensors[index].prefix.withUnsafeBytes { buffer.append($0) }
        buffer.append(hundredths: value)
        sensors[index].middle.withUnsafeBytes { buffer.append($0) }
        buffer.append(atMost: 32) { clock.write(time, to: $0) }
        buffer.append("\"}")
    }
}

// MARK: Values

extension ReadingGenerator {
    private func hundredths(_ index: Int, at time: Timestamp) -> Int {
        let range = sensors[index].instrument.range
        let change = change(index, at: time)
        guard settings.shape == .site else {
            let value = random.value(in: range) + change
            return Int((min(max(value, range.lowerBound), range.upperBound) * 100).rounded())
        }
        if time.milliseconds >= conditionsUntil || time.milliseconds < conditionsUntil - 2000 {
            conditions = weather.conditions(at: time)
            conditionsUntil = time.milliseconds + 1000
        }
        let value = sensors[index].value(in: conditions) + noise(index) + change
        return Int((min(max(value, range.lowerBound), range.upperBound) * 100).rounded())
    }

    /// A wander that forgets slowly, a little white noise, and one spike in 5,000 readings.
    @inline(__always)
    private func noise(_ index: Int) -> Double {
        let draw = random.next()
        let first = Double(draw & 0xFFFF) * 0x1p-15 - 1
        let second = Double((draw >> 16) & 0xFFFF) * 0x1p-15 - 1
        let scale = sensors[index].gains.noise
        let wander = 0.97 * sensors[index].wander + scale * first
        sensors[index].wander = wander
        let usual = wander + scale * second
        guard (draw >> 32) % 5000 == 0 else { return usual }
        return usual + scale * (draw & 1 == 0 ? 120 : -120)
    }
}
