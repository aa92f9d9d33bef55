package import KappaCore

/// The alarms of one input partition: a pure function of its records, in offset order, of the recorded ticks and of the
/// register. A reading that is too late for the grace is set aside, as a window job does it.
package final class AlarmJob: PartitionTask {
    private var tally = JobCounts()
    private var now = PartitionTask.noClock
    private var intake: ReadingIntake
    private var book: AlarmBook
    private let writer: AlarmWriter
    private var sources: SourceClocks?
    private let placer: ResultWriter
    private let clockRule: ClockRule
    private var trail = ClockTrail()
    /// The clock of what is being read again, and the ticks that moved it then.
    private var clockAgain = PartitionTask.noClock
    private var ticksAgain: ArraySlice<(offset: Int64, clock: Int64)> = []

    /// Checks where a record lies, when the input is said to be keyed.
    package var placement: Placement?

    /// - Parameters:
    ///   - place: the partition whose records it is given.
    ///   - sources: how many partitions the keyed topic is fed from; nil for a job that reads its input.
    package init(plan: WindowPlan, place: TopicPartition, sources: Int? = nil) {
        self.sources = sources.map(SourceClocks.init(count:))
        intake = ReadingIntake(plan: plan)
        book = AlarmBook(register: plan.register, graceMilliseconds: plan.graceMilliseconds)
        writer = AlarmWriter(plan: plan, source: place)
        clockRule = ClockRule(plan: plan)
        placer = ResultWriter(plan: plan)
        super.init()
    }

    override package var counts: JobCounts { tally }
    override package var clock: Int64 { now }
    /// With the clock at the held-back offset behind it.
    override package var clockWords: String {
        if let sources { return sources.words }
        return "\(PartitionTask.word(now))/\(PartitionTask.word(heldBack?.clock ?? now))"
    }
    override package var heldBackOffset: Int64? { heldBack?.offset }

    private var heldBack: (offset: Int64, clock: Int64)? {
        guard let needed = book.heldBackOffset else { return nil }
        // Nothing is late where readings come by key, so there the clock does not matter.
        return sources == nil ? trail.place(before: needed) ?? (needed, now) : (needed, now)
    }
    override package var nextClose: Int64? { book.nextDue }
    override package var leadingClock: Int64 { sources?.fastest ?? now }
    override package var latestReading: Int64 { sources?.latestReading ?? now }
    package var raised: Int { book.raised }

    override package func process(_ record: SourceRecord, into emission: inout Emission) {
        tally.records += 1
        if sources == nil { note(record) }
        if sources != nil, record.key == nil { return hear(record.value, &emission) }
        if let rejection = intake.open(record.value) { return reject(rejection, record, &emission) }
        while intake.next() {
            switch intake.check(timestamp: record.timestamp) {
            case .rejected(let rejection): reject(rejection, record, &emission)
            case .filtered: tally.filtered += 1
            case .reading(let reading): take(reading, record, &emission)
            }
        }
    }

    @inline(__always)
    private func note(_ record: SourceRecord) {
        trail.note(record.offset, clock: now)
        if trail.isLong { trail.forget(before: book.heldBackOffset) }
    }

    private func take(_ reading: ReadingIntake.Reading, _ record: SourceRecord, _ emission: inout Emission) {
        if let rejection = misplaced(record) { return reject(rejection, record, &emission) }
        if sources == nil, clockRule.isLate(reading.time, clock: now) { return setAside(reading, record, &emission) }
        tally.accepted += 1
        book.take(
            AlarmBook.Reading(time: reading.time, value: reading.value, offset: record.offset), of: intake.key.bytes)
        tell(&emission)
        if sources == nil, reading.time > now { advance(to: reading.time, into: &emission) }
    }

    override package func rebuild(_ record: SourceRecord) {
        if sources == nil { goOnAgain(to: record.offset) }
        guard intake.open(record.value) == nil else { return }
        while intake.next() {
            guard case .reading(let reading) = intake.check(timestamp: record.timestamp), misplaced(record) == nil
            else { continue }
            if sources == nil {
                guard !clockRule.isLate(reading.time, clock: clockAgain) else { continue }
                clockAgain = max(clockAgain, reading.time)
            }
            book.rebuild(
                AlarmBook.Reading(time: reading.time, value: reading.value, offset: record.offset),
                of: intake.key.bytes)
        }
    }

    private func goOnAgain(to offset: Int64) {
        while let tick = ticksAgain.first, tick.offset <= offset {
            ticksAgain.removeFirst()
            clockAgain = max(clockAgain, tick.clock)
        }
        trail.note(offset, clock: clockAgain)
    }

    /// The ticks that lie in what will be read again, in order.
    package func expect(_ ticks: [(offset: Int64, clock: Int64)]) { ticksAgain = ticks[...] }

    override package func advance(to time: Int64, into emission: inout Emission) {
        guard time > now else { return }
        now = time
        guard let due = book.nextDue, due <= time else { return }
        book.advance(to: time)
        tell(&emission)
    }

    override package func restore(clockWords: String) -> Bool {
        guard sources != nil else {
            let words = clockWords.split(separator: "/")
            guard words.count == 2, let read = PartitionTask.clock(words[0]),
                let again = PartitionTask.clock(words[1])
            else { return false }
            (now, clockAgain) = (read, again)
            return true
        }
        guard let slowest = sources?.restore(clockWords) else { return false }
        now = slowest
        return true
    }

    /// Takes the last event that was written of an alarm, before anything is processed or rebuilt.
    package func restore(_ reader: inout AlarmReader, _ value: UnsafeRawBufferPointer) -> Bool {
        guard reader.read(value) else { return false }
        book.restore(reader.state, reader.side, of: reader.key.bytes)
        return true
    }

    private func hear(_ value: UnsafeRawBufferPointer?, _ emission: inout Emission) {
        guard let mark = ClockMark(value) else { return }
        sources?.hear(mark)
        if let slowest = sources?.slowest { advance(to: slowest, into: &emission) }
    }

    private func tell(_ emission: inout Emission) {
        guard !book.happened.isEmpty else { return }
        for happened in book.happened {
            tally.results += 1
            writer.append(
                happened, key: book.key(of: happened.sensor),
                rules: book.rules(of: happened.sensor, at: happened.time), to: &emission)
        }
        book.forgetHappened()
    }

    private func misplaced(_ record: SourceRecord) -> Rejection? {
        guard let placement else { return nil }
        return placer.misplaced(record, by: intake.key.bytes, placement)
    }

    private func reject(_ rejection: Rejection, _ record: SourceRecord, _ emission: inout Emission) {
        tally.dead += 1
        emission.append(
            .dead, item: intake.item, timestamp: record.timestamp, notes: Notes.of(rejection, item: intake.itemIndex))
    }

    private func setAside(
        _ reading: ReadingIntake.Reading, _ record: SourceRecord, _ emission: inout Emission
    ) {
        tally.late += 1
        let notes = clockRule.notes(reading.time, clock: now, item: intake.itemIndex)
        emission.append(.late, item: intake.item, timestamp: record.timestamp, notes: notes)
    }
}
