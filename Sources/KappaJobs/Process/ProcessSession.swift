import KappaCore
import KappaDirect
import KappaKafka
import KappaStreams

/// One life of a worker: from joining the group to leaving it, or to the first answer that is not a clear one.
///
/// It holds nothing that the log does not: whoever comes after it begins at the committed offsets. So every trouble
/// ends the session, and the worker starts another.
final class ProcessSession {
    private let spec: JobSpec
    private let rules: JobRules
    private var stages: [JobStage]
    private let topics: JobTopics
    private let board: JobBoard
    private let worksDirectly: Bool
    private let consumer: Consumer
    private var writer: JobWriter?
    private var partitions: [InputPartition] = []
    private var emission = Emission()
    private var now = ContinuousClock.now
    private let began = ContinuousClock.now
    private var lastCommit = ContinuousClock.now
    private var recordsSinceCommit = 0
    /// When the marks of many sources are sent again, for whoever has begun meanwhile.
    private var nextRemark = ContinuousClock.now
    private static let remarkInterval: Duration = .seconds(20)
    private var hasAssignment = false
    private var latest: (identity: UnsafeRawPointer, partition: Int32, found: InputPartition)?
    /// Reads the partitions in place of the consumer, which then keeps the place in the group only.
    private var reading: DirectReading?
    /// Heard inside a callback of the consumer, which cannot throw.
    private var failure: (any Error)?
    private(set) var hasCommitted = false
    /// What was laid down when a broker went away, and is taken up again once it is back.
    private var laidDown: LaidDown?
    /// What this session has counted and committed in partitions it no longer has.
    private var settled = JobCounts()

    init(
        _ spec: JobSpec, stages: [JobStage], topics: JobTopics, board: JobBoard, worksDirectly: Bool
    ) throws(KafkaError) {
        self.worksDirectly = worksDirectly
        self.spec = spec
        rules = spec.rules
        self.stages = stages
        self.topics = topics
        self.board = board
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
        consumer = try Consumer(kafka, group: spec.group, capacity: spec.pollSize)
    }

    /// Runs until the job is to stop, or a bounded one is done; commits and leaves.
    func run() throws {
        consumer.onAssign = { [unowned self] in assigned($0) }
        consumer.onRevoke = { [unowned self] in revoked($0, isLost: $1) }
        defer { leave() }
        try consumer.subscribe(to: stages.map(\.topic))
        while !board.isStopped, !isDone {
            do { try step() } catch { try layDown(error) }
        }
        try commit()
    }

    private func leave() {
        reading = nil
        tellOfLoss(partitions.map(\.at))
        consumer.onRevoke = nil
        consumer.onAssign = nil
        dropWriter()
        consumer.close()
    }

    private func step() throws {
        let wait: Duration = reading != nil ? .zero : restTime
        let heard = try consumer.poll(timeout: wait, most: spec.pollSize) { event in
            switch event {
            case .record(let message): try take(message)
            case .end(let at, let offset): try reachedEnd(at, offset)
            case .trouble(let error): try meet(error)
            }
        }
        if let failure { throw failure }
        try takeUp()
        let hasRead = try readDirectly()
        now = .now
        try checkPatience()
        try writer?.poll()
        try moveIdleClocks()
        try drain()
        let isDue = lastCommit.duration(to: now) >= spec.commitInterval || recordsSinceCommit >= spec.commitRecords
        if isDue || isDone || isWaitingForItself { try commit() }
        report()
        if let reading, !hasRead, heard == 0 {
            EventDescriptor.wait(for: [reading.news, consumer.news, board.stop.descriptor], restTime)
        }
    }

    /// How long nothing may be done while nothing comes.
    private var restTime: Duration {
        let isQuiet = recordsSinceCommit == 0 && writer?.isOpen != true && !isBounded && laidDown == nil
        guard isQuiet else { return .milliseconds(50) }
        return spec.idle > .zero ? min(.milliseconds(500), max(.milliseconds(50), spec.idle / 4)) : .milliseconds(500)
    }

    /// A bounded run has an end, even if nobody gives it any partitions.
    private func checkPatience() throws {
        guard isBounded, !hasAssignment, laidDown == nil, began.duration(to: now) > ProcessWorker.patience else {
            return
        }
        let cause = consumer.client.latestTrouble.map { ": \($0.message)" } ?? ""
        throw ProcessFailure(
            "the group '\(spec.group)' gave no partitions in \(ProcessWorker.patience.word)\(cause)", kind: .unreachable
        )
    }

