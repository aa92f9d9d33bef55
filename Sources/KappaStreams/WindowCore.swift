import KappaCore

/// The state of a window job, in one value, so that a record costs one access to it.
///
/// Each reading is rejected, late, a duplicate or part of its windows; then the clock, the largest accepted event
/// time, moves, and every window whose end and grace have passed comes out, by end and key.
struct WindowCore: ~Copyable {
    let plan: WindowPlan
    private(set) var counts = JobCounts()
    private(set) var clock = PartitionTask.noClock
    private var intake: ReadingIntake
    private var table = WindowTable()
    private var writer: ResultWriter
    private let keepsExtra: Bool
    private let keepsValues: Bool
    private var closing: [ClosingWindow] = []
    private let clockRule: ClockRule
    /// Of the second half of a job over a keyed topic: the clocks of the sources, in place of the readings' own.
    private var sources: SourceClocks?
    /// Checks where a record lies, when the input is said to be keyed.
    var placement: Placement?

    init(plan: WindowPlan, sources: Int? = nil) {
        self.plan = plan
        self.sources = sources.map(SourceClocks.init(count:))
        clockRule = ClockRule(plan: plan)
        intake = ReadingIntake(plan: plan)
        writer = ResultWriter(plan: plan)
        keepsValues = plan.aggregates.contains { $0.needsValues }
        keepsExtra = keepsValues || plan.aggregates.contains(.first) || plan.dedup != nil
    }

    /// Identities are compared in order, so with them nothing can be done ahead.
    var forerunner: ReadAhead? {
        plan.dedup == nil ? ReadAhead(plan: plan, placement: placement, isMerging: sources != nil) : nil
    }

    /// How many windows are open.
    var openWindows: Int { table.count }

    /// The earliest record that an open window rests on: a rebuild begins there. Nil when none is open.
    var heldBackOffset: Int64? { table.firstOffset }

    /// The clock at which every window now open would be closed; nil when none is open.
    var drainClock: Int64? { table.lastEnd.map { $0 + plan.graceMilliseconds } }

    /// The clock at which the next window closes.
    var nextClose: Int64? { table.firstEnd.map { $0 + plan.graceMilliseconds } }

    mutating func process(_ record: SourceRecord, into emission: inout Emission) {
        counts.records += 1
        if sources != nil, record.key == nil { return hear(record.value, &emission) }
        if let rejection = intake.open(record.value) { return reject(rejection, record, &emission) }
        while intake.next() {
            switch intake.check(timestamp: record.timestamp) {
            case .rejected(let rejection): reject(rejection, record, &emission)
            case .filtered: counts.filtered += 1
            case .reading(let reading):
                if let rejection = misplaced(record) {
                    reject(rejection, record, &emission)
                } else {
                    take(reading, record, &emission)
                }
            }
        }
    }

    @inline(__always)
    private mutating func take(
        _ reading: ReadingIntake.Reading, _ record: SourceRecord, _ emission: inout Emission
    ) {
        guard !clockRule.isLate(reading.time, clock: clock) else { return setAside(reading, record, &emission) }
        takeInTime(atHand(reading, record), &emission)
    }

    /// The intake's reading with its key and carried fields, borrowed until the next one.
    @inline(__always)
    private func atHand(_ reading: ReadingIntake.Reading, _ record: SourceRecord) -> FoundReading {
        FoundReading(
            offset: record.offset, time: reading.time, value: reading.value, route: reading.route,
            key: intake.key.bytes, carried: intake.carried.bytes)
    }

    @inline(__always)
    private mutating func takeInTime(_ reading: FoundReading, _ emission: inout Emission) {
        if accumulate(reading) {
            counts.accepted += 1
        } else {
            counts.duplicates += 1
        }
        if sources == nil, reading.time > clock { advance(to: reading.time, into: &emission) }
    }

    /// Takes a reading that was found ahead. False, and nothing has been done, for one that is late: its record has to
    /// go the whole way.
    mutating func process(_ reading: FoundReading, into emission: inout Emission) -> Bool {
        guard !clockRule.isLate(reading.time, clock: clock) else { return false }
        counts.records += 1
        takeInTime(reading, &emission)
        return true
    }

