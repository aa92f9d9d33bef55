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

    package init(settings: SimulationSettings) {
        self.settings = settings
        weather = Weather(seed: settings.seed)
        sensors = Site(settings: settings).sensors
        random = SeededGenerator(seed: settings.seed &+ 1)
        faults = FaultDice(settings: settings)
    }

    package var instruments: [Instrument] { settings.instruments }

    /// How many sensors one round asks.
    package var sensorCount: Int { sensors.count }

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
            let isCopy = appendFaulty(index, at: time, to: buffer)
            if instrument == nil, !isCopy { addUnits(of: sensors[index].instrument, to: buffer) }
            remember(buffer, from: start)
        }
        buffer.append("]}\n")
    }

    /// A whole-site snapshot has no unit of its own, its items have; a broken item stays broken.
    private func addUnits(of instrument: Instrument, to buffer: LineBuffer) {
        guard buffer.bytes.last == UInt8(ascii: "}") else { return }
        buffer.shorten(to: buffer.count - 1)
        buffer.append(",\"units\":\"\(instrument.units)\"}")
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
        guard settings.shape == .site else { return false }
        guard sensors[index].silentUntil <= time.milliseconds else { return true }
        guard random.next() < UInt64.max / 4000 else { return false }
        sensors[index].silentUntil = time.milliseconds + Int64(random.integer(in: 30_000...600_000))
        return true
    }

    /// Returns whether it is the one before, byte for byte.
    @discardableResult
    private func appendFaulty(_ index: Int, at time: Timestamp, to buffer: LineBuffer) -> Bool {
        let jitter = settings.jitterMilliseconds
        let back = jitter > 0 ? Int64(random.integer(in: 0...Int(jitter))) : 0
        let time = Timestamp(milliseconds: time.milliseconds - back)
        switch faults.roll(&random) {
        case .duplicate where !previous.isEmpty:
            previous.withUnsafeBytes { buffer.append($0) }
            return true
        case .none, .duplicate:
            append(index, at: time, to: buffer)
        case .late(let age):
            append(index, at: Timestamp(milliseconds: time.milliseconds - age), to: buffer)
        case .future(let lead):
            append(index, at: Timestamp(milliseconds: time.milliseconds + lead), to: buffer)
        case .bad(let damage):
            damage.append(sensors[index], hundredths: hundredths(index, at: time), time: time, to: buffer)
        }
        return false
    }

    private func append(_ index: Int, at time: Timestamp, to buffer: LineBuffer) {
        let value = hundredths(index, at: time)
        sensors[index].prefix.withUnsafeBytes { buffer.append($0) }
        buffer.append(hundredths: value)
        buffer.append(",\"timestamp\":\"")
        buffer.append(atMost: 32) { clock.write(time, to: $0) }
        buffer.append("\"}")
    }
}

// MARK: Values

extension ReadingGenerator {
    private func hundredths(_ index: Int, at time: Timestamp) -> Int {
        let range = sensors[index].instrument.range
        guard settings.shape == .site else { return Int((random.value(in: range) * 100).rounded()) }
        if time.milliseconds >= conditionsUntil || time.milliseconds < conditionsUntil - 2000 {
            conditions = weather.conditions(at: time)
            conditionsUntil = time.milliseconds + 1000
        }
        let value = sensors[index].value(in: conditions) + noise(index)
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
