import KappaCore
import KappaKafka
import KappaStreams
import Testing

@testable import KappaJobs

/// What is due, by a clock that the test turns; nothing here does any I/O.
@Suite struct JobProgressTests {
    private let start = ContinuousClock.now

    private func spec(_ change: (inout JobSpec) -> Void = { _ in }) -> JobSpec {
        var plan = WindowPlan()
        (plan.sizeMilliseconds, plan.everyMilliseconds, plan.graceMilliseconds) = (1000, 1000, 0)
        plan.route = nil
        var spec = JobSpec(
            name: "job", kafka: KafkaConfiguration(brokers: "nowhere:1"), input: "in", outputs: ["out"],
            work: .windows(plan))
        spec.idle = .seconds(30)
        change(&spec)
        return spec
    }

    private func partition(
        _ spec: JobSpec, _ number: Int32 = 0, role: JobStage.Role = .whole, position: Int64 = 0
    ) -> InputPartition {
        let isMerging = if case .merging = role { true } else { false }
        let isWhole = if case .whole = role { true } else { false }
        let stage = JobStage(topic: isMerging ? spec.keyed : "in", partitions: isWhole ? 1 : 2, role: role)
        return InputPartition(
            at: TopicPartition(stage.topic, number), stage: stage, task: stage.makeTask(spec, partition: number),
            position: position, committed: nil, now: start)
    }

    /// A reading so many milliseconds after midnight, taken in at the partition's position.
    private func read(
        _ milliseconds: Int64, _ partition: InputPartition, _ progress: inout JobProgress, at time: Duration = .zero
    ) {
        let stamp = Timestamp(milliseconds: 1_650_000_000_000 + milliseconds)
        let text = Array(
            """
            {"borehole_number":"BH-1","instrument":"piezometer","surface_level":1,"northing":2,"easting":3,\
            "reading":4,"timestamp":"\(stamp)"}
            """.utf8)
        var emission = Emission()
        text.withUnsafeBytes { bytes in
            partition.task.process(
                SourceRecord(offset: partition.position, timestamp: stamp.milliseconds, key: nil, value: bytes),
                into: &emission)
        }
        progress.passed(partition.position, of: partition, now: start + time)
    }

    private func close(_ partition: InputPartition, _ clock: Int64) {
        var emission = Emission()
        partition.task.advance(to: clock, into: &emission)
    }

    // MARK: Idle clocks

    @Test func aSilentPartitionTicksOnceItsSilenceClosesSomething() throws {
        let spec = spec()
        var progress = JobProgress(spec, now: start)
        let partition = partition(spec)
        progress.take([partition])
        read(500, partition, &progress, at: .seconds(1))
        #expect(progress.nextIdleTick(start + .seconds(100)) == nil, "more may lie in the log")
        #expect(progress.reachedEnd(partition, 1))
        #expect(progress.nextIdleTick(start + .milliseconds(30_900)) == nil)
        let tick = try #require(progress.nextIdleTick(start + .seconds(31)))
        // The reading's time and the thirty seconds since it came.
        #expect(tick.clock == 1_650_000_000_500 + 30_000 && tick.partition === partition)
        close(partition, tick.clock)
        #expect(partition.task.openWindows == 0)
        // Nothing is open any more, so nothing moves however long the silence lasts.
        #expect(progress.nextIdleTick(start + .seconds(300)) == nil)
        // The next record begins another silence, counted from its own coming.
        read(40_000, partition, &progress, at: .seconds(200))
        #expect(progress.reachedEnd(partition, 2))
        #expect(progress.nextIdleTick(start + .seconds(229)) == nil)
        let next = try #require(progress.nextIdleTick(start + .seconds(230)))
        #expect(next.clock == 1_650_000_040_000 + 30_000)
    }

    @Test func withoutIdleNoClockMovesByItself() {
        let spec = spec { $0.idle = .zero }
        var progress = JobProgress(spec, now: start)
        let partition = partition(spec)
        progress.take([partition])
        read(500, partition, &progress)
        #expect(progress.reachedEnd(partition, 1))
        #expect(progress.nextIdleTick(start + .seconds(3600)) == nil)
    }