    /// Adds the reading to each of its windows that is still open; false when it was in all of them already.
    @inline(__always)
    private mutating func accumulate(_ reading: FoundReading) -> Bool {
        let key = reading.key
        let hash = table.hash(key)
        var start = clockRule.lastStart(reading.time)
        var isNew = false
        repeat {
            let end = start + plan.sizeMilliseconds
            guard end > reading.time, end + plan.graceMilliseconds > clock else { break }
            let state = table.window(
                start: start, end: end, key: key, keyHash: hash, route: reading.route, offset: reading.offset)
            if !keepsExtra || note(reading, state) {
                state.pointee.add(time: reading.time, value: reading.value, carried: reading.carried)
                isNew = true
            }
            start -= plan.everyMilliseconds
        } while plan.everyMilliseconds < plan.sizeMilliseconds
        return isNew
    }

    /// Keeps what the common aggregates do not need; false for a reading whose identity the window has seen.
    private func note(_ reading: FoundReading, _ state: UnsafeMutablePointer<WindowState>) -> Bool {
        let extra = state.pointee.extra ?? WindowExtra()
        state.pointee.extra = extra
        if plan.dedup != nil, !extra.identities.insert(intake.identity).inserted { return false }
        extra.add(time: reading.time, value: reading.value, keepsValues: keepsValues)
        return true
    }

    /// Moves the clock, which never goes back, and closes what is due.
    mutating func advance(to time: Int64, into emission: inout Emission) {
        guard time > clock else { return }
        clock = time
        while let end = table.firstEnd, end + plan.graceMilliseconds <= clock { closeFirst(into: &emission) }
    }

    private mutating func closeFirst(into emission: inout Emission) {
        let end = table.takeFirstBucket(into: &closing)
        closing.sort { one, other in
            guard one.prefix == other.prefix else { return one.prefix < other.prefix }
            return KeyText.precedes(table.state(one.index).pointee.key, table.state(other.index).pointee.key)
        }
        for window in closing {
            writer.append(table.state(window.index), end: end, to: &emission)
            table.release(window.index)
        }
        counts.results += closing.count
    }

    // MARK: The log is the state

    /// Takes a record from before the committed position again: what belongs to a window that is still open counts,
    /// everything else has been dealt with. Gives nothing out and moves no clock.
    mutating func rebuild(_ record: SourceRecord) {
        guard intake.open(record.value) == nil else { return }
        while intake.next() {
            guard case .reading(let reading) = intake.check(timestamp: record.timestamp), misplaced(record) == nil
            else { continue }
            _ = accumulate(atHand(reading, record))
        }
    }

    var clockWords: String { sources?.words ?? PartitionTask.word(clock) }

    var leadingClock: Int64 { sources?.fastest ?? clock }

    var latestReading: Int64 { sources?.latestReading ?? clock }

    mutating func restore(clockWords: String) -> Bool {
        guard sources != nil else {
            guard let read = PartitionTask.clock(clockWords) else { return false }
            clock = read
            return true
        }
        // What has closed stays closed, though a source that was added has no clock yet.
        guard let slowest = sources?.restore(clockWords) else { return false }
        clock = slowest
        return true
    }

    /// A mark may let the slowest clock move on.
    private mutating func hear(_ value: UnsafeRawBufferPointer?, _ emission: inout Emission) {
        guard let mark = ClockMark(value) else { return }
        sources?.hear(mark)
        if let slowest = sources?.slowest { advance(to: slowest, into: &emission) }
    }

    #if DEBUG
        func checkInvariants() -> Bool { table.checkInvariants() }
    #endif
}

// MARK: What does not become a result

extension WindowCore {
    private mutating func reject(_ rejection: Rejection, _ record: SourceRecord, _ emission: inout Emission) {
        counts.dead += 1
        emission.append(
            .dead, item: intake.item, timestamp: record.timestamp, notes: Notes.of(rejection, item: intake.itemIndex))
    }

    private mutating func setAside(
        _ reading: ReadingIntake.Reading, _ record: SourceRecord, _ emission: inout Emission
    ) {
        counts.late += 1
        let notes = clockRule.notes(reading.time, clock: clock, item: intake.itemIndex)
        emission.append(.late, item: intake.item, timestamp: record.timestamp, notes: notes)
    }

    private func misplaced(_ record: SourceRecord) -> Rejection? {
        guard let placement else { return nil }
        return writer.misplaced(record, by: intake.key.bytes, placement)
    }
}
