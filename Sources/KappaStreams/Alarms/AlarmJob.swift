import KappaCore

/// The alarms of one input partition: a pure function of its records, in offset order, of the recorded ticks and of the
/// register. A reading that is too late for the grace is set aside, as a window job does it.
package final class AlarmJob: PartitionTask {
    private let plan: WindowPlan
    private var tally = JobCounts()
    private var now = PartitionTask.noClock
    private var intake: ReadingIntake
    private var book: AlarmBook
    private let writer: AlarmWriter
    private var sources: SourceClocks?
    private let placer: ResultWriter

    /// Checks where a record lies, when the input is said to be keyed.
    package var placement: Placement?

    /// - Parameter sources: how many partitions the keyed topic is fed from; nil for a job that reads its input.
    package init(plan: WindowPlan, sources: Int? = nil) {
        self.plan = plan
        self.sources = sources.map(SourceClocks.init(count:))
        intake = ReadingIntake(plan: plan)
        book = AlarmBook(register: plan.register, graceMilliseconds: plan.graceMilliseconds)
        writer = AlarmWriter(plan: plan)
        placer = ResultWriter(plan: plan)
        super.init()
    }

    override package var counts: JobCounts { tally }
    override package var clock: Int64 { now }
    override package var clockWords: String { sources?.words ?? PartitionTask.word(now) }
    override package var heldBackOffset: Int64? { book.heldBackOffset }
    override package var nextClose: Int64? { book.nextDue }
    override package var leadingClock: Int64 { sources?.fastest ?? now }
    override package var latestReading: Int64 { sources?.latestReading ?? now }
    package var raised: Int { book.raised }

    override package func process(_ record: SourceRecord, into emission: inout Emission) {
        tally.records += 1
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

    private func take(_ reading: ReadingIntake.Reading, _ record: SourceRecord, _ emission: inout Emission) {
        if let rejection = misplaced(record) { return reject(rejection, record, &emission) }
        guard !isLate(reading.time) else { return setAside(record, &emission) }
        tally.accepted += 1
        book.take(
            AlarmBook.Reading(time: reading.time, value: reading.value, offset: record.offset), of: intake.key.bytes)
        tell(&emission)
        if sources == nil, reading.time > now { advance(to: reading.time, into: &emission) }
    }

    private func isLate(_ time: Int64) -> Bool {
        now != PartitionTask.noClock && time < now - plan.graceMilliseconds
    }

    override package func rebuild(_ record: SourceRecord) {
        guard intake.open(record.value) == nil else { return }
        while intake.next() {
            guard case .reading(let reading) = intake.check(timestamp: record.timestamp), misplaced(record) == nil
            else { continue }
            book.rebuild(
                AlarmBook.Reading(time: reading.time, value: reading.value, offset: record.offset),
                of: intake.key.bytes)
        }
    }

    override package func advance(to time: Int64, into emission: inout Emission) {
        guard time > now else { return }
        now = time
        guard let due = book.nextDue, due <= time else { return }
        book.advance(to: time)
        tell(&emission)
    }

    override package func restore(clockWords: String) -> Bool {
        guard sources != nil else {
            guard let read = PartitionTask.clock(clockWords) else { return false }
            now = read
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

    private func setAside(_ record: SourceRecord, _ emission: inout Emission) {
        tally.late += 1
        var notes = [
            Emitted.Note("kappa.reason", "late"),
            Emitted.Note("kappa.clock", Timestamp(milliseconds: now).rfc3339),
        ]
        if let item = intake.itemIndex { notes.append(Emitted.Note("kappa.item", "\(item)")) }
        emission.append(.late, item: intake.item, timestamp: record.timestamp, notes: notes)
    }
}
