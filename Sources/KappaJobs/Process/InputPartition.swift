import KappaCore
import KappaFormats
import KappaKafka
import KappaStreams

/// A partition that this worker has been given, with its task and its place.
package final class InputPartition {
    let at: TopicPartition
    let stage: JobStage
    let task: PartitionTask
    /// Nil where the input is JSON.
    private let decoder: ValueDecoder?
    /// The next record to be processed.
    var position: Int64
    /// The next record to be read; before the position while the open windows are being brought back.
    var readOffset: Int64
    /// What the group's commit says now, to see whether there is anything to commit.
    var committed: PartitionOffset?
    /// The end of a bounded run in this partition.
    var bound: Int64?
    /// Where a keyed partition ended after the last commit of this worker.
    var keyedEnd: Int64?
    var isAtEnd = false
    var isDrained = false
    /// Recorded ticks that still lie ahead, in order of their offset.
    var ticks: ArraySlice<Tick> = []
    /// When the last record came.
    var lastRecord: ContinuousClock.Instant
    /// The clock that the last record left, from the first tick after it on.
    var idleBase: Int64?
    /// What the task had counted at the last commit.
    var committedCounts = JobCounts()

    init(
        at: TopicPartition, stage: JobStage, task: PartitionTask, payload: Payload = .json, position: Int64,
        committed: PartitionOffset?, now: ContinuousClock.Instant
    ) {
        // What has been sent on by key is JSON.
        decoder = stage.isMerging ? nil : ValueDecoder(payload)
        self.at = at
        self.stage = stage
        self.task = task
        self.position = position
        readOffset = committed?.offset ?? position
        self.committed = committed
        lastRecord = now
    }

    /// What may read the records ahead of their turn.
    var forerunner: ReadAhead? { decoder == nil ? task.forerunner : nil }

    var counts: JobCounts {
        guard let decoder else { return task.counts }
        var counts = task.counts
        counts.records += decoder.dead
        counts.dead += decoder.dead
        return counts
    }

    func process(_ source: JobSource, into emission: inout Emission) throws {
        guard let decoder else { return task.process(source.record, into: &emission) }
        if let record = try decoder.decode(source, into: &emission) { task.process(record, into: &emission) }
    }

    func rebuild(_ source: JobSource) throws {
        guard let decoder else { return task.rebuild(source.record) }
        if let record = try decoder.decodeAgain(source) { task.rebuild(record) }
    }

    /// Where a commit would say that a new owner begins, or nil while the open windows are not all back.
    func commit(fingerprint: String, rules: JobRules) -> PartitionOffset? {
        guard !isRebuilding else { return nil }
        // One partition carries them, so that a commit does not grow with the partitions.
        let carriesRules = at.partition == 0 && !stage.isMerging
        let state = CommittedState(
            position: position, clock: task.clockWords, fingerprint: fingerprint, rules: carriesRules ? rules : nil)
        let offset = PartitionOffset(at, task.heldBackOffset ?? position, metadata: state.words)
        return offset == committed ? nil : offset
    }

    /// True until the records before the position have been taken again.
    var isRebuilding = false

    /// The part of a count that is the job's: a reading that goes through two stages is counted once.
    func share(of counts: JobCounts) -> JobCounts {
        var share = counts
        switch stage.role {
        case .whole: break
        case .keying: share.results = 0
        case .merging:
            share = JobCounts()
            share.results = counts.results
            share.duplicates = counts.duplicates
            share.accepted = -counts.duplicates
        }
        return share
    }

    var reachedBound: Bool { bound.map { position >= $0 } ?? false }
}
