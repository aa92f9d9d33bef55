import KappaCore
import KappaKafka
import KappaStreams

/// How far a session has come in the partitions it holds, and what is due: ticks of silent partitions, the end of a
/// bounded run, the next commit.
///
/// It does nothing itself, knows no cluster and no clock: the time is handed in, and what it asks for, its owner does.
struct JobProgress {
    /// What the end of a bounded run asks for next.
    enum DrainStep {
        case tick(InputPartition, clock: Int64)
        /// Ticks that were recorded up to its position are to be applied.
        case recordedTicks(InputPartition)
        /// Where the keyed partition ends now: `keyedEnd` is to be set.
        case askEnd(InputPartition)
    }

    private let spec: JobSpec
    private let rules: JobRules
    private(set) var partitions: [InputPartition] = []
    /// What has been counted and committed in partitions that are no longer held.
    private(set) var settled = JobCounts()
    /// Whether the group has given anything, be it nothing at all.
    var hasAssignment = false
    private let began: ContinuousClock.Instant
    private var lastCommit: ContinuousClock.Instant
    private(set) var recordsSinceCommit = 0
    /// When the marks of many sources are sent again, for whoever has begun meanwhile.
    private var nextRemark: ContinuousClock.Instant
    private static let remarkInterval: Duration = .seconds(20)

    init(_ spec: JobSpec, now: ContinuousClock.Instant) {
        self.spec = spec
        rules = spec.rules
        (began, lastCommit, nextRemark) = (now, now, now)
    }

    // MARK: What is held

    mutating func take(_ given: [InputPartition]) {
        partitions += given
        hasAssignment = true
    }

    /// What was committed in them stays counted.
    mutating func letGo(_ taken: [TopicPartition]) {
        for partition in partitions where taken.contains(partition.at) {
            settled += partition.share(of: partition.committedCounts)
        }
        partitions.removeAll { taken.contains($0.at) }
        hasAssignment = false
    }

    /// What this session has brought to an end, for good.
    var committedCounts: JobCounts {
        partitions.reduce(into: settled) { $0 += $1.share(of: $1.committedCounts) }
    }

    var figures: JobFigures {
        var figures = JobFigures()
        figures.counts = settled
        for partition in partitions { figures.add(partition) }
        return figures
    }

    // MARK: Records

    /// A record at or behind the position has been processed.
    @inline(__always)
    mutating func passed(_ offset: Int64, of partition: InputPartition, now: ContinuousClock.Instant) {
        partition.position = offset + 1
        partition.isAtEnd = false
        partition.isDrained = false
        partition.lastRecord = now
        partition.idleBase = nil
        recordsSinceCommit += 1
    }

    /// The partition ends there for now. False where that is old news: its own records before it are yet to come.
    func reachedEnd(_ partition: InputPartition, _ offset: Int64) -> Bool {
        guard offset >= partition.position else { return false }
        partition.isRebuilding = false
        // The markers of transactions take offsets too.
        partition.position = offset
        partition.isAtEnd = true
        return true
    }

    func reachedBound(_ partition: InputPartition) {
        partition.position = partition.bound ?? partition.position
        partition.isAtEnd = true
    }

    // MARK: Clocks that move without a record

    /// The largest clock of any source, as far as the marks have told.
    private var leadingClock: Int64 {
        partitions.map { $0.task.leadingClock }.max() ?? PartitionTask.noClock
    }

    /// At the end of the log a silent partition's clock goes on by the time that has passed since its last record, as
    /// soon as that closes something. The next one that is to move; nil where none is.
    func nextIdleTick(_ now: ContinuousClock.Instant) -> (partition: InputPartition, clock: Int64)? {
        guard spec.idle > .zero, spec.readsTicks else { return nil }
        for partition in partitions where partition.isAtEnd && !partition.stage.isMerging {
            let silence = partition.lastRecord.duration(to: now)
            guard silence >= spec.idle else { continue }
            let base = partition.idleBase ?? partition.task.clock
            partition.idleBase = base
            let clock = base == PartitionTask.noClock ? base : base + silence.wholeMilliseconds
            if let target = idleTarget(partition, clock), target > partition.task.clock { return (partition, target) }
        }
        return nil
    }

    private func idleTarget(_ partition: InputPartition, _ clock: Int64) -> Int64? {
        guard let keying = partition.task as? KeyingTask else {
            return partition.task.nextClose.flatMap { clock >= $0 ? clock : nil }
        }
        // Windows elsewhere wait for this source as long as its clock is behind them.
        let target = max(clock, leadingClock)
        return keying.clock < keying.settling(latestReading) && keying.matters(movingTo: target) ? target : nil
    }

