import KappaCore

/// Does ahead of its turn, on a thread that has time for it, what can be done for a record without knowing of any
/// other: reads and checks it. What depends on the order (lateness, windows, the clock) is left to the job, and so is
/// every record that is not one good reading.
///
/// Unchecked: one thread uses it at a time.
package final class ReadAhead: @unchecked Sendable {
    private var intake: ReadingIntake
    private let placement: Placement?
    private let writer: ResultWriter
    private let isMerging: Bool

    init(plan: WindowPlan, placement: Placement?, isMerging: Bool) {
        intake = ReadingIntake(plan: plan)
        writer = ResultWriter(plan: plan)
        self.placement = placement
        self.isMerging = isMerging
    }

    /// Notes what it finds in a record. The record lies at `place` of memory that can be read for some way behind it.
    package func read(_ record: SourceRecord, at place: Int, into found: FoundReadings) {
        guard let reading = reading(record) else { return found.add(offset: record.offset, place: place) }
        found.add(offset: record.offset, place: place, reading, key: intake.key.bytes, carried: intake.carried.bytes)
    }

    private func reading(_ record: SourceRecord) -> ReadingIntake.Reading? {
        // Without a key it is a mark of another source's clock.
        if isMerging, record.key == nil { return nil }
        guard let value = record.value, intake.open(inPlace: value) == nil, !intake.isSnapshot, intake.next(),
            case .reading(let reading) = intake.check(timestamp: record.timestamp)
        else { return nil }
        guard let placement else { return reading }
        return writer.misplaced(record, by: intake.key.bytes, placement) == nil ? reading : nil
    }
}
