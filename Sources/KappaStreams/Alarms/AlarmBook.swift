import KappaCore

/// The alarms of one input partition: told of readings in offset order and of the clock, it answers with what happened.
///
/// What it remembers of a sensor rests on the last event of each of its alarms, which the alarm topic holds, and on
/// records not older than the hold time, the period of the rate, the time until overdue, or a minute.
struct AlarmBook: ~Copyable {
    /// A reading in engineering units.
    struct Reading {
        var time: Int64
        var value: Double
        var offset: Int64
    }

    struct Happened {
        var sensor: Int
        var side: AlarmSide
        var event: AlarmEvent
        var state: AlarmState
        /// What was measured: the value, or the rate. Nil where no reading did it.
        var value: Double?
        var time: Int64
        /// The severity before.
        var before: Int
    }

    private struct Sensor {
        static let never = Int64.min

        var lastTime = Sensor.never
        var lastOffset: Int64 = -1
        /// One bit for each side that has a track.
        var tracked: UInt8 = 0
        /// Where its points for the rate of change lie; below zero for none.
        var ratePlace: Int32 = -1
        /// When the heap has the clock look at it next; later entries of the heap are void.
        var scheduled = Int64.max
    }

    private var lookup: RegisterLookup
    private var sensors = ChunkedList<Sensor>()
    private var tracks: [Int: AlarmTrack] = [:]
    private var rates = ChunkedList<RatePoints>()
    private var due = DueHeap()
    private let grace: Int64
    private var lastOffset: Int64 = -1
    private(set) var happened: [Happened] = []

    init(register: Register, graceMilliseconds: Int64) {
        lookup = RegisterLookup(register)
        grace = graceMilliseconds
    }

    var raised: Int { tracks.values.count { $0.state.severity > 0 } }

    func key(of sensor: Int) -> UnsafeRawBufferPointer { lookup.key(of: sensor) }

    func rules(of sensor: Int, at time: Int64) -> SensorRules { lookup.rules(of: sensor, at: time).rules }

    mutating func forgetHappened() { happened.removeAll(keepingCapacity: true) }

    private mutating func sensor(_ key: UnsafeRawBufferPointer) -> Int {
        let index = lookup.sensor(key)
        if index == sensors.count { sensors.append(Sensor()) }
        return index
    }

    mutating func take(_ reading: Reading, of key: UnsafeRawBufferPointer) {
        let index = sensor(key)
        lastOffset = reading.offset
        miss(index, until: reading)
        come(back: index, reading)
        measure(reading, index, isNew: true)
    }

    /// Takes a reading whose events were told before a restart.
    mutating func rebuild(_ reading: Reading, of key: UnsafeRawBufferPointer) {
        let index = sensor(key)
        lastOffset = max(lastOffset, reading.offset)
        measure(reading, index, isNew: false)
    }

    private mutating func measure(_ reading: Reading, _ index: Int, isNew: Bool) {
        let span = lookup.rules(of: index, at: reading.time)
        var measure = AlarmTrack.Measure(
            size: reading.value, value: reading.value, time: reading.time, offset: reading.offset)
        step(.above, measure, span.rules.above, sign: 1, span, index, isNew: isNew)
        measure.size = -reading.value
        step(.below, measure, span.rules.below, sign: -1, span, index, isNew: isNew)
        measureRate(reading, span, index, isNew: isNew)
        see(reading, index, span)
    }

    private mutating func measureRate(_ reading: Reading, _ span: RuleSpan, _ index: Int, isNew: Bool) {
        guard !span.rules.rate.isEmpty || sensors[index].tracked & AlarmSide.rate.bit != 0 else { return }
        let per = max(span.rules.ratePerMilliseconds, 1)
        if sensors[index].ratePlace < 0 {
            sensors[index].ratePlace = Int32(rates.count)
            rates.append(RatePoints())
        }
        let taken = rates[Int(sensors[index].ratePlace)].take(
            reading.value, time: reading.time, offset: reading.offset, per: per)
        guard let taken, isNew else { return }
        let measure = AlarmTrack.Measure(
            size: taken.rate, value: taken.rate, time: reading.time, offset: reading.offset,
            isRate: true, mayEase: taken.mayEase)
        step(.rate, measure, span.rules.rate, sign: 1, span, index, isNew: true)
    }

    @inline(__always)
    private mutating func step(
        _ side: AlarmSide, _ measure: AlarmTrack.Measure, _ levels: [SensorRules.Level], sign: Double,
        _ span: RuleSpan, _ index: Int, isNew: Bool
    ) {
        guard sensors[index].tracked & side.bit != 0 || exceeds(measure, levels, sign) else { return }
        var track = tracks[AlarmBook.place(index, side)] ?? AlarmTrack()
        guard isNew else {
            track.rebuild(measure, levels, sign: sign)
            return keep(track, index, side)
        }
        let before = track.state.severity
        let event = track.take(measure, levels, sign: sign, rules: span.rules)
        keep(track, index, side)
        guard let event else { return }
        happened.append(
            Happened(
                sensor: index, side: side, event: event, state: track.state, value: measure.value,
                time: measure.time, before: before))
    }

    /// Takes what an alarm's last event left of it.
    mutating func restore(_ state: AlarmState, _ side: AlarmSide, of key: UnsafeRawBufferPointer) {
        let index = sensor(key)
        var track = AlarmTrack()
        track.state = state
        keep(track, index, side)
    }

    private mutating func keep(_ track: AlarmTrack, _ sensor: Int, _ side: AlarmSide) {
        let place = AlarmBook.place(sensor, side)
        if track.isIdle {
            tracks[place] = nil
            sensors[sensor].tracked &= ~side.bit
        } else {
            tracks[place] = track
            sensors[sensor].tracked |= side.bit
            if let untold = track.untoldPeak { schedule(sensor, untold.time + AlarmTrack.longestUntold + grace) }
        }
    }

