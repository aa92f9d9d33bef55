import KappaCore

/// The windows of one input partition: a pure function of the records, in offset order, and of the recorded ticks.
///
/// Each reading is rejected, late, a duplicate or part of its windows; then the clock, the largest accepted event
/// time, moves, and every window whose end and grace have passed comes out, by end and key. The job never reads a wall
/// clock, knows no topic, and does no I/O.
package final class WindowJob {
    package let plan: WindowPlan
    private var intake: ReadingIntake
    private var table = WindowTable()
    private let writer: ResultWriter
    private let keepsExtra: Bool
    private let keepsValues: Bool
    private var closing: [UInt32] = []
    package private(set) var counts = JobCounts()
    /// The largest accepted event time, or what a tick said; `noClock` before the first reading.
    package private(set) var clock = WindowJob.noClock
    /// Checks where a record lies, when the input is said to be keyed.
    package var placement: Placement?

    package static let noClock = Int64.min

    package init(plan: WindowPlan) {
        self.plan = plan
        intake = ReadingIntake(plan: plan)
        writer = ResultWriter(plan: plan)
        keepsValues = plan.aggregates.contains { $0.needsValues }
        keepsExtra = keepsValues || plan.aggregates.contains(.first) || plan.dedup != nil
    }

    /// How many windows are open.
    package var openWindows: Int { table.count }

    /// The earliest record that an open window rests on: a rebuild begins there. Nil when none is open.
    package var heldBackOffset: Int64? { table.firstOffset }

    /// The clock at which every window now open would be closed; nil when none is open.
    package var drainClock: Int64? { table.lastEnd.map { $0 + plan.graceMilliseconds } }

    /// The clock at which the next window closes.
    package var nextClose: Int64? { table.firstEnd.map { $0 + plan.graceMilliseconds } }

    package func process(_ record: SourceRecord, into emission: inout Emission) {
        counts.records += 1
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
    private func take(
        _ reading: ReadingIntake.Reading, _ record: SourceRecord, _ emission: inout Emission
    ) {
        let last = lastStart(reading.time)
        guard last + plan.sizeMilliseconds + plan.graceMilliseconds > clock else {
            return setAside(reading, record, lastStart: last, &emission)
        }
        if accumulate(reading, lastStart: last, offset: record.offset) {
            counts.accepted += 1
        } else {
            counts.duplicates += 1
        }
        if reading.time > clock { advance(to: reading.time, into: &emission) }
    }

    /// The start of the last window that holds the time; for windows that do not overlap, of the only one.
    @inline(__always)
    private func lastStart(_ time: Int64) -> Int64 {
        time.flooredQuotientAndRemainder(dividingBy: plan.everyMilliseconds).quotient * plan.everyMilliseconds
    }

    /// Adds the reading to each of its windows that is still open; false when it was in all of them already.
    @inline(__always)
    private func accumulate(_ reading: ReadingIntake.Reading, lastStart: Int64, offset: Int64) -> Bool {
        let key = intake.key.bytes
        let hash = table.hash(key)
        var start = lastStart
        var isNew = false
        repeat {
            let end = start + plan.sizeMilliseconds
            guard end > reading.time, end + plan.graceMilliseconds > clock else { break }
            let state = table.window(
                start: start, end: end, key: key, keyHash: hash, route: reading.route, offset: offset)
            if !keepsExtra || note(reading, state) {
                state.pointee.add(time: reading.time, value: reading.value, carried: intake.carried.bytes)
                isNew = true
            }
            start -= plan.everyMilliseconds
        } while plan.everyMilliseconds < plan.sizeMilliseconds
        return isNew
    }

    /// Keeps what the common aggregates do not need; false for a reading whose identity the window has seen.
    private func note(_ reading: ReadingIntake.Reading, _ state: UnsafeMutablePointer<WindowState>) -> Bool {
        let extra = state.pointee.extra ?? WindowExtra()
        state.pointee.extra = extra
        if plan.dedup != nil, !extra.identities.insert(intake.identity).inserted { return false }
        extra.add(time: reading.time, value: reading.value, keepsValues: keepsValues)
        return true
    }

    /// Moves the clock, which never goes back, and closes what is due.
    package func advance(to time: Int64, into emission: inout Emission) {
        guard time > clock else { return }
        clock = time
        while let end = table.firstEnd, end + plan.graceMilliseconds <= clock { closeFirst(into: &emission) }
    }

    private func closeFirst(into emission: inout Emission) {
        let end = table.takeFirstBucket(into: &closing)
        if closing.count > 1 {
            closing.sort { KeyText.precedes(table.state($0).pointee.key, table.state($1).pointee.key) }
        }
        for index in closing {
            writer.append(table.state(index), end: end, to: &emission)
            table.release(index)
        }
        counts.results += closing.count
    }
}

// MARK: What does not become a result

extension WindowJob {
    private func reject(_ rejection: Rejection, _ record: SourceRecord, _ emission: inout Emission) {
        counts.dead += 1
        emission.append(
            .dead, item: intake.item, timestamp: record.timestamp, notes: Notes.of(rejection, item: intake.itemIndex))
    }

    private func setAside(
        _ reading: ReadingIntake.Reading, _ record: SourceRecord, lastStart: Int64, _ emission: inout Emission
    ) {
        counts.late += 1
        let window = Window(
            start: Timestamp(milliseconds: lastStart), end: Timestamp(milliseconds: lastStart + plan.sizeMilliseconds))
        emission.append(
            .late, item: intake.item, timestamp: record.timestamp,
            notes: Notes.late(window, clock: Timestamp(milliseconds: clock), item: intake.itemIndex))
    }

    private func misplaced(_ record: SourceRecord) -> Rejection? {
        guard let placement else { return nil }
        var expected = ByteWriter()
        writer.appendRecordKey(intake.key.bytes, to: &expected)
        return placement.fault(of: record.key, expected: expected.bytes)
    }
}

// MARK: The log is the state

extension WindowJob {
    /// Begins at a committed clock; the open windows then come back by `rebuild`.
    package func restore(clock: Int64) {
        precondition(table.count == 0, "a job is restored before it has seen a record")
        self.clock = clock
    }

    /// Takes a record from before the committed position again: what belongs to a window that is still open counts,
    /// everything else has been dealt with. Gives nothing out and moves no clock.
    package func rebuild(_ record: SourceRecord) {
        guard intake.open(record.value) == nil else { return }
        while intake.next() {
            guard case .reading(let reading) = intake.check(timestamp: record.timestamp), misplaced(record) == nil
            else { continue }
            _ = accumulate(reading, lastStart: lastStart(reading.time), offset: record.offset)
        }
    }

    #if DEBUG
        package func checkInvariants() -> Bool { table.checkInvariants() }
    #endif
}