    // MARK: A bounded run

    var isBounded: Bool { spec.drains || spec.until != nil }

    /// In a bounded run the end of a partition closes everything in it. The next thing that is to be done for that.
    func nextDrainStep() -> DrainStep? {
        guard isBounded else { return nil }
        for partition in partitions where !partition.isDrained && !partition.isRebuilding {
            if partition.stage.isMerging {
                guard sourcesAreDrained, partition.task.openWindows == 0 else { continue }
                guard let end = partition.keyedEnd else { return .askEnd(partition) }
                partition.isDrained = partition.position >= end
            } else if partition.reachedBound {
                if let tick = partition.ticks.first, tick.offset <= partition.position {
                    return .recordedTicks(partition)
                }
                if let clock = drainTarget(partition), clock > partition.task.clock {
                    return .tick(partition, clock: clock)
                }
                partition.isDrained = true
            }
        }
        reopenKeying()
        return nil
    }

    private func drainTarget(_ partition: InputPartition) -> Int64? {
        guard let keying = partition.task as? KeyingTask else { return partition.task.drainClock }
        return neededClock(keying)
    }

    /// A keyed partition is at its end once everything was sent to it, committed and read back.
    private var sourcesAreDrained: Bool {
        partitions.allSatisfy { $0.stage.isMerging || $0.isDrained && commit(of: $0) == nil }
    }

    /// Another source may have gone on since: then this one's clock has to follow once more.
    private func reopenKeying() {
        for partition in partitions where partition.isDrained {
            guard let keying = partition.task as? KeyingTask else { continue }
            if keying.clock < neededClock(keying) { partition.isDrained = false }
        }
    }

    /// The clock at which every window of the readings known so far, of whatever source, is closed.
    private func neededClock(_ keying: KeyingTask) -> Int64 {
        keying.closing(latestReading)
    }

    private var latestReading: Int64 { partitions.map { $0.task.latestReading }.max() ?? PartitionTask.noClock }

    var isDone: Bool { isBounded && hasAssignment && partitions.allSatisfy(\.isDrained) }

    /// A bounded run has an end, even if nobody gives it any partitions.
    func hasWaitedInVain(_ now: ContinuousClock.Instant, patience: Duration) -> Bool {
        isBounded && !hasAssignment && began.duration(to: now) > patience
    }

    // MARK: Commits

    /// - Parameter isOpen: whether a transaction is.
    func isCommitDue(_ now: ContinuousClock.Instant, isOpen: Bool) -> Bool {
        lastCommit.duration(to: now) >= spec.commitInterval || recordsSinceCommit >= spec.commitRecords || isDone
            || isWaitingForItself(isOpen)
    }

    var isFull: Bool { recordsSinceCommit >= spec.commitRecords }

    /// Everything has been sent on by key and nothing more will come: only the commit is missing to go on.
    private func isWaitingForItself(_ isOpen: Bool) -> Bool {
        guard isBounded, isOpen, partitions.contains(where: \.stage.isMerging) else { return false }
        return partitions.allSatisfy { $0.stage.isMerging || $0.isDrained }
    }

    /// Begins a commit, whatever comes of it. Whether all sources are to tell their clocks once more with it.
    mutating func beginCommit(_ now: ContinuousClock.Instant) -> Bool {
        lastCommit = now
        recordsSinceCommit = 0
        guard nextRemark <= now else { return false }
        nextRemark = now + JobProgress.remarkInterval
        return true
    }

    /// The places that have moved since the last commit.
    var moved: [(partition: InputPartition, place: PartitionOffset)] {
        partitions.compactMap { partition in commit(of: partition).map { (partition, $0) } }
    }

    private func commit(of partition: InputPartition) -> PartitionOffset? {
        partition.commit(fingerprint: partition.stage.fingerprint(spec), rules: rules)
    }

    func committed(_ moved: [(partition: InputPartition, place: PartitionOffset)]) {
        for (partition, place) in moved {
            partition.committed = place
            partition.committedCounts = partition.counts
        }
        // What was just committed to the keyed topic is yet to be read.
        for partition in partitions where partition.stage.isMerging {
            partition.keyedEnd = nil
            partition.isDrained = false
        }
    }

    // MARK: Rest

    /// How long nothing has to be done while nothing comes.
    func rest(isOpen: Bool) -> Duration {
        let quiet: Duration = .milliseconds(500)
        guard recordsSinceCommit == 0, !isOpen, !isBounded else { return .milliseconds(50) }
        return spec.idle > .zero ? min(quiet, max(.milliseconds(50), spec.idle / 4)) : quiet
    }
}