    private func meet(_ error: KafkaError) throws {
        guard !error.isFatal, error.kind == .unreachable || error.isRetriable else { throw error }
        board.detail(error.message)
    }

    // MARK: Records

    private func take(_ message: Message) throws {
        guard let partition = partition(of: message), reading == nil else { return }
        try take(message.offset, of: partition, JobSource(message))
    }

    private func readDirectly() throws -> Bool {
        guard let reading else { return false }
        return try reading.read(most: spec.pollSize) { found, partition, block, place in
            try take(found.offset, of: partition, found: found, JobSource(try block.record(at: place)))
        } others: { event in
            switch event {
            case .record(let source, let partition): try take(source.record.offset, of: partition, source)
            case .end(let partition, let offset): try reachedEnd(partition, offset)
            case .trouble(let words): board.detail(words)
            }
        }
    }

    /// - Parameter source: The record itself, which a reading that was found ahead hardly ever needs.
    @inline(__always)
    private func take(
        _ offset: Int64, of partition: InputPartition, found: FoundReading? = nil,
        _ source: @autoclosure () throws -> JobSource
    ) throws {
        guard offset >= partition.position else {
            partition.task.rebuild(try source().record)
            return FailPoint.pass(.whileRebuilding)
        }
        partition.isRebuilding = false
        guard offset < partition.bound ?? .max else { return try reachedBound(partition) }
        if !partition.ticks.isEmpty { try applyTicks(partition, upTo: offset) }
        var whole: JobSource?
        if !(found.map { partition.task.process($0, into: &emission) } ?? false) {
            let came = try source()
            partition.task.process(came.record, into: &emission)
            whole = came
        }
        partition.position = offset + 1
        partition.isAtEnd = false
        partition.isDrained = false
        partition.lastRecord = now
        partition.idleBase = nil
        recordsSinceCommit += 1
        if !emission.isEmpty { try flush(partition, whole) }
        if recordsSinceCommit >= spec.commitRecords { try commit() }
    }

    private func flush(_ partition: InputPartition, _ source: JobSource?) throws {
        try writer?.write(emission, from: partition, source: source)
        emission.removeAll()
    }

    private func partition(of message: Message) -> InputPartition? {
        let identity = message.topicIdentity
        if let latest, latest.partition == message.partition, latest.identity == identity { return latest.found }
        let at = TopicPartition(message.topic, message.partition)
        // A record of a partition that was taken away meanwhile is somebody else's.
        guard let found = partitions.first(where: { $0.at == at }) else { return nil }
        latest = (identity, message.partition, found)
        return found
    }

    private func reachedEnd(_ at: TopicPartition, _ offset: Int64) throws {
        guard reading == nil, let partition = partitions.first(where: { $0.at == at }) else { return }
        try reachedEnd(partition, offset)
    }

    private func reachedEnd(_ partition: InputPartition, _ offset: Int64) throws {
        guard offset >= partition.position else { return }
        partition.isRebuilding = false
        // The markers of transactions take offsets too.
        partition.position = offset
        partition.isAtEnd = true
        try applyTicks(partition, upTo: offset)
    }

    private func reachedBound(_ partition: InputPartition) throws {
        partition.position = partition.bound ?? partition.position
        partition.isAtEnd = true
        try applyTicks(partition, upTo: partition.position)
    }

    /// A recorded tick moves the clock before the record at its offset, as it did the first time.
    private func applyTicks(_ partition: InputPartition, upTo offset: Int64) throws {
        while let tick = partition.ticks.first, tick.offset <= offset {
            partition.ticks.removeFirst()
            partition.task.advance(to: tick.clock, into: &emission)
            if !emission.isEmpty { try flush(partition, nil) }
        }
    }

    // MARK: Clocks that move without a record

    /// The largest clock of any source, as far as the marks have told.
    private var leadingClock: Int64 {
        partitions.map { $0.task.leadingClock }.max() ?? PartitionTask.noClock
    }

    private func tick(_ partition: InputPartition, to clock: Int64) throws {
        guard clock > partition.task.clock else { return }
        try writer?.write(Tick(at: partition.at, offset: partition.position, clock: clock))
        partition.task.advance(to: clock, into: &emission)
        if !emission.isEmpty { try flush(partition, nil) }
        FailPoint.pass(.afterTick)
    }