    @Test func theEndThatWasToldBeforeLaterRecordsIsOldNews() {
        let spec = spec()
        var progress = JobProgress(spec, now: start)
        let partition = partition(spec)
        progress.take([partition])
        for time in [100, 200, 300] as [Int64] { read(time, partition, &progress) }
        #expect(!progress.reachedEnd(partition, 2) && !partition.isAtEnd && partition.position == 3)
        // Behind a transaction's marker.
        #expect(progress.reachedEnd(partition, 4) && partition.isAtEnd && partition.position == 4)
    }

    @Test func aSourceThatLagsIsBroughtUpToTheOthersWhichWaitForIt() throws {
        let spec = spec()
        var progress = JobProgress(spec, now: start)
        let (slow, fast) = (partition(spec, 0, role: .keying), partition(spec, 1, role: .keying))
        progress.take([slow, fast])
        read(500, slow, &progress)
        read(90_000, fast, &progress)
        #expect(progress.reachedEnd(slow, 1) && progress.reachedEnd(fast, 1))
        let tick = try #require(progress.nextIdleTick(start + .seconds(31)))
        #expect(tick.partition === slow)
        // As far as the other has come, which is beyond its own silence.
        #expect(tick.clock == 1_650_000_090_000)
    }

    // MARK: Bounded runs

    @Test func aDrainedPartitionClosesWhatIsOpenAndIsDone() throws {
        let spec = spec { $0.drains = true }
        var progress = JobProgress(spec, now: start)
        let partition = partition(spec)
        partition.bound = 2
        progress.take([partition])
        read(500, partition, &progress)
        #expect(progress.nextDrainStep() == nil && !progress.isDone)
        read(700, partition, &progress)
        guard case .tick(let found, let clock)? = progress.nextDrainStep() else {
            Issue.record("no tick at the bound")
            return
        }
        #expect(found === partition && clock == 1_650_000_001_000)
        close(partition, clock)
        #expect(progress.nextDrainStep() == nil && progress.isDone)
    }

    @Test func aPartitionThatIsBeingRebuiltIsNotDrained() {
        let spec = spec { $0.drains = true }
        var progress = JobProgress(spec, now: start)
        let partition = partition(spec, position: 7)
        (partition.bound, partition.isRebuilding) = (7, true)
        progress.take([partition])
        #expect(progress.nextDrainStep() == nil && !progress.isDone)
        #expect(progress.reachedEnd(partition, 7))
        #expect(progress.nextDrainStep() == nil && progress.isDone)
    }

    @Test func aKeyedPartitionIsAskedForItsEndAfterEachCommit() throws {
        let spec = spec { $0.drains = true }
        var progress = JobProgress(spec, now: start)
        let source = partition(spec, 0, role: .keying)
        let keyed = partition(spec, 0, role: .merging(sources: 1))
        source.bound = 0
        progress.take([source, keyed])
        #expect(progress.nextDrainStep() == nil, "the source has not committed that it is done")
        #expect(source.isDrained && !keyed.isDrained)
        progress.committed(progress.moved)
        guard case .askEnd(let asked)? = progress.nextDrainStep() else {
            Issue.record("nobody asked where the keyed partition ends")
            return
        }
        #expect(asked === keyed)
        keyed.keyedEnd = 3
        #expect(progress.nextDrainStep() == nil && !progress.isDone)
        #expect(progress.reachedEnd(keyed, 3))
        #expect(progress.nextDrainStep() == nil && progress.isDone)
        // What a commit sends to it is yet to be read, so its end is another one then.
        progress.committed([])
        #expect(!progress.isDone && keyed.keyedEnd == nil)
    }

    @Test func aBoundedRunWaitsForItsPartitionsOnlySoLong() {
        let bounded = JobProgress(spec { $0.drains = true }, now: start)
        #expect(!bounded.hasWaitedInVain(start + .seconds(300), patience: .seconds(300)))
        #expect(bounded.hasWaitedInVain(start + .seconds(301), patience: .seconds(300)))
        var given = bounded
        given.take([])
        #expect(!given.hasWaitedInVain(start + .seconds(900), patience: .seconds(300)))
        #expect(!JobProgress(spec(), now: start).hasWaitedInVain(start + .seconds(900), patience: .seconds(300)))
    }

