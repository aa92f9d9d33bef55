import Glibc
package import KappaCore
package import KappaKafka

/// One run of consuming: takes partitions, prints, commits what was printed, and knows when it is done.
package final class ConsumeSession {
    let settings: ConsumeSettings
    let voice: Voice
    private let stop: StopSignal
    let consumer: Consumer
    private let printer: RecordPrinter
    private let ends: PartitionEnds
    let isGrouped: Bool
    let isBounded: Bool
    /// The active generation is read under the results' names.
    let follows: Bool
    var followed = FollowedTopics()
    var hasNews = false
    /// The last records of several partitions are printed in the order of their times.
    private var merge: TimeMerge
    private var merges: Bool
    private var left: Int
    private var printed = 0
    /// For each partition held: the first offset that is not wanted, and whether it was reached.
    var held: [TopicPartition: Progress] = [:]
    /// The same by librdkafka's topic handle and partition, which costs no name per record.
    var slots: [Slot: TopicPartition] = [:]
    private(set) var latest: Current?
    private var hasAssignment = false
    private var trouble: (any Error)?
    private var lastCommit = ContinuousClock.now

    struct Slot: Hashable {
        var topic: UnsafeRawPointer
        var partition: Int32
    }

    /// The partition that the last record was of.
    struct Current {
        let slot: Slot
        let at: TopicPartition
        let end: Int64
        let limit: Int64
        let floor: Int64
        var time: Int64?
    }

    struct Progress {
        var start: Int64
        var end: Int64?
        var isDone: Bool
        /// No record has come since it was taken.
        var isNew = true
        /// The offset after the last record printed or passed over.
        var next: Int64?
        var committed: Int64?
        /// The time of the last record, the one from which on records are no longer wanted, and before which not yet.
        var time: Int64?
        var limit = Int64.max
        var floor = Int64.min
        /// A record at or behind the limit has come, so all before it have.
        var isPast = false
        /// The last end that was met, and the one to be met before the partition is left.
        var eof: Int64?
        var high: Int64 = 0
    }

    package init(
        _ settings: ConsumeSettings, consumer: Consumer, printer: RecordPrinter, voice: Voice, stop: StopSignal
    ) {
        self.settings = settings
        self.voice = voice
        self.stop = stop
        self.consumer = consumer
        self.printer = printer
        isGrouped = settings.isGrouped
        ends = PartitionEnds(range: settings.range, stopsAtEnd: settings.stopsAtEnd, client: consumer.client)
        isBounded = settings.stopsAtEnd || settings.range.end != nil
        left = settings.count ?? Int.max
        follows = !settings.isExact
        merge = TimeMerge()
        if case .beforeEnd = settings.range.start { merges = !isGrouped } else { merges = false }
    }

    package func run() throws {
        let names = settings.topics
        let topics = try names.contains(ControlLog.topic) ? names : resolve(names)
        if isGrouped { try joinGroup(topics) } else { try takePartitions(topics) }
        defer { consumer.close() }
        do {
            try loop()
            try endMerge()
            try printer.flush()
        } catch {
            // What the consumer of the output has not got must not be committed.
            held.removeAll()
            throw error
        }
        commit(waits: true)
        if let trouble { throw trouble }
        try stop.throwIfRequested()
    }

    // MARK: Partitions

    private func takePartitions(_ topics: [String]) throws {
        let wanted = settings.partitions
        var starts: [PartitionOffset] = []
        for topic in topics {
            let partitions = try consumer.client.partitions(of: topic)
            for number in wanted where !partitions.contains(where: { $0.partition == number }) {
                throw JobFailure(
                    "topic '\(topic)' has no partition \(number)", hint: "it has 0 to \(partitions.count - 1)")
            }
            for at in partitions where wanted.isEmpty || wanted.contains(at.partition) { starts.append(try take(at)) }
        }
        hasAssignment = true
        if let control = followed.control { starts.append(control) }
        try consumer.assign(starts)
    }

    private func take(_ at: TopicPartition) throws -> PartitionOffset {
        let span = try ends.span(of: at, isGrouped: isGrouped)
        if let note = span.note { voice.warning(note) }
        let isDone = span.end.map { $0 <= max(span.start, 0) && (span.start >= 0 || $0 == 0) } ?? false
        held[at] = Progress(start: span.start, end: span.end, isDone: isDone)
        if merges { merge.expect(at, from: span.start, to: min(span.end ?? span.high, span.high)) }
        return PartitionOffset(at, span.start)
    }

    private func joinGroup(_ topics: [String]) throws {
        for topic in topics { _ = try consumer.client.partitions(of: topic) }
        consumer.onAssign = { [unowned self] partitions in
            hasAssignment = true
            do {
                return try startsInGroup(partitions)
            } catch {
                trouble = error
                return partitions.map { PartitionOffset($0, PartitionOffset.stored) }
            }
        }
        consumer.onRevoke = { [unowned self] partitions, isLost in
            do { try printer.flush() } catch { trouble = error }
            if !isLost, trouble == nil { commit(waits: true) }
            for at in partitions { held[at] = nil }
            slots.removeAll()
            latest = nil
        }
        try consumer.subscribe(to: topics)
    }

    /// The committed place where there is one, else where `-o` says, else the beginning.
    private func startsInGroup(_ partitions: [TopicPartition]) throws -> [PartitionOffset] {
        let committed = try consumer.committed(partitions)
        return try partitions.map { at in
            var start = try take(at)
            let stored = committed.first { $0.at == at }?.offset ?? PartitionOffset.none
            if stored >= 0 {
                start.offset = stored
            } else if start.offset == PartitionOffset.stored {
                start.offset = PartitionOffset.beginning
            }
            if let end = held[at]?.end, start.offset >= end { held[at]?.isDone = true }
            return start
        }
    }

    // MARK: Reading

    private func loop() throws {
        var lastRecord = ContinuousClock.now
        while !isDone, trouble == nil, !stop.isRequested {
            let before = printed
            let most = merges ? 4096 : min(left, 4096)
            let isIdle = try consumer.poll(timeout: .milliseconds(100), most: most) { try hear($0) } == 0
            if merges, merge.isComplete || merge.isTooLarge { try endMerge() }
            if isIdle || !isBounded { try printer.flush() }
            try followPointer()
            if isIdle { try printer.checkReader() }
            if printed > before { lastRecord = .now }
            if isGrouped, lastCommit.duration(to: .now) > .seconds(1) { commit(waits: false) }
            if let limit = settings.patience, lastRecord.duration(to: .now) > limit, !isDone {
                try endMerge()
                try printer.flush()
                commit(waits: true)
                throw JobFailure("nothing more came within \(limit.word); \(printed) were printed", kind: .timedOut)
            }
            if isIdle, let gone = consumer.client.unreachable(for: .seconds(5)) { throw gone }
        }
    }

    /// From here on records come as they arrive.
    private func endMerge() throws {
        guard merges else { return }
        merges = false
        if !merge.isComplete, merge.isTooLarge {
            voice.warning("too many records to sort by time; from here on they are printed as they arrive")
        }
        let count = try printer.print(&merge, most: left)
        printed += count
        left -= count
    }

    private var isDone: Bool {
        if left == 0 { return true }
        return isBounded && hasAssignment && held.values.allSatisfy(\.isDone)
    }

    private func hear(_ event: Consumer.Event) throws {
        switch event {
        case .record(let message): try hear(message)
        case .end(let at, let offset):
            held[at]?.eof = offset
            if merges { merge.reached(at, offset) }
            if let end = held[at]?.end, offset >= end { held[at]?.isDone = true }
        case .trouble(let error):
            if error.code == KafkaError.groupAuthorizationFailed, !isGrouped { return }
            if error.isFatal || error.kind == .failed { throw error }
            voice.detail(error.message)
        }
    }

    private func hear(_ message: Message) throws {
        guard left > 0 else { return }
        let slot = Slot(topic: message.topicIdentity, partition: message.partition)
        if latest?.slot != slot { switchTo(slot, message) }
        guard let (at, end) = latest.map({ ($0.at, $0.end) }) else { return overhear(message) }
        if message.offset >= end {
            held[at]?.isDone = true
            return
        }
        if !isBounded, follows, passes(message) { return }
        if merges {
            try printer.keep(message, in: &merge)
            merge.reached(at, message.offset + 1)
        } else if try printer.print(message) {
            printed += 1
            left -= 1
        }
        if isGrouped { held[at]?.next = message.offset + 1 }
        if message.offset + 1 >= end { held[at]?.isDone = true }
    }

    /// Whether a record belongs to what another generation says.
    private func passes(_ message: Message) -> Bool {
        guard let current = latest, let time = message.timestamp?.milliseconds else { return false }
        if time >= current.limit {
            held[current.at]?.isPast = true
            return true
        }
        if time < current.floor { return true }
        latest?.time = max(time, current.time ?? time)
        return false
    }

    /// Keeps what is known of the partition of the last record.
    func settle() {
        if let latest, let time = latest.time { held[latest.at]?.time = time }
        latest = nil
    }

    private func switchTo(_ slot: Slot, _ message: Message) {
        let at = slots[slot] ?? TopicPartition(message.topic, message.partition)
        slots[slot] = at
        settle()
        held[at]?.isNew = false
        // A record of a partition that was taken away meanwhile belongs to its new owner.
        latest = held[at].map {
            Current(slot: slot, at: at, end: $0.end ?? Int64.max, limit: $0.limit, floor: $0.floor, time: $0.time)
        }
    }

    // MARK: Committing

    private func commit(waits: Bool) {
        guard isGrouped else { return }
        lastCommit = .now
        var offsets: [PartitionOffset] = []
        for (at, progress) in held {
            guard let next = progress.next, next != progress.committed else { continue }
            offsets.append(PartitionOffset(at, next))
            held[at]?.committed = next
        }
        guard !offsets.isEmpty else { return }
        do {
            try printer.flush()
            if waits { try consumer.commit(offsets) } else { consumer.commitSoon(offsets) }
        } catch {
            voice.warning("what was printed could not be committed: \(error)")
        }
    }
}