    /// At the end of the log a silent partition's clock goes on by the time that has passed since its last record, as
    /// soon as that closes something.
    private func moveIdleClocks() throws {
        guard spec.idle > .zero, spec.readsTicks else { return }
        for partition in partitions where partition.isAtEnd && !partition.stage.isMerging {
            let silence = partition.lastRecord.duration(to: now)
            guard silence >= spec.idle else { continue }
            let base = partition.idleBase ?? partition.task.clock
            partition.idleBase = base
            let clock = base == PartitionTask.noClock ? base : base + silence.wholeMilliseconds
            if let keying = partition.task as? KeyingTask {
                // Windows elsewhere wait for this source as long as its clock is behind them.
                let target = max(clock, leadingClock)
                if keying.clock < keying.settling(latestReading), keying.matters(movingTo: target) {
                    try tick(partition, to: target)
                }
            } else if let close = partition.task.nextClose, clock >= close {
                try tick(partition, to: clock)
            }
        }
    }

    /// In a bounded run the end of a partition closes everything in it; a recorded tick may lie there too.
    private func drain() throws {
        guard isBounded else { return }
        for partition in partitions where !partition.isDrained && !partition.isRebuilding {
            if partition.stage.isMerging {
                try drainMerging(partition)
            } else if partition.reachedBound {
                try applyTicks(partition, upTo: partition.position)
                if let keying = partition.task as? KeyingTask {
                    try tick(partition, to: neededClock(keying))
                } else if let clock = partition.task.drainClock {
                    try tick(partition, to: clock)
                }
                partition.isDrained = true
            }
        }
        reopenKeying()
    }

    /// A keyed partition is at its end once everything was sent to it, committed and read back. The consumer may still
    /// tell of an end from before the last commit, so the end is asked for after it.
    private func drainMerging(_ partition: InputPartition) throws {
        guard sourcesAreDrained, partition.task.openWindows == 0 else { return }
        let end = try partition.keyedEnd ?? consumer.client.watermarks(partition.at).high
        partition.keyedEnd = end
        partition.isDrained = partition.position >= end
    }

    private var isBounded: Bool { spec.drains || spec.until != nil }

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

    /// Everything has been sent on by key and nothing more will come: only the commit is missing to go on.
    private var isWaitingForItself: Bool {
        guard isBounded, writer?.isOpen == true, partitions.contains(where: \.stage.isMerging) else { return false }
        return partitions.allSatisfy { $0.stage.isMerging || $0.isDrained }
    }

    private var isDone: Bool { isBounded && hasAssignment && partitions.allSatisfy(\.isDrained) }

    // MARK: Commits

    private func commit(of partition: InputPartition) -> PartitionOffset? {
        partition.commit(fingerprint: partition.stage.fingerprint(spec), rules: rules)
    }

    private func commit() throws {
        lastCommit = now
        recordsSinceCommit = 0
        guard let writer else { return }
        try mark()
        let moved = partitions.compactMap { partition in
            commit(of: partition).map { (partition, $0) }
        }
        guard writer.isOpen || !moved.isEmpty else { return }
        try writer.commit(moved.map(\.1), of: consumer.groupMetadata)
        for (partition, offset) in moved {
            partition.committed = offset
            partition.committedCounts = partition.task.counts
        }
        // What was just committed to the keyed topic is yet to be read.
        for partition in partitions where partition.stage.isMerging {
            partition.keyedEnd = nil
            partition.isDrained = false
        }
        hasCommitted = true
    }

    private func mark() throws {
        let remarks = nextRemark <= now
        if remarks { nextRemark = now + ProcessSession.remarkInterval }
        for partition in partitions where partition.stage.isKeying {
            if remarks, partition.stage.partitions > KeyingTask.sourcesToldOneByOne {
                (partition.task as? KeyingTask)?.forgetMark()
            }
            partition.task.mark(source: partition.at.partition, into: &emission)
            guard !emission.isEmpty else { continue }
            try flush(partition, nil)
        }
    }

    /// What this session has brought to an end, for good.
    var committedCounts: JobCounts {
        partitions.reduce(into: settled) { $0 += $1.share(of: $1.committedCounts) }
    }

    private func report() {
        var figures = JobFigures()
        figures.counts = settled
        for partition in partitions {
            figures.add(partition)
        }
        board.report(figures, from: ObjectIdentifier(self))
    }

    // MARK: Partitions come and go

    private func assigned(_ given: [TopicPartition]) -> [PartitionOffset] {
        hasAssignment = true
        do {
            return try begin(given)
        } catch {
            failure = error
            return given.map { PartitionOffset($0, PartitionOffset.end) }
        }
    }

    private func tellOfLoss(_ taken: [TopicPartition]) {
        guard !taken.isEmpty else { return }
        board.detail("gave up \(taken.map(\.description).joined(separator: ", "))")
    }

