import KappaCore

/// The first half of a window job whose input is not keyed: checks, decides what is late by this partition's own
/// clock, and sends each reading on to the partition of its key.
///
/// Lateness is decided here because only here the order of the source is known. The second half hears the clock of
/// every source by marks and closes a window when all of them have passed it, so nothing is late there.
package final class KeyingTask: PartitionTask {
    private let plan: WindowPlan
    private let clockRule: ClockRule
    private var intake: ReadingIntake
    private let writer: ResultWriter
    private var tally = JobCounts()
    private var reached = PartitionTask.noClock
    private var markedClock = PartitionTask.noClock
    private var readingClock = PartitionTask.noClock
    /// A mark follows every reading, so that each partition of the keyed topic has something new to reach its end by.
    private var hasSentSinceMark = false

    package init(plan: WindowPlan) {
        self.plan = plan
        clockRule = ClockRule(plan: plan)
        intake = ReadingIntake(plan: plan)
        writer = ResultWriter(plan: plan)
        super.init()
    }

    override package var counts: JobCounts { tally }
    override package var clock: Int64 { reached }

    override package func process(_ record: SourceRecord, into emission: inout Emission) {
        tally.records += 1
        if let rejection = intake.open(record.value) { return reject(rejection, record, &emission) }
        while intake.next() {
            switch intake.check(timestamp: record.timestamp) {
            case .rejected(let rejection): reject(rejection, record, &emission)
            case .filtered: tally.filtered += 1
            case .reading(let reading): take(reading, record, &emission)
            }
        }
    }

    private func take(_ reading: ReadingIntake.Reading, _ record: SourceRecord, _ emission: inout Emission) {
        guard !clockRule.isLate(reading.time, clock: clock) else {
            tally.late += 1
            let notes = clockRule.notes(reading.time, clock: clock, item: intake.itemIndex)
            return emission.append(.late, item: intake.item, timestamp: record.timestamp, notes: notes)
        }
        tally.accepted += 1
        hasSentSinceMark = true
        let start = emission.bytes.count
        writer.appendRecordKey(intake.key.bytes, to: &emission.bytes)
        let middle = emission.bytes.count
        intake.writeAlone(to: &emission.bytes)
        emission.records.append(
            Emitted(
                target: .keyed, route: 0, key: start..<middle, value: middle..<emission.bytes.count,
                isWholeRecord: false, timestamp: record.timestamp, notes: []))
        if reading.time > reached { reached = reading.time }
        if reading.time > readingClock { readingClock = reading.time }
    }

    private func reject(_ rejection: Rejection, _ record: SourceRecord, _ emission: inout Emission) {
        tally.dead += 1
        emission.append(
            .dead, item: intake.item, timestamp: record.timestamp, notes: Notes.of(rejection, item: intake.itemIndex))
    }

    override package func advance(to time: Int64, into emission: inout Emission) {
        if time > reached { reached = time }
    }

    override package func restore(clockWords: String) -> Bool {
        guard let read = PartitionTask.clock(clockWords) else { return false }
        reached = read
        markedClock = read
        readingClock = read
        return true
    }

    override package func mark(source: Int32, into emission: inout Emission) {
        guard clock > markedClock || hasSentSinceMark else { return }
        markedClock = clock
        hasSentSinceMark = false
        ClockMark(source: source, clock: clock, latestReading: readingClock).append(to: &emission)
    }

    /// With more sources, what a commit says of their clocks is not all, and marks have to be sent again.
    package static let sourcesToldOneByOne = SourceClocks.mostWritten

    /// The next mark is sent whether or not anything is new in it.
    package func forgetMark() { if clock != PartitionTask.noClock { markedClock = PartitionTask.noClock } }

    /// The clock at which every window of readings up to a time is closed.
    package func closing(_ time: Int64) -> Int64 {
        time == PartitionTask.noClock || plan.quiet != nil ? time : clockRule.closing(time)
    }

    /// The clock at which all has been said that readings up to a time, and the silence after them, give rise to.
    package func settling(_ time: Int64) -> Int64 {
        guard let quiet = plan.quiet, time != PartitionTask.noClock else { return closing(time) }
        return time + quiet.longest + plan.graceMilliseconds
    }

    override package var latestReading: Int64 { readingClock }

    /// Whether a window may close somewhere when this clock moves so.
    package func matters(movingTo target: Int64) -> Bool {
        guard target > clock else { return false }
        guard clock != PartitionTask.noClock else { return true }
        if let quiet = plan.quiet { return target - clock >= quiet.step }
        let span = clockRule.size + clockRule.grace
        return clockRule.lastStart(target - span) > clockRule.lastStart(clock - span)
    }
}

/// When a window counts as closed.
struct ClockRule {
    let size: Int64
    let every: Int64
    let grace: Int64

    init(plan: WindowPlan) {
        size = plan.sizeMilliseconds
        every = plan.everyMilliseconds
        grace = plan.graceMilliseconds
    }

    /// The start of the last window that holds the time; for windows that do not overlap, of the only one.
    @inline(__always)
    func lastStart(_ time: Int64) -> Int64 {
        time.flooredQuotientAndRemainder(dividingBy: every).quotient * every
    }

    /// The clock at which the last window of the time closes.
    @inline(__always)
    func closing(_ time: Int64) -> Int64 { lastStart(time) + size + grace }

    @inline(__always)
    func isLate(_ time: Int64, clock: Int64) -> Bool { closing(time) <= clock }

    func notes(_ time: Int64, clock: Int64, item: Int?) -> [Emitted.Note] {
        let start = lastStart(time)
        let window = Window(
            start: Timestamp(milliseconds: start), end: Timestamp(milliseconds: start + size))
        return Notes.late(window, clock: Timestamp(milliseconds: clock), item: item)
    }
}
