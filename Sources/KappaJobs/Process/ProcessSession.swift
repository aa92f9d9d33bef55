import KappaCore
import KappaDirect
import KappaKafka
import KappaStreams

/// One life of a worker: from joining the group to leaving it, or to the first answer that is not a clear one.
///
/// It holds nothing that the log does not: whoever comes after it begins at the committed offsets. So every trouble
/// ends the session, and the worker starts another.
final class ProcessSession {
    let spec: JobSpec
    var stages: [JobStage]
    let topics: JobTopics
    let board: JobBoard
    let path: KafkaPath
    var progress: JobProgress
    var writer: JobWriter?
    private var emission = Emission()
    private var now: ContinuousClock.Instant
    private(set) var hasCommitted = false
    /// What was laid down when a broker went away, and is taken up again once it is back.
    var suspension: Suspension?
    private var opened: JobInput?

    init(_ spec: JobSpec, stages: [JobStage], topics: JobTopics, board: JobBoard, path: KafkaPath) {
        self.spec = spec
        self.stages = stages
        self.topics = topics
        self.board = board
        self.path = path
        now = spec.clock.now()
        progress = JobProgress(spec, now: now)
    }

    private func makeInput() throws(KafkaError) -> JobInput {
        var kafka = spec.kafka.withoutWriting.defaulting([
            (key: "session.timeout.ms", value: "10000"), (key: "max.poll.interval.ms", value: "120000"),
            // The same partitions of the input and of the keyed topic then come to the same worker.
            (key: "partition.assignment.strategy", value: "range"),
            // Partitions that are added, and a topic that is gone, are found in that time.
            (key: "topic.metadata.refresh.interval.ms", value: "10000"),
            // What waits in the client is memory and no speed.
            (key: "queued.min.messages", value: "20000"), (key: "queued.max.messages.kbytes", value: "2000"),
            (key: "fetch.message.max.bytes", value: "500000"), (key: "fetch.max.bytes", value: "2000000"),
        ])
        kafka.stop = board.stop
        let group = try GroupReader(
            kafka, group: spec.group, capacity: spec.pollSize, begin: { [unowned self] in try begin($0) },
            release: { [unowned self] in try release($0, isLost: $1) })
        return JobInput(group, spec.kafka, stop: board.stop)
    }

    /// There from the start to the end of `run`.
    var input: JobInput {
        guard let opened else { preconditionFailure("a session is asked for its input before its start") }
        return opened
    }

    /// Runs until the job is to stop, or a bounded one is done; commits and leaves.
    func run() throws {
        let input = try makeInput()
        opened = input
        defer { leave() }
        try input.group.join(stages.map(\.topic))
        while !board.isStopped, !progress.isDone {
            do { try step() } catch { try suspend(error) }
        }
        try commit()
    }

    private func leave() {
        input.forget()
        tellOfLoss(progress.partitions.map(\.at))
        dropWriter()
        input.group.leave(forgetting: true)
    }

    private func step() throws {
        let rest: Duration = suspension == nil ? progress.rest(isOpen: isOpen) : .milliseconds(50)
        try input.read(most: spec.pollSize, rest: rest) { found, partition, block, place in
            try take(found.offset, of: partition, found: found, JobSource(try block.record(at: place)))
        } others: { event in
            switch event {
            case .record(let source, let partition): try take(source.record.offset, of: partition, source)
            case .end(let partition, let offset):
                if progress.reachedEnd(partition, offset) { try applyTicks(partition, upTo: offset) }
            case .trouble(let words): board.detail(words)
            }
        }
        try resume()
        now = spec.clock.now()
        try checkPatience()
        try writer?.poll()
        while let next = progress.nextIdleTick(now), try tick(next.partition, to: next.clock) {}
        try drain()
        if progress.isCommitDue(now, isOpen: isOpen) { try commit() }
        board.report(progress.figures, from: ObjectIdentifier(self))
    }

    private var isOpen: Bool { writer?.isOpen == true }

