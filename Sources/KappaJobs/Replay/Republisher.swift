package import KappaCore
import KappaKafka

/// One run of a topic's replay: reads a fixed range and writes it again, each record once.
///
/// The place reached in each partition is committed in the transaction that holds the records before it. After any
/// trouble the run begins again from there; a transaction that did not end leaves nothing behind.
package final class Republisher {
    private let settings: ReplaySettings
    private let voice: Voice
    private let stop: StopSignal
    private let client: KafkaClient
    private var filter: RecordFilter
    private var shift = TimeShift(ReplayPlan.Shift(), field: FieldPath("timestamp")!)
    private var progress: Progress
    private var targetPartitions = 0
    private var sourcePartitions = 0
    package private(set) var tally = ReplayTally()
    private let begun = ContinuousClock.now

    // The state of one attempt.
    private var plan = ReplayPlan(parts: [], shift: ReplayPlan.Shift(), fingerprint: "")
    private var lanes: [Int] = []
    private var fetched: [Int64] = []
    private var offsetsToRead: Int64 = 0
    private var queue: PacedQueue?
    private var isPaused: [Bool] = []
    private var passedSinceCommit = 0
    private var lastCommit = ContinuousClock.now
    private var pumpBegun = ContinuousClock.now
    /// What a transaction that did not end had written does not count.
    private var committedTally = ReplayTally()

    package init(_ settings: ReplaySettings, voice: Voice, stop: StopSignal) throws {
        self.settings = settings
        self.voice = voice
        self.stop = stop
        client = try KafkaClient(settings.kafka)
        filter = RecordFilter(settings.predicates)
        progress = Progress("replaying", voice: voice)
    }

    package func run() throws {
        defer { progress.end() }
        sourcePartitions = try client.partitions(of: settings.source).count
        targetPartitions = try ReplayTarget.prepare(
            settings.target, partitions: sourcePartitions,
            settings: try ReplayTarget.ownSettings(of: settings.source, client), creates: settings.creates,
            client: client)
        if targetPartitions != sourcePartitions {
            voice.note(
                "'\(settings.target)' has \(targetPartitions) partitions, not \(sourcePartitions): records go by their keys"
            )
        }
        try RetryFromCommit.run(voice: voice, stop: stop) { try attempt() }
        progress.end()
        if tally.wasDone { try sayItWasDone() }
    }

    private func attempt() throws {
        tally = committedTally
        let consumer = try Consumer(
            settings.kafka, group: settings.id, capacity: 4096, isDirect: settings.speed.factor == nil)
        let writer = try TransactionalWriter(settings.kafka, name: settings.id, consumer: consumer)
        // Asked by this client itself, so that it knows the topic's leaders when it is given the partitions.
        let partitions = try consumer.client.partitions(of: settings.source)
        if let known = try ReplayPlan(committed: try consumer.committed(partitions)) {
            plan = known
            try checkFingerprint()
        } else {
            plan = try ReplayPlanner(settings, voice: voice).plan()
            try writer.commit(plan.parts.map(plan.place))
        }
        shift = TimeShift(plan.shift, field: settings.timeField)
        tally.wasDone = plan.isDone && tally.written == 0
        guard !plan.isDone else { return }
        try checkRetention()
        try begin(consumer)
        let topic = try writer.producer.topic(settings.target)
        while !plan.isDone {
            try step(consumer, writer, topic)
            if stop.isRequested { break }
        }
        try commit(writer)
        tally.elapsed = pumpBegun.duration(to: .now)
        tally.unmoved += Int64(shift.unmoved)
        consumer.close()
    }

    private func checkFingerprint() throws {
        guard plan.fingerprint == settings.fingerprint else {
            throw JobFailure(
                "the replay '\(settings.id)' was begun with other options", hint: "name another one with --id")
        }
    }

    private func checkRetention() throws {
        for part in plan.parts where !part.isDone {
            let low = try client.watermarks(part.at).low
            guard part.next >= low else {
                throw JobFailure(
                    "\(part.at): the log begins at \(low), and the replay stands at \(part.next): \(low - part.next) offsets are gone",
                    hint: "--id begins another replay, of what is left")
            }
        }
    }

    private func sayItWasDone() throws {
        var added: Int64 = 0
        for part in plan.parts { added += max(0, try client.watermarks(part.at).high - part.end) }
        let more =
            added > 0 && settings.range.end == nil ? "; since then \(added) offsets were added to the source" : ""
        voice.note("this replay was done before, so nothing was added\(more)")
        voice.note("--id NAME replays it once more")
    }

    // MARK: One attempt

    private func begin(_ consumer: Consumer) throws {
        let numbers = plan.parts.map { Int($0.at.partition) }
        lanes = Array(repeating: -1, count: (numbers.max() ?? 0) + 1)
        for (lane, number) in numbers.enumerated() { lanes[number] = lane }
        fetched = plan.parts.map(\.next)
        offsetsToRead = plan.parts.reduce(0) { $0 + max(0, $1.end - $1.next) }
        isPaused = Array(repeating: false, count: plan.parts.count)
        queue = settings.speed.factor.map { PacedQueue(factor: $0, lanes: plan.parts.count) }
        for (lane, part) in plan.parts.enumerated() where part.isDone { queue?.close(lane) }
        lastCommit = .now
        pumpBegun = .now
        passedSinceCommit = 0
        try consumer.assign(plan.parts.filter { !$0.isDone }.map { PartitionOffset($0.at, $0.next) })
    }

    private func step(_ consumer: Consumer, _ writer: TransactionalWriter, _ topic: ProducerTopic) throws {
        let now = begun.duration(to: .now)
        let wait = min(queue?.wait(at: now) ?? .milliseconds(100), .milliseconds(queue == nil ? 100 : 20))
        let count = try consumer.poll(timeout: wait) { event in
            switch event {
            case .record(let message): try take(message, writer, topic)
            case .end(let at, let offset): try reachedEnd(at, offset)
            case .trouble(let error): try hear(error)
            }
        }
        try sendDue(writer, topic)
        try balance(consumer)
        let limit: Duration = queue == nil ? .seconds(1) : .milliseconds(200)
        let isDue = lastCommit.duration(to: .now) > limit || writer.records >= 100_000
        if isDue, writer.isOpen || passedSinceCommit > 0 { try commit(writer) }
        progress.update(tally.written, share: share)
        if count == 0, let gone = client.unreachable(for: settings.kafka.timeout) { throw gone }
    }

    /// How much of the range that was left at this attempt's start is done.
    private var share: Double? {
        let left = plan.parts.reduce(0) { $0 + max(0, $1.end - $1.next) }
        return offsetsToRead > 0 ? 1 - Double(left) / Double(offsetsToRead) : nil
    }

    private func take(_ message: Message, _ writer: TransactionalWriter, _ topic: ProducerTopic) throws {
        let lane = lanes[Int(message.partition)]
        let offset = message.offset
        guard offset >= fetched[lane] else { return }
        fetched[lane] = min(offset + 1, plan.parts[lane].end)
        defer { closeIfFetched(lane) }
        guard offset < plan.parts[lane].end else { return fetched[lane] = plan.parts[lane].end }
        guard settings.predicates.isEmpty || message.value.map({ filter.accepts($0) }) ?? false else {
            tally.passedOver += 1
            passedSinceCommit += 1
            if queue == nil || queue?.count(in: lane) == 0 { plan.parts[lane].next = fetched[lane] }
            return
        }
        if queue != nil {
            let held = PacedQueue.Held(
                offset: offset, key: message.key.map(Array.init), value: message.value.map(Array.init),
                headers: message.headers, timestamp: message.timestamp)
            queue?.append(held, to: lane)
        } else {
            try copy(message, writer, topic)
            plan.parts[lane].next = fetched[lane]
        }
    }

    private func copy(_ message: Message, _ writer: TransactionalWriter, _ topic: ProducerTopic) throws {
        let partition = partition(for: message.key, source: message.partition)
        let time = shift.moved(message.timestamp)
        try shift.withMoved(message.value) { value in
            try writer.send { producer throws(KafkaError) in
                try producer.produce(copyOf: message, to: topic, partition: partition, value: value, timestamp: time)
            }
        }
        tally.written += 1
    }

    /// Its own partition, or, in a target of another shape, the one of its key; a record without a key has its place.
    private func partition(for key: UnsafeRawBufferPointer?, source: Int32) -> Int32 {
        guard targetPartitions != sourcePartitions else { return source }
        return key == nil ? source % Int32(targetPartitions) : Producer.anyPartition
    }

    private func reachedEnd(_ at: TopicPartition, _ offset: Int64) throws {
        let lane = lanes[Int(at.partition)]
        guard offset >= plan.parts[lane].end else {
            throw JobFailure(
                "\(at): the log ends at \(offset), and the replay's range at \(plan.parts[lane].end): it was recreated")
        }
        fetched[lane] = plan.parts[lane].end
        closeIfFetched(lane)
    }

    private func closeIfFetched(_ lane: Int) {
        guard fetched[lane] >= plan.parts[lane].end else { return }
        queue?.close(lane)
        if queue == nil || queue?.count(in: lane) == 0 { plan.parts[lane].next = plan.parts[lane].end }
    }

    private func hear(_ error: KafkaError) throws {
        guard error.isFatal || error.kind == .failed else { return voice.detail(error.message) }
        if error.code == KafkaError.autoOffsetReset || error.code == KafkaError.offsetOutOfRange {
            throw JobFailure("the source lost records that were not yet replayed: \(error.message)")
        }
        throw error
    }

    // MARK: Pace

    private func sendDue(_ writer: TransactionalWriter, _ topic: ProducerTopic) throws {
        while let (lane, record) = queue?.next(at: begun.duration(to: .now)) {
            try send(record, plan.parts[lane].at.partition, writer, topic)
            let isLast = queue?.count(in: lane) == 0 && fetched[lane] >= plan.parts[lane].end
            plan.parts[lane].next = isLast ? plan.parts[lane].end : record.offset + 1
            if stop.isRequested { return }
        }
    }

    private func send(
        _ record: PacedQueue.Held, _ source: Int32, _ writer: TransactionalWriter, _ topic: ProducerTopic
    ) throws {
        let time = shift.moved(record.timestamp)
        try record.key.withOptionalBytes { key in
            let place = partition(for: key, source: source)
            try record.value.withOptionalBytes { value in
                try shift.withMoved(value) { value in
                    try writer.send { producer throws(KafkaError) in
                        try producer.produce(
                            to: topic, partition: place, key: key, value: value, timestamp: time,
                            headers: record.headers)
                    }
                }
            }
        }
        tally.written += 1
    }

    /// A partition that is far ahead of its time is not read on.
    private func balance(_ consumer: Consumer) throws {
        guard let queue else { return }
        for lane in isPaused.indices {
            let count = queue.count(in: lane)
            if !isPaused[lane], count > 8192 {
                try consumer.pause([plan.parts[lane].at])
                isPaused[lane] = true
            } else if isPaused[lane], count < 2048 {
                try consumer.resume([plan.parts[lane].at])
                isPaused[lane] = false
            }
        }
    }

    private func commit(_ writer: TransactionalWriter) throws {
        try writer.commit(plan.parts.map(plan.place))
        lastCommit = .now
        passedSinceCommit = 0
        committedTally = tally
    }
}