    private static func place(_ sensor: Int, _ side: AlarmSide) -> Int { sensor << 2 | side.index }

    private func exceeds(_ measure: AlarmTrack.Measure, _ levels: [SensorRules.Level], _ sign: Double) -> Bool {
        guard let least = levels.first else { return false }
        return measure.size >= sign * least.limit
    }
}

// MARK: Time without readings

extension AlarmBook {
    private mutating func see(_ reading: Reading, _ index: Int, _ span: RuleSpan) {
        guard reading.time >= sensors[index].lastTime else { return }
        sensors[index].lastTime = reading.time
        sensors[index].lastOffset = reading.offset
        if let after = span.rules.overdueAfterMilliseconds { schedule(index, reading.time + after + grace) }
    }

    /// A reading that comes after a silence that was too long tells of it, whether or not a clock has told before: so
    /// what is told of a sensor does not depend on when others moved the clock.
    private mutating func miss(_ index: Int, until reading: Reading) {
        let last = sensors[index].lastTime
        guard last != Sensor.never, sensors[index].tracked & AlarmSide.overdue.bit == 0, reading.time > last,
            let after = lookup.rules(of: index, at: last).rules.overdueAfterMilliseconds, reading.time - last >= after
        else { return }
        becomeOverdue(index, since: last + after)
    }

    private mutating func becomeOverdue(_ sensor: Int, since time: Int64) {
        var track = AlarmTrack()
        track.state.severity = 1
        track.state.since = time
        track.state.offset = sensors[sensor].lastOffset
        keep(track, sensor, .overdue)
        happened.append(
            Happened(
                sensor: sensor, side: .overdue, event: .overdue, state: track.state, value: nil, time: time, before: 0))
    }

    private mutating func come(back index: Int, _ reading: Reading) {
        guard sensors[index].tracked & AlarmSide.overdue.bit != 0,
            var state = tracks[AlarmBook.place(index, .overdue)]?.state, reading.time >= state.since
        else { return }
        state.severity = 0
        state.offset = reading.offset
        keep(AlarmTrack(), index, .overdue)
        happened.append(
            Happened(
                sensor: index, side: .overdue, event: .back, state: state, value: reading.value, time: reading.time,
                before: 1))
    }

    private mutating func schedule(_ index: Int, _ time: Int64) {
        guard time < sensors[index].scheduled else { return }
        sensors[index].scheduled = time
        due.insert(DueHeap.Entry(time: time, sensor: index))
    }

    /// When the clock has next to be told; it may turn out that nothing is due then.
    var nextDue: Int64? { due.first }

    /// Moves the clock: sensors that have been silent for too long become overdue, and peaks are told of.
    mutating func advance(to clock: Int64) {
        var reached: [Int] = []
        while let first = due.first, first <= clock, let entry = due.takeFirst() {
            guard sensors[entry.sensor].scheduled == entry.time else { continue }
            sensors[entry.sensor].scheduled = .max
            reached.append(entry.sensor)
        }
        guard !reached.isEmpty else { return }
        let start = happened.count
        for sensor in reached { look(at: sensor, clock) }
        sortHappened(from: start)
    }

    private mutating func look(at sensor: Int, _ clock: Int64) {
        for side in AlarmSide.leveled { tellUntoldPeak(sensor, side, clock) }
        let last = sensors[sensor].lastTime
        guard last != Sensor.never, sensors[sensor].tracked & AlarmSide.overdue.bit == 0,
            let after = lookup.rules(of: sensor, at: last).rules.overdueAfterMilliseconds
        else { return }
        guard last + after + grace <= clock else { return schedule(sensor, last + after + grace) }
        becomeOverdue(sensor, since: last + after)
    }

    private mutating func tellUntoldPeak(_ sensor: Int, _ side: AlarmSide, _ clock: Int64) {
        guard sensors[sensor].tracked & side.bit != 0, var track = tracks[AlarmBook.place(sensor, side)],
            let untold = track.untoldPeak
        else { return }
        let time = untold.time + AlarmTrack.longestUntold + grace
        guard time <= clock else { return schedule(sensor, time) }
        track.tellPeak(at: lastOffset)
        keep(track, sensor, side)
        happened.append(
            Happened(
                sensor: sensor, side: side, event: .peak, state: track.state, value: track.state.peak,
                time: track.state.peakTime, before: track.state.severity))
    }

    /// What one step of the clock brought about is told by time and key, whatever the order of the heap was.
    private mutating func sortHappened(from start: Int) {
        let sorted = happened[start...].sorted { left, right in
            guard left.time == right.time else { return left.time < right.time }
            guard left.sensor != right.sensor else { return left.side.index < right.side.index }
            return KeyText.precedes(lookup.key(of: left.sensor), lookup.key(of: right.sensor))
        }
        happened.replaceSubrange(start..., with: sorted)
    }

    /// The earliest record that anything remembered rests on and no event has told of.
    var heldBackOffset: Int64? {
        var earliest: Int64?
        func note(_ offset: Int64?) {
            guard let offset else { return }
            earliest = min(earliest ?? offset, offset)
        }
        for track in tracks.values { note(track.restsOn) }
        for index in 0..<rates.count { note(rates[index].restsOn) }
        for index in 0..<sensors.count {
            let sensor = sensors[index]
            guard sensor.lastTime != Sensor.never, sensor.tracked & AlarmSide.overdue.bit == 0 else { continue }
            let rules = lookup.rules(of: index, at: sensor.lastTime).rules
            if rules.overdueAfterMilliseconds != nil { note(sensor.lastOffset) }
        }
        return earliest
    }
}