    private func checkPatience() throws {
        guard suspension == nil, progress.hasWaitedInVain(now, patience: ProcessWorker.patience) else { return }
        let cause = input.consumer.client.latestTrouble.map { ": \($0.message)" } ?? ""
        throw JobFailure(
            "the group '\(spec.group)' gave no partitions in \(ProcessWorker.patience.word)\(cause)", kind: .unreachable
        )
    }

    // MARK: Records

    /// - Parameter source: The record itself, which a reading that was found ahead hardly ever needs.
    @inline(__always)
    private func take(
        _ offset: Int64, of partition: InputPartition, found: FoundReading? = nil,
        _ source: @autoclosure () throws -> JobSource
    ) throws {
        guard offset >= partition.position else {
            try partition.rebuild(try source())
            return FailPoint.pass(.whileRebuilding)
        }
        partition.isRebuilding = false
        guard offset < partition.bound ?? .max else {
            progress.reachedBound(partition)
            return try applyTicks(partition, upTo: partition.position)
        }
        if !partition.ticks.isEmpty { try applyTicks(partition, upTo: offset) }
        var whole: JobSource?
        if !(found.map { partition.task.process($0, into: &emission) } ?? false) {
            let came = try source()
            try partition.process(came, into: &emission)
            whole = came
        }
        progress.passed(offset, of: partition, now: now)
        if !emission.isEmpty { try flush(partition, whole) }
        if progress.isFull { try commit() }
    }

    private func flush(_ partition: InputPartition, _ source: JobSource?) throws {
        try writer?.write(emission, from: partition, source: source)
        emission.removeAll()
    }

    /// A recorded tick moves the clock before the record at its offset, as it did the first time.
    private func applyTicks(_ partition: InputPartition, upTo offset: Int64) throws {
        while let tick = partition.ticks.first, tick.offset <= offset {
            partition.ticks.removeFirst()
            partition.task.advance(to: tick.clock, into: &emission)
            if !emission.isEmpty { try flush(partition, nil) }
        }
    }

    /// Whether the clock went there; a task may have none to move.
    private func tick(_ partition: InputPartition, to clock: Int64) throws -> Bool {
        try writer?.write(Tick(at: partition.at, offset: partition.position, clock: clock))
        partition.task.advance(to: clock, into: &emission)
        if !emission.isEmpty { try flush(partition, nil) }
        FailPoint.pass(.afterTick)
        return partition.task.clock >= clock
    }

    private func drain() throws {
        while let step = progress.nextDrainStep() {
            switch step {
            case .tick(let partition, let clock):
                if try !tick(partition, to: clock) { partition.isDrained = true }
            case .recordedTicks(let partition): try applyTicks(partition, upTo: partition.position)
            // The consumer may still tell of an end from before the last commit, so it is asked for after it.
            case .askEnd(let partition):
                partition.keyedEnd = try input.consumer.client.watermarks(partition.at).high
            }
        }
    }

    // MARK: Commits

    func commit() throws {
        let remarks = progress.beginCommit(now)
        guard let writer else { return }
        try mark(again: remarks)
        let moved = progress.moved
        guard writer.isOpen || !moved.isEmpty else { return }
        try writer.commit(moved.map(\.place), of: input.consumer.groupMetadata)
        progress.committed(moved)
        hasCommitted = true
    }

    private func mark(again: Bool) throws {
        for partition in progress.partitions where partition.stage.isKeying {
            if again, partition.stage.partitions > KeyingTask.sourcesToldOneByOne {
                (partition.task as? KeyingTask)?.forgetMark()
            }
            partition.task.mark(source: partition.at.partition, into: &emission)
            guard !emission.isEmpty else { continue }
            try flush(partition, nil)
        }
    }

    /// What was gathered and not written is nobody's any more.
    func forget() {
        progress.letGo(progress.partitions.map(\.at))
        input.forget()
        emission.removeAll()
        dropWriter()
    }

    func dropWriter() {
        writer?.abandon()
        writer = nil
    }

    /// The time as it is now, inside a rebalance too.
    func lookAtClock() { now = spec.clock.now() }
}
