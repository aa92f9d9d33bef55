import KappaLog

/// Which log is compacted when: one at a time, the one with the most that is new first, as soon as a segment is closed
/// that makes it worth the reading.
extension BrokerCore {
    /// For what becomes due by time alone.
    func scheduleCompaction() {
        after(settings.compactionMilliseconds) { [unowned self] _ in
            compactNext()
            scheduleCompaction()
        }
    }

    /// Partitions that were just synced: a segment that was closed meanwhile may be compacted from now on.
    func compactWhatClosed(_ partitions: [Partition]) {
        var closed = false
        for partition in partitions where partition.hasClosedSegment {
            partition.noteSegments()
            closed = true
        }
        if closed { compactNext() }
    }

    func compactNext() {
        guard compacting == nil, failure == nil else { return }
        var most: (partition: Partition, need: Double)?
        for partition in topics.partitions {
            guard let need = partition.log.compactionNeed(now: now.timestamp), need > most?.need ?? -1 else { continue }
            most = (partition, need)
        }
        guard let partition = most?.partition, let plan = partition.log.compactionPlan(now: now.timestamp) else {
            return
        }
        do {
            try startCompaction(plan)
            compacting = (partition, plan)
        } catch {
            configuration.log("\(partition.log.directory) could not be compacted: \(error)")
        }
    }

    func finishCompaction(_ result: Compactor.Result) {
        guard let (partition, plan) = compacting else { return }
        guard !partition.isDeleted else {
            compacting = nil
            return compactNext()
        }
        let before = partition.log.compactedOffset
        do {
            guard try partition.log.finishCompaction(plan, result) else {
                // A sync of this log is running; it is a matter of milliseconds.
                after(20) { [unowned self] _ in finishCompaction(result) }
                return
            }
        } catch {
            configuration.log("\(partition.log.directory) could not be compacted: \(error)")
            if let failure = partition.log.failure { fail(BrokerError(failure.message, hint: failure.hint)) }
        }
        partition.noteSegments()
        compacting = nil
        // A log that could not get on would be tried for ever; it waits for its time.
        if partition.log.compactedOffset > before { compactNext() }
    }
}
