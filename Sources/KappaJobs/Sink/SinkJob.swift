package import KappaCore
import KappaKafka
package import KappaStores

/// Reads topics into a store until it is told to stop, or to the end.
///
/// One thread reads and decodes while another puts the batch before into the store. The group only shares out the
/// partitions; where each one begins stands in the store, and what the group is told of offsets is for lag tools.
package final class SinkJob {
    let settings: SinkSettings
    let voice: Voice
    private let stop: StopSignal
    let writer: StoreWriter
    /// The view, with the fields that its rows have by now.
    var target: ViewTarget
    private var schemas = SeenSchemas()
    /// The batch in hand, and the one that is under way or comes next.
    var batch: RowBatch
    var spare: RowBatch
    var underWay: BatchWrite?
    /// Reads the topics; there is none before the start, and while it waits to start again.
    private(set) var reader: GroupReader?
    private let kafka: KafkaConfiguration
    private let group: String
    /// Since when it has been starting again, and how long the next start waits.
    private var troubleSince: ContinuousClock.Instant?
    private var pauses = BackOff(from: .milliseconds(50), to: .seconds(2))
    private var clusterID = ""
    var partitions: [SinkPartition] = []
    /// Finds a record's place in `partitions` without making a String of its topic.
    private var places: [PlaceKey: Int] = [:]
    private var lastPlace: (key: PlaceKey, index: Int)?
    /// What is in hand is not what the store waits for: it is read again from where the store stands.
    var mustGoBack = false
    /// Paused until the others are proven to be what they were.
    private var heldPartitions: [TopicPartition] = []
    private var batchBegan: ContinuousClock.Instant?
    private var headers = RawHeaders()
    var tally = SinkTally() { didSet { board?.post(tally) } }
    /// Where others can see how far it is.
    package var board: SinkBoard?
    private var progress: Progress

    private struct PlaceKey: Hashable {
        var topic: UnsafeRawPointer
        var partition: Int32
    }

    package init(_ settings: SinkSettings, voice: Voice, stop: StopSignal) throws {
        self.settings = settings
        self.voice = voice
        self.stop = stop
        target = settings.target
        batch = RowBatch(shape: settings.target.shape)
        spare = RowBatch(shape: settings.target.shape)
        progress = Progress("storing", voice: voice)
        writer = StoreWriter(
            address: settings.address, target: settings.target, notice: { SinkJob.say($0, voice) },
            wait: { stop.wait($0) })
        let (status, fields) = try SinkJob.prepare(writer, settings, voice)
        target.results = fields
        (batch.schema, spare.schema) = (fields, fields)
        group = settings.group ?? SinkJob.group(of: settings.target, status.identity ?? "store")
        var kafka = settings.kafka.defaulting([
            // New topics and partitions are found soon; a slow store must not cost the membership.
            (key: "topic.metadata.refresh.interval.ms", value: "5000"), (key: "max.poll.interval.ms", value: "900000"),
            (key: "session.timeout.ms", value: "10000"),
            // What waits in the client is memory and no speed.
            (key: "queued.max.messages.kbytes", value: "8192"), (key: "fetch.max.bytes", value: "8000000"),
            // A reader that wants to know the end is told of it when a fetch comes back empty.
            (key: "fetch.wait.max.ms", value: settings.drains ? "100" : "500"),
        ])
        kafka.stop = stop
        self.kafka = kafka
    }

    package static func group(of target: ViewTarget, _ identity: String) -> String {
        "kappa.sink.\(target.sink).\(identity)"
    }

    private static func prepare(
        _ writer: StoreWriter, _ settings: SinkSettings, _ voice: Voice
    ) throws -> (ViewStatus, ResultSchema) {
        // The first connection fails at once where the address is wrong; only what worked before is waited for.
        let first = try settings.address.open(for: .writing)
        return try writer.run { (store) throws(StoreError) in
            _ = first
            var target = settings.target
            // A view that is there says itself what its rows are; what comes to it is met when it comes.
            if let fields = try store.schema(of: target) { target.results = fields }
            if settings.creates {
                for step in try store.migrate(target) { voice.note("\(store.name): \(step)") }
            }
            let status = try store.status(of: target)
            guard status.state == .current else {
                throw StoreError(
                    .schema, "\(store.name): '\(target.view)' is missing or lacks columns",
                    hint: "kappa store migrate makes it, as does a sink without --no-create.")
            }
            return (status, target.results)
        }
    }

    private static func say(_ notice: StoreWriter.Notice, _ voice: Voice) {
        switch notice {
        case .trouble(let error): voice.warning("\(error.message); trying again")
        case .recovered(let time):
            voice.note("the store is back after \(Duration.milliseconds(time.wholeMilliseconds).word)")
        }
    }

    // MARK: The run

    package func run() throws -> SinkTally {
        let began = ContinuousClock.now
        defer { leave() }
        try start()
        do {
            while !stop.isRequested, !isDrained {
                do {
                    if reader == nil { try start() }
                    try step()
                    sayItIsOver()
                } catch let error as KafkaError where error.passes && !isOutOfPatience {
                    try layDown(error)
                }
            }
            try flush()
        } catch let error as StoreError where error.code == .stopped && stop.isRequested {
            voice.warning(error.message)
        }
        leave()
        tally.retries = Int64(writer.retries)
        tally.elapsed = began.duration(to: .now)
        let refused = tally.refused == 0 ? "" : ", \(tally.refused) refused (see kappa_dead_letter)"
        voice.note("stored \(tally.rows) rows in \(settings.address.name)\(refused)")
        return tally
    }

    // MARK: A cluster that heals

    /// A bounded run has an end, even if the cluster has none; any other goes on for as long as it lives.
    private var isOutOfPatience: Bool {
        guard settings.drains, let troubleSince else { return false }
        return troubleSince.duration(to: .now) > .seconds(60)
    }

    /// The store knows what was stored, so beginning anew loses nothing and doubles nothing.
    private func layDown(_ error: KafkaError) throws {
        if troubleSince == nil {
            troubleSince = .now
            voice.note("starting again from the store's positions: \(error.message)")
        } else {
            voice.detail(error.message)
        }
        try settle()
        discard()
        forget(partitions.map(\.at))
        mustGoBack = false
        reader?.leave(forgetting: true)
        reader = nil
        _ = stop.wait(pauses.pause())
    }

    private func sayItIsOver() {
        guard let since = troubleSince, isSettled else { return }
        voice.note("going on after \(Duration.milliseconds(since.duration(to: .now).wholeMilliseconds).word)")
        troubleSince = nil
        pauses.reset()
    }

    /// What is in hand was stored before, or is not to be.
    private func leave() {
        underWay = nil
        progress.end()
        reader?.leave(forgetting: true)
        reader = nil
    }

    private func start() throws {
        let reader = try GroupReader(
            kafka, group: settings.readsAllPartitions ? nil : group, isDirect: true,
            begin: { [unowned self] in try begin($0) }, release: { [unowned self] in try release($0, isLost: $1) })
        self.reader = reader
        let metadata = try reader.consumer.client.metadata()
        clusterID = metadata.clusterId ?? ""
        let known = Set(metadata.topics.filter { $0.error == nil }.map(\.name))
        let missing = settings.topics.filter { !known.contains($0) }
        guard missing.isEmpty || !settings.mustExist else {
            throw JobFailure(
                usage:
                    "there is no topic '\(missing[0])'", hint: "kappa topics list shows the topics that there are.")
        }
        if settings.drains, missing.count == settings.topics.count {
            throw JobFailure(usage: "none of these topics exists: \(missing.joined(separator: ", "))")
        }
        if !missing.isEmpty { voice.detail("not there yet: \(missing.joined(separator: ", "))") }
        if settings.readsAllPartitions {
            let all = metadata.topics.filter { settings.topics.contains($0.name) }
                .flatMap { topic in topic.partitions.map { TopicPartition(topic.name, $0.id) } }
            try reader.take(all)
        } else {
            try reader.join(settings.topics)
        }
    }

    private func step() throws {
        guard let reader else { return }
        let room = settings.batchSize - batch.rowCount - batch.refusalCount
        try reader.poll(timeout: timeToFlush, most: max(1, room)) { event in
            switch event {
            case .record(let message): try take(message)
            case .end(let at, let offset): try reachedEnd(at, offset)
            case .trouble(let error): try meet(error)
            }
        }
        if underWay?.isDone == true { try settle() }
        if mustGoBack { try goBack(reader) }
        try holdWhileUnproven(reader.consumer)
        if isAtEnd {
            try flush()
        } else if batch.rowCount + batch.refusalCount >= settings.batchSize || batch.byteCount > SinkJob.mostBytes
            || timeToFlush == .zero
        {
            try send()
        }
        progress.update(tally.rows, share: settings.drains ? share : nil, lag: settings.drains ? nil : lag)
    }

    private static let mostBytes = 64 << 20

    /// How much is stored of what there was at the start, by offsets.
    private var share: Double? {
        let total = partitions.reduce(0) { $0 + max(0, $1.endThen - $1.began) }
        let done = partitions.reduce(0) { $0 + max(0, min($1.stored, $1.endThen) - $1.began) }
        return total > 0 ? Double(done) / Double(total) : nil
    }

    /// How much waits in the log, as the last answers to fetches had it; nobody is asked.
    private var lag: Int64? {
        guard let consumer = reader?.consumer, !partitions.isEmpty else { return nil }
        return partitions.reduce(0) { $0 + max(0, (consumer.knownEnd(of: $1.at) ?? $1.endThen) - $1.stored) }
    }

    /// Until the batch in hand has waited long enough.
    private var timeToFlush: Duration {
        guard let batchBegan, isProven else {
            // What else there is to do is heard of: records, partitions, the wish to stop.
            return underWay != nil || !isProven || settings.drains ? .milliseconds(100) : .seconds(1)
        }
        return max(.zero, settings.linger - batchBegan.duration(to: .now))
    }

    /// A bounded run has read all that there was.
    private var isAtEnd: Bool {
        settings.drains && isSettled && !mustGoBack && partitions.allSatisfy { $0.isAtEnd && $0.awaited == nil }
    }

    private var isSettled: Bool { reader?.isSettled == true }

    private var isDrained: Bool { isAtEnd && underWay == nil && !partitions.contains(where: \.hasAdvanced) }

    private func meet(_ error: KafkaError) throws {
        switch error.code {
        case KafkaError.unknownTopic,
            KafkaError.unknownTopicLocally where !settings.mustExist:
            voice.detail(error.message)
        case KafkaError.autoOffsetReset, KafkaError.offsetOutOfRange:
            throw StoreError(.contradiction, error.message, hint: SinkStart.hint)
        default:
            guard !error.isFatal, error.kind == .unreachable || error.isRetriable else { throw error }
            voice.detail(error.message)
        }
    }

    // MARK: Partitions come and go

    /// Asks the store where it stands, and the log whether that can be. What is held beside goes on.
    private func begin(_ given: [TopicPartition]) throws -> [PartitionOffset] {
        guard let client = reader?.consumer.client, !given.isEmpty else { return [] }
        try settle()
        let found = try client.watermarks(of: given)
        let logs = given.compactMap { at in found[at].map { (at, $0) } }
        let positions = try positions(in: logs)
        return try logs.map { at, log in
            guard let position = positions[at] else {
                throw StoreError(.failed, "\(at): the store did not keep its position")
            }
            let start = try SinkStart(position: position, log: log, clusterID: clusterID).offset()
            var partition = SinkPartition(position, logEnd: log.high)
            partition.awaited = start < position.nextOffset ? position.witness : nil
            partitions.append(partition)
            return PartitionOffset(at, start)
        }
    }

    private func positions(
        in logs: [(TopicPartition, Watermarks)]
    ) throws -> [TopicPartition: SinkPosition] {
        let target = target
        let fresh = logs.map { at, log in
            SinkPosition(source: at, nextOffset: log.low, clusterID: clusterID)
        }
        let known = Set(try writer.run { (store) throws(StoreError) in try store.positions(of: target) }.map(\.source))
        let unknown = fresh.filter { !known.contains($0.source) }
        let ends = unknown.isEmpty ? [:] : try ends(of: known)
        let all = try writer.run { (store) throws(StoreError) in
            if !unknown.isEmpty { try store.begin(target, at: unknown, logEnds: ends) }
            return try store.positions(of: target)
        }
        return Dictionary(all.map { ($0.source, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Where the logs end by now that the store knows positions in.
    private func ends(of known: Set<TopicPartition>) throws -> [TopicPartition: Int64] {
        guard let client = reader?.consumer.client, !known.isEmpty else { return [:] }
        let topics = Set(try client.metadata().topics.filter { $0.error == nil }.map(\.name))
        return try client.watermarks(of: known.filter { topics.contains($0.topic) }.sorted()).mapValues(\.high)
    }

    /// What is in hand is stored while the partitions are still ours. Where they are lost, another sink may have begun
    /// already; its positions would refuse ours, so what is in hand is dropped and read again by whoever has them. So
    /// it is where it may not be stored yet, and what stays here is then read again.
    private func release(_ taken: [TopicPartition], isLost: Bool) throws {
        defer { forget(taken) }
        if !isLost { try send() }
        try settle()
        discard()
        if !heldPartitions.isEmpty { try? reader?.consumer.resume(heldPartitions) }
        heldPartitions = []
        if partitions.contains(where: { $0.hasAdvanced && !taken.contains($0.at) }) { mustGoBack = true }
    }

    private func forget(_ taken: [TopicPartition]) {
        let taken = Set(taken)
        partitions.removeAll { taken.contains($0.at) }
        heldPartitions.removeAll(where: taken.contains)
        places.removeAll()
        lastPlace = nil
    }

    func discard() {
        batch.removeAll()
        batchBegan = nil
        for index in partitions.indices { partitions[index].batchIndex = nil }
    }

    // MARK: Records

    private func take(_ message: Message) throws {
        guard !mustGoBack, let index = place(of: message) else { return }
        let offset = message.offset
        if partitions[index].awaited != nil { try verify(message, index) }
        guard offset >= partitions[index].next else { return }
        if target.shape == .results { try meet(message) }
        guard !mustGoBack else { return }
        partitions[index].isAtEnd = false
        partitions[index].next = offset + 1
        let source = partitions[index].batchIndex ?? batch.index(of: partitions[index].source)
        partitions[index].batchIndex = source
        if batchBegan == nil { batchBegan = .now }
        let milliseconds = message.timestamp?.milliseconds ?? 0
        if target.shape == .raw {
            headers.withJSON(of: message) { headers in
                batch.append(
                    SourceRecord(
                        offset: offset, milliseconds: milliseconds, key: message.key, value: message.value,
                        headers: headers), from: source)
            }
        } else {
            batch.append(
                SourceRecord(offset: offset, milliseconds: milliseconds, key: message.key, value: message.value),
                from: source)
        }
    }

    /// What a record says of its fields is met once: the table gets the columns that it lacks.
    private func meet(_ message: Message) throws {
        guard let words = schemas.takeNew(of: message) else { return }
        guard let schema = ResultSchema(text: words) else {
            return voice.warning(
                "\(message.topic)[\(message.partition)], offset \(message.offset): the header \(ResultSchema.header) "
                    + "cannot be read, and what it says is not heeded")
        }
        guard target.results.meet(schema) != .same else { return }
        try flush()
        if batch.rowCount + batch.refusalCount > 0 {
            // What may not be stored yet is of the fields of before.
            discard()
            mustGoBack = true
        }
        var wanted = target
        wanted.results = schema
        let (fields, steps) = try writer.run { [settings] (store) throws(StoreError) in
            let steps = settings.creates ? try store.migrate(wanted) : []
            return (try store.schema(of: wanted) ?? wanted.results, steps)
        }
        for step in steps { voice.note("\(settings.address.name): \(step)") }
        target.results = fields
        batch.schema = fields
        spare.schema = fields
        for index in partitions.indices { partitions[index].batchIndex = nil }
        guard !settings.creates else { return }
        switch fields.meet(schema) {
        case .same: break
        case .wider(_, let added): for field in added { lacksColumn(field.name) }
        case .apart(let reason):
            throw StoreError(
                .schema, "'\(target.view)' holds other results: \(reason)", of: settings.address.name,
                hint: "Name another table with --table.")
        }
    }

    /// A field that no column keeps is told of once.
    func lacksColumn(_ name: String) {
        guard schemas.isFirst(name) else { return }
        voice.warning(
            "'\(target.view)' has no column for the field '\(name)', which is not stored; "
                + "kappa store migrate --field \(name):number adds one")
    }

    private func place(of message: Message) -> Int? {
        let key = PlaceKey(topic: message.topicIdentity, partition: message.partition)
        if let lastPlace, lastPlace.key == key { return lastPlace.index }
        let index: Int
        if let known = places[key] {
            index = known
        } else {
            let source = TopicPartition(message.topic, message.partition)
            // A record of a partition that was taken away meanwhile is nobody's here.
            guard let found = partitions.firstIndex(where: { $0.source == source }) else { return nil }
            index = found
            places[key] = found
        }
        lastPlace = (key, index)
        return index
    }

    /// The first record after a start must be the one that was stored last.
    private func verify(_ message: Message, _ index: Int) throws {
        guard let witness = partitions[index].awaited else { return }
        partitions[index].awaited = nil
        let met = Witness(
            offset: message.offset, milliseconds: message.timestamp?.milliseconds ?? 0, key: message.key,
            value: message.value)
        let source = partitions[index].source
        guard try SinkStart.isSameLog(met, awaited: witness, isCompacted: isCompacted(source.topic)) else {
            throw SinkStart.recreated(source, witness)
        }
    }

    /// Whether every partition has been met where it was left. Before that nothing is written: one topic that was
    /// recreated means that the others' records may be of another world, too.
    var isProven: Bool { !partitions.contains { $0.awaited != nil } }

    /// A batch that is full waits for the last proof, and no more is read meanwhile but that.
    private func holdWhileUnproven(_ consumer: Consumer) throws {
        let isFull =
            batch.rowCount + batch.refusalCount >= settings.batchSize || batch.byteCount > SinkJob.mostBytes
        if !isProven, isFull, heldPartitions.isEmpty {
            heldPartitions = partitions.filter { $0.awaited == nil }.map(\.at)
            try consumer.pause(heldPartitions)
            let rest = partitions.filter { $0.awaited != nil }.map { "\($0.source)" }
            voice.note("waiting for \(rest.joined(separator: ", ")): is it the topic of before?")
        } else if isProven, !heldPartitions.isEmpty {
            try consumer.resume(heldPartitions)
            heldPartitions = []
        }
    }

    private func isCompacted(_ topic: String) throws -> Bool {
        let settings = try reader?.consumer.client.describeTopics([topic]).first?.settings.get() ?? []
        return settings.contains { $0.name == "cleanup.policy" && $0.value?.contains("compact") == true }
    }

    private func reachedEnd(_ at: TopicPartition, _ offset: Int64) throws {
        guard !mustGoBack, let index = partitions.firstIndex(where: { $0.at == at }) else { return }
        if let witness = partitions[index].awaited {
            let source = partitions[index].source
            guard try SinkStart.isSameLog(nil, awaited: witness, isCompacted: isCompacted(source.topic)) else {
                throw SinkStart.recreated(source, witness)
            }
            partitions[index].awaited = nil
        }
        partitions[index].isAtEnd = true
        // The markers of transactions take offsets too.
        partitions[index].next = max(partitions[index].next, offset)
        if partitions[index].hasAdvanced, batchBegan == nil { batchBegan = .now }
    }
}