    // MARK: Commits

    @Test func aCommitIsDueByTimeOrByRecords() {
        let spec = spec {
            $0.commitInterval = .seconds(5)
            $0.commitRecords = 3
        }
        var progress = JobProgress(spec, now: start)
        let partition = partition(spec)
        progress.take([partition])
        #expect(!progress.isCommitDue(start + .milliseconds(4999), isOpen: false))
        #expect(progress.isCommitDue(start + .seconds(5), isOpen: false))
        for time in [1, 2, 3] as [Int64] {
            #expect(!progress.isFull)
            read(time, partition, &progress)
        }
        #expect(progress.isFull && progress.isCommitDue(start, isOpen: false))
        _ = progress.beginCommit(start + .seconds(1))
        #expect(!progress.isFull && !progress.isCommitDue(start + .milliseconds(5999), isOpen: false))
        #expect(progress.isCommitDue(start + .seconds(6), isOpen: false))
    }

    @Test func clocksAreToldOnceMoreEachTwentySeconds() {
        var progress = JobProgress(spec(), now: start)
        let told = [0, 19, 20, 39, 41].map { seconds in progress.beginCommit(start + .seconds(seconds)) }
        #expect(told == [true, false, true, false, true])
    }

    @Test func onlyWhatHasMovedIsCommitted() throws {
        let spec = spec()
        var progress = JobProgress(spec, now: start)
        let (one, other) = (partition(spec, 0), partition(spec, 1))
        progress.take([one, other])
        // The first commit of all says where each begins.
        #expect(progress.moved.count == 2)
        progress.committed(progress.moved)
        #expect(progress.moved.isEmpty)
        read(500, one, &progress)
        let moved = try #require(progress.moved.first)
        #expect(progress.moved.count == 1 && moved.partition === one)
        // The window is open, so its first record is needed again.
        #expect(moved.place.offset == 0)
        #expect(CommittedState(words: moved.place.metadata ?? "")?.position == 1)
        close(one, 1_650_000_001_000)
        #expect(progress.moved.first?.place.offset == 1)
    }

    @Test func whatWasCommittedStaysCountedWhenItsPartitionGoes() {
        let spec = spec()
        var progress = JobProgress(spec, now: start)
        let (one, other) = (partition(spec, 0), partition(spec, 1))
        progress.take([one, other])
        for time in [1, 2] as [Int64] { read(time, one, &progress) }
        read(3, other, &progress)
        progress.committed(progress.moved)
        // Not committed: somebody else will count it.
        read(4, one, &progress)
        #expect(progress.figures.counts.records == 4 && progress.committedCounts.records == 3)
        progress.letGo([one.at])
        #expect(progress.partitions.map(\.at) == [other.at] && !progress.hasAssignment)
        #expect(progress.committedCounts.records == 3 && progress.figures.counts.records == 3)
    }

    @Test func itRestsLongOnlyWhenNothingIsUnderWay() {
        let spec = spec()
        var progress = JobProgress(spec, now: start)
        let partition = partition(spec)
        progress.take([partition])
        #expect(progress.rest(isOpen: false) == .milliseconds(500))
        #expect(progress.rest(isOpen: true) == .milliseconds(50))
        read(1, partition, &progress)
        #expect(progress.rest(isOpen: false) == .milliseconds(50))
        _ = progress.beginCommit(start)
        #expect(progress.rest(isOpen: false) == .milliseconds(500))
        #expect(JobProgress(self.spec { $0.drains = true }, now: start).rest(isOpen: false) == .milliseconds(50))
        #expect(JobProgress(self.spec { $0.idle = .zero }, now: start).rest(isOpen: false) == .milliseconds(500))
        #expect(JobProgress(self.spec { $0.idle = .seconds(1) }, now: start).rest(isOpen: false) == .milliseconds(250))
    }
}
