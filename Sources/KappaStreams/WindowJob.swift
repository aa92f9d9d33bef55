import KappaCore

/// The windows of one input partition: a pure function of the records, in offset order, and of the recorded ticks. It
/// never reads a wall clock, knows no topic, and does no I/O.
package final class WindowJob: PartitionTask {
    private var core: WindowCore

    /// - Parameter sources: how many partitions the keyed topic is fed from; nil for a job that reads its input.
    package init(plan: WindowPlan, sources: Int? = nil) {
        core = WindowCore(plan: plan, sources: sources)
        super.init()
    }

    /// Checks where a record lies, when the input is said to be keyed.
    package var placement: Placement? {
        get { core.placement }
        set { core.placement = newValue }
    }

    override package func process(_ record: SourceRecord, into emission: inout Emission) {
        core.process(record, into: &emission)
    }

    override package var forerunner: ReadAhead? { core.forerunner }

    override package func process(_ reading: FoundReading, into emission: inout Emission) -> Bool {
        core.process(reading, into: &emission)
    }

    override package func rebuild(_ record: SourceRecord) { core.rebuild(record) }

    override package func advance(to time: Int64, into emission: inout Emission) {
        core.advance(to: time, into: &emission)
    }

    override package func restore(clockWords: String) -> Bool { core.restore(clockWords: clockWords) }

    override package var counts: JobCounts { core.counts }
    override package var clock: Int64 { core.clock }
    override package var clockWords: String { core.clockWords }
    override package var openWindows: Int { core.openWindows }
    override package var heldBackOffset: Int64? { core.heldBackOffset }
    override package var nextClose: Int64? { core.nextClose }
    override package var drainClock: Int64? { core.drainClock }
    override package var leadingClock: Int64 { core.leadingClock }
    override package var latestReading: Int64 { core.latestReading }

    #if DEBUG
        package func checkInvariants() -> Bool { core.checkInvariants() }
    #endif
}