    private func begin(_ given: [TopicPartition]) throws -> [PartitionOffset] {
        guard !given.isEmpty else { return [] }
        try prepareWriter(for: given)
        let count = try consumer.client.partitions(of: spec.input).count
        stages = JobStage.stages(stages, grownTo: count, of: spec)
        let start = SessionStart(spec: spec, stages: stages, consumer: consumer)
        let begun = try start.begin(given, now: .now)
        partitions += begun
        latest = nil
        if worksDirectly, spec.kafka.readsPlainly { reading = try DirectReading(partitions, client: consumer.client) }
        consumer.isStill = reading != nil
        board.detail(
            "given \(given.map(\.description).joined(separator: ", ")), fetched by "
                + (reading == nil ? "librdkafka" : "the job itself") + ", written by "
                + (writesDirectly ? "the job itself" : "librdkafka"))
        return begun.map { PartitionOffset($0.at, $0.readOffset) }
    }

    private var writesDirectly: Bool { worksDirectly && spec.kafka.writesPlainly }

    // MARK: A broker that goes away

    private struct LaidDown {
        let given: [TopicPartition]
        let since: ContinuousClock.Instant
        var nextTry: ContinuousClock.Instant
        var pause: Duration = .milliseconds(50)
    }

    /// How long the place in the group is held without a broker.
    private static let patience: Duration = .seconds(60)

    /// The partitions stay this member's: one that left the group, or began anew in it, would have to wait until the
    /// broker that comes back misses the old one.
    private func layDown(_ error: any Error) throws {
        let kind = (error as? WriteFailure)?.kind ?? (error as? ConnectionFailure)?.kind
        guard kind == .unreachable, failure == nil, reading != nil, !partitions.isEmpty else { throw error }
        board.note("starting again from the last commit: \(ProcessWorker.sentence(error))")
        laidDown = LaidDown(given: partitions.map(\.at), since: .now, nextTry: .now)
        forget()
    }

    private func forget() {
        letGo(partitions.map(\.at))
        emission.removeAll()
        dropWriter()
    }

    private func dropWriter() {
        writer?.abandon()
        writer = nil
    }

    private func takeUp() throws {
        guard var waiting = laidDown, waiting.nextTry <= .now else { return }
        do {
            _ = try begin(waiting.given)
            guard reading != nil else { throw SessionLost() }
            hasAssignment = true
            laidDown = nil
            board.note("going on from the last commit")
        } catch {
            let kind = (error as? any Failure)?.kind
            guard kind == .unreachable || kind == .timedOut, waiting.since.duration(to: .now) < ProcessSession.patience
            else { throw error }
            board.detail(ProcessWorker.sentence(error))
            forget()
            waiting.pause = min(waiting.pause * 2, .seconds(1))
            waiting.nextTry = .now + waiting.pause
            laidDown = waiting
        }
    }

    /// The transactional id goes with the first partition that is given: its next owner, whoever that is, ends a
    /// transaction that this one leaves open, and shuts this one out.
    private func prepareWriter(for given: [TopicPartition]) throws {
        let all = partitions.map(\.at) + given
        guard let first = all.min(by: { order($0) < order($1) }) else { return }
        let id = "\(spec.group).\(first.topic == spec.input ? "" : "keyed.")\(first.partition)"
        guard writer?.transactionalId != id else { return }
        dropWriter()
        let outlet: any JobOutlet =
            writesDirectly
            ? try DirectOutlet(spec, transactionalId: id, client: consumer.client)
            : try LibraryOutlet(spec, transactionalId: id)
        writer = try JobWriter(spec, topics: topics, transactionalId: id, outlet: outlet)
    }

    private func order(_ at: TopicPartition) -> (Int, Int32) { (at.topic == spec.input ? 0 : 1, at.partition) }

    /// What is in hand is committed while the partitions are still ours. Where they are lost, another worker may have
    /// begun at the last commit; what came after it is dropped here and done there.
    private func revoked(_ taken: [TopicPartition], isLost: Bool) {
        FailPoint.pass(.onRevoke)
        tellOfLoss(taken)
        if failure == nil, !partitions.isEmpty {
            do {
                if isLost {
                    failure = SessionLost()
                } else {
                    now = .now
                    try commit()
                }
            } catch {
                failure = error
            }
        }
        letGo(taken)
        laidDown = nil
    }

    /// What was committed in them stays counted.
    private func letGo(_ taken: [TopicPartition]) {
        for partition in partitions where taken.contains(partition.at) {
            settled += partition.share(of: partition.committedCounts)
        }
        partitions.removeAll { taken.contains($0.at) }
        latest = nil
        reading = nil
        hasAssignment = false
    }
}
