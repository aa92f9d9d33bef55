/// One alarm while there is anything to be remembered of it: that it is raised, or may soon be.
///
/// A pure machine: it is told a value and answers what has happened. It emits nothing and knows no clock.
struct AlarmTrack: Equatable {
    /// When, and by which record, a value began to lie beyond a level that is not raised yet.
    struct Pending: Equatable {
        var severity: Int
        var time: Int64
        var offset: Int64
    }

    /// A peak that no event has told of: when, and by which record, the first one of them came.
    struct Untold: Equatable {
        var time: Int64
        var offset: Int64
    }

    var state = AlarmState()
    var pending: [Pending] = []
    var untoldPeak: Untold?

    /// A peak is told of when it is this old at the latest, so that what a restart reads again stays short.
    static let longestUntold: Int64 = 60_000

    var isIdle: Bool { state.severity == 0 && pending.isEmpty }

    /// The earliest record that this rests on and that no event has told of.
    var restsOn: Int64? { (pending.map(\.offset) + (untoldPeak.map { [$0.offset] } ?? [])).min() }

    /// A measure of a reading: the value itself, or its distance below zero on the lower side, so that more is worse.
    struct Measure {
        var size: Double
        var value: Double
        var time: Int64
        var offset: Int64
        /// A rate is taken over a stretch of time already: it is neither held nor followed between its events.
        var isRate = false
        /// Whether this reading may also ease or clear the alarm.
        var mayEase = true
    }

    /// Takes a reading; what has happened, if anything has.
    mutating func take(
        _ measure: Measure, _ levels: [SensorRules.Level], sign: Double, rules: borrowing SensorRules
    ) -> AlarmEvent? {
        let before = state.severity
        if let raised = follow(measure, levels, sign: sign, hold: measure.isRate ? 0 : rules.holdMilliseconds) {
            tell(raised, of: measure, sign: sign)
            return before == 0 ? .raised : .escalated
        }
        if before > 0, measure.mayEase {
            let standing = standing(measure.size, levels, sign: sign, hysteresis: rules.hysteresis)
            if standing < before {
                pending.removeAll()
                state.severity = standing
                state.offset = measure.offset
                untoldPeak = nil
                return standing == 0 ? .cleared : .eased
            }
        }
        guard !measure.isRate else { return nil }
        notePeak(measure, sign: sign)
        guard let untold = untoldPeak, measure.time - untold.time >= AlarmTrack.longestUntold else { return nil }
        tellPeak(at: measure.offset)
        return .peak
    }

    /// Takes a reading whose events were told before a restart: brings back what rests on it.
    mutating func rebuild(_ measure: Measure, _ levels: [SensorRules.Level], sign: Double) {
        follow(measure, levels, sign: sign)
        if measure.offset > state.offset { notePeak(measure, sign: sign) }
    }

    mutating func tellPeak(at offset: Int64) {
        untoldPeak = nil
        state.offset = offset
    }

    private mutating func tell(_ severity: Int, of measure: Measure, sign: Double) {
        if state.severity == 0 {
            state.since = measure.time
            (state.peak, state.peakTime) = (measure.value, measure.time)
        } else {
            notePeak(measure, sign: sign)
        }
        state.severity = severity
        state.offset = measure.offset
        untoldPeak = nil
        pending.removeAll { $0.severity <= severity }
    }

    /// Follows the levels above the raised one; the greatest of them that has been exceeded for long enough.
    private mutating func follow(
        _ measure: Measure, _ levels: [SensorRules.Level], sign: Double, hold: Int64
    ) -> Int? {
        follow(measure, levels, sign: sign)
        return pending.last { measure.time - $0.time >= hold }?.severity
    }

    private mutating func follow(_ measure: Measure, _ levels: [SensorRules.Level], sign: Double) {
        let severity = state.severity
        pending.removeAll { mark in
            !levels.contains { $0.severity == mark.severity && measure.size >= sign * $0.limit }
        }
        for level in levels where level.severity > severity && measure.size >= sign * level.limit {
            guard !pending.contains(where: { $0.severity == level.severity }) else { continue }
            pending.append(Pending(severity: level.severity, time: measure.time, offset: measure.offset))
        }
        pending.sort { $0.severity < $1.severity }
    }

    /// The greatest level, up to the raised one, that the value has not left by more than the hysteresis.
    private func standing(
        _ size: Double, _ levels: [SensorRules.Level], sign: Double, hysteresis: Double
    ) -> Int {
        levels.last { $0.severity <= state.severity && size >= sign * $0.limit - hysteresis }?.severity ?? 0
    }

    private mutating func notePeak(_ measure: Measure, sign: Double) {
        guard state.severity > 0, sign * measure.value > sign * state.peak else { return }
        (state.peak, state.peakTime) = (measure.value, measure.time)
        if untoldPeak == nil { untoldPeak = Untold(time: measure.time, offset: measure.offset) }
    }
}
