import CLinux
import CRdKafka
import Glibc
package import KappaCore
import Synchronization

/// Reads records: with a group that shares partitions, or from partitions it was told to read.
///
/// Polled from one thread. Offsets are never committed or reset behind the caller's back.
package final class Consumer {
    package let client: KafkaClient
    private let queue: OpaquePointer
    private var slots: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    private let capacity: Int
    private var isClosed = false
    private let pacer: FetchPacer
    let arrived = EventDescriptor()
    let group: String?
    /// Reads in librdkafka's place, where it can.
    var direct: DirectConsumption?

    /// What a reader fetches and unpacks comes in pieces of some hundred KiB without end. Left to itself, malloc gives
    /// each back to the kernel and takes it anew, a page fault for every 4 KiB.
    private static let isMemoryKept =
        mallopt(M_TRIM_THRESHOLD, 8 << 20) == 1 && mallopt(M_MMAP_THRESHOLD, 4 << 20) == 1

    /// Heard on the polling thread, inside `poll`: partitions given to this member of the group. It answers with
    /// where to start each one (`PartitionOffset.stored` for the committed place).
    package var onAssign: (([TopicPartition]) -> [PartitionOffset])?
    /// Heard inside `poll` before partitions are taken away; `isLost` where another member may have them already.
    package var onRevoke: (([TopicPartition], _ isLost: Bool) -> Void)?
    /// It keeps its place in the group only: partitions that it is given are paused, for others read them.
    package var isStill = false

    /// - Parameters:
    ///   - capacity: how many records one `poll` gives at most.
    ///   - isDirect: it reads over connections of its own, where nothing is asked for that only librdkafka does. Each
    ///     change of what is read costs it a new one.
    package init(
        _ configuration: KafkaConfiguration, group: String?, capacity: Int = 4096, isDirect: Bool = false
    ) throws(KafkaError) {
        _ = Consumer.isMemoryKept
        let defaults: [(key: String, value: String)] =
            KafkaClient.quietly + [
                // Without a group the name is only a word that librdkafka wants to hear; nothing is committed under it.
                ("group.id", group ?? "kappa"), ("auto.offset.reset", "error"), ("check.crcs", "true"),
                ("isolation.level", "read_committed"), ("enable.partition.eof", "true"),
                ("queued.max.messages.kbytes", "16384"), ("queued.min.messages", "100000"),
                ("fetch.wait.max.ms", "100"), ("fetch.error.backoff.ms", "50"), ("fetch.message.max.bytes", "4194304"),
            ]
        let forced: [(key: String, value: String)] = [
            ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"),
        ]
        client = try KafkaClient(
            type: RD_KAFKA_CONSUMER, configuration.defaulting(defaults).forcing(forced),
            prepare: { object, _ in
                guard group != nil else { return }
                rd_kafka_conf_set_rebalance_cb(object) { handle, code, partitions, opaque in
                    let notes = KafkaClient.Notes.of(opaque)
                    if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
                        notes.wasAssigned.store(true, ordering: .relaxed)
                    }
                    guard let handler = notes.onRebalance else { return Consumer.settle(handle!) }
                    handler(code, partitions!)
                }
            })
        rd_kafka_poll_set_consumer(client.handle)
        let strategy = configuration.value(of: "partition.assignment.strategy")
        client.notes.joinsStickily = group != nil && strategy?.contains("sticky") == true
        pacer = FetchPacer(client.handle)
        queue = rd_kafka_queue_get_consumer(client.handle)
        self.capacity = capacity
        self.group = group
        var one: UInt64 = 1
        rd_kafka_queue_io_event_enable(queue, arrived.descriptor, &one, 8)
        slots = .allocate(capacity: capacity)
        direct = isDirect ? try DirectConsumption(client) : nil
        client.notes.onRebalance = { [unowned self] code, list in rebalance(code, list) }
    }

    deinit {
        // Whoever let go of it wants to hear nothing more.
        onRevoke = nil
        close()
        slots.deallocate()
    }

    /// Whether it reads over connections of its own, which may end at any time.
    package var isDirect: Bool { direct != nil }

    /// Ends fetching and gives the partitions up; the revocation is heard inside this call. The group is left when the
    /// last reference to the client goes, with its handle (see `HandleEnd`).
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        pacer.stop()
        direct = nil
        if let group {
            let given = assignment
            if !given.isEmpty { onRevoke?(given, rd_kafka_assignment_lost(client.handle) != 0) }
            let member = groupMetadata.member
            // A static member comes back under its name, and disturbs nobody by it.
            if let member, member.generation >= 0, !member.id.isEmpty, member.instance == nil {
                client.notes.membership = GroupMembership(group: group, member: member.id)
            }
        }
        client.notes.onRebalance = nil
        Consumer.settle(client.handle)
        // The descriptor's number may be another one's soon, and the queue lives as long as the handle.
        rd_kafka_queue_io_event_enable(queue, -1, nil, 0)
        rd_kafka_queue_destroy(queue)
    }

    /// Answers a sharing out that may be under way, with nothing: librdkafka's thread would go round for ever in
    /// waiting for it while the handle is destroyed.
    private static func settle(_ handle: OpaquePointer) {
        guard rd_kafka_rebalance_protocol(handle).map({ String(cString: $0) }) == "COOPERATIVE" else {
            rd_kafka_assign(handle, nil)
            return
        }
        let nothing = rd_kafka_topic_partition_list_new(0)!
        defer { rd_kafka_topic_partition_list_destroy(nothing) }
        for error in [rd_kafka_incremental_unassign(handle, nothing), rd_kafka_incremental_assign(handle, nothing)] {
            if let error { rd_kafka_error_destroy(error) }
        }
    }

    // MARK: What to read

    package func subscribe(to topics: [String]) throws(KafkaError) {
        client.isReading = true
        let list = PartitionList(topics: topics)
        try client.check(
            rd_kafka_subscribe(client.handle, list.pointer), "subscribing to \(topics.joined(separator: ", "))")
    }

    package func assign(_ offsets: [PartitionOffset]) throws(KafkaError) {
        if let direct, let places = try direct.resolved(offsets) {
            direct.leaveAll()
            return direct.follow(places)
        }
        direct = nil
        try assignToLibrary(offsets)
    }

    func assignToLibrary(_ offsets: [PartitionOffset]) throws(KafkaError) {
        client.isReading = true
        let list = PartitionList(offsets)
        try client.check(rd_kafka_assign(client.handle, list.pointer), "assigning partitions")
    }

    package func seek(_ offset: PartitionOffset) throws(KafkaError) {
        if let direct { return direct.move(to: offset) }
        try seekInLibrary([offset])
    }

    func seekInLibrary(_ offsets: [PartitionOffset]) throws(KafkaError) {
        let list = PartitionList(offsets)
        try client.check(
            taking: rd_kafka_seek_partitions(client.handle, list.pointer, client.configuration.timeoutMilliseconds),
            "seeking in \(offsets.map { "\($0.at)" }.joined(separator: ", "))")
        if let error = list.offsets.compactMap(\.error).first { throw error }
    }

    package func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
        if let direct { return direct.pause(partitions, true) }
        let list = PartitionList(partitions)
        try client.check(rd_kafka_pause_partitions(client.handle, list.pointer), "pausing")
    }

    package func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
        if let direct { return direct.pause(partitions, false) }
        let list = PartitionList(partitions)
        try client.check(rd_kafka_resume_partitions(client.handle, list.pointer), "resuming")
    }

    private func rebalance(
        _ code: rd_kafka_resp_err_t, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) {
        let partitions = PartitionList.offsets(in: list).map(\.at)
        if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            let places = onAssign?(partitions) ?? partitions.map { PartitionOffset($0, PartitionOffset.stored) }
            let starts = PartitionList(places)
            finishRebalance(starts.pointer, isAssign: true)
            if direct != nil { followDirectly(places) }
            guard isStill || direct != nil else { return }
            rd_kafka_pause_partitions(client.handle, starts.pointer)
            // Nothing more will come to the poll that this is heard in.
            rd_kafka_queue_yield(queue)
        } else {
            onRevoke?(partitions, rd_kafka_assignment_lost(client.handle) != 0)
            direct?.leave(partitions)
            finishRebalance(list, isAssign: false)
        }
    }

    private func finishRebalance(_ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>, isAssign: Bool) {
        // Nil while the client is being closed, and the partitions go all at once then.
        let rebalancing = rd_kafka_rebalance_protocol(client.handle).map { String(cString: $0) }
        if rebalancing == "COOPERATIVE" {
            let error =
                isAssign
                ? rd_kafka_incremental_assign(client.handle, list) : rd_kafka_incremental_unassign(client.handle, list)
            if let error { client.notes.note(KafkaError(taking: error, "taking partitions"), isFatal: false) }
        } else {
            rd_kafka_assign(client.handle, isAssign ? list : nil)
        }
    }

    // MARK: Reading

    /// Where a partition that is read ended when the last answer to a fetch came; no broker is asked.
    package func knownEnd(of at: TopicPartition) -> Int64? {
        var (low, high): (Int64, Int64) = (0, 0)
        let code = rd_kafka_get_watermark_offsets(client.handle, at.topic, at.partition, &low, &high)
        return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : nil
    }

    /// What one `poll` met beside records.
    package enum Event {
        case record(Message)
        /// The end of a partition as it was just then: the offset is the next one to come.
        case end(TopicPartition, offset: Int64)
        case trouble(KafkaError)
    }

    /// Waits up to `timeout` for something, hands each event to `body`, and frees the records behind it.
    ///
    /// Returns how many events there were.
    @discardableResult
    package func poll(timeout: Duration, most: Int? = nil, _ body: (Event) throws -> Void) throws -> Int {
        let room = min(most ?? capacity, capacity)
        guard direct != nil else { return try give(gather(room, timeout), body) }
        let heard = try pollDirectly(room, body)
        guard heard == 0, timeout > .zero else { return heard }
        waitForNews(timeout)
        return try pollDirectly(room, body)
    }

    /// Hands what is in the slots to `body`.
    func give(_ count: Int, _ body: (Event) throws -> Void) throws -> Int {
        guard count > 0 else { return 0 }
        pacer.note(count)
        defer { for index in 0..<count { rd_kafka_message_destroy(slots[index]) } }
        for index in 0..<count {
            let message = slots[index]!
            if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
                try body(.record(Message(message)))
            } else {
                try body(event(of: message))
            }
        }
        return count
    }

    /// Becomes readable when something comes after `poll` has heard nothing.
    package var news: Int32 { arrived.descriptor }

    /// Fills the slots with what is there, or waits for the first and a moment for its followers: asked for many,
    /// librdkafka would wait for the last of them as long as for the first. A stop ends the wait.
    private func gather(_ room: Int, _ timeout: Duration) -> Int {
        let count = take(room, within: 0)
        guard count == 0 else { return count }
        arrived.clear()
        let missed = take(room, within: 0)
        guard missed == 0, timeout > .zero else { return missed }
        waitForNews(timeout)
        return take(room, within: Consumer.moment)
    }

    private func waitForNews(_ timeout: Duration) {
        var sources = [arrived.descriptor]
        if let news = direct?.news { sources.append(news) }
        let stop = client.configuration.stop
        if !stop.isRequested { sources.append(stop.descriptor) }
        EventDescriptor.wait(for: sources, timeout)
    }

    func take(_ room: Int, within milliseconds: Int32) -> Int {
        max(0, rd_kafka_consume_batch_queue(queue, milliseconds, slots, room))
    }

    /// In milliseconds: short for who waits for a record, long beside the cost of waking up for each.
    private static let moment: Int32 = 5

    private func event(of message: UnsafeMutablePointer<rd_kafka_message_t>) -> Event {
        let code = message.pointee.err
        let topic = message.pointee.rkt.map { String(cString: rd_kafka_topic_name($0)) }
        if code == RD_KAFKA_RESP_ERR__PARTITION_EOF, let topic {
            return .end(TopicPartition(topic, message.pointee.partition), offset: message.pointee.offset)
        }
        let place = topic.map { "\($0)[\(message.pointee.partition)]" } ?? ""
        let detail = rd_kafka_message_errstr(message).map { String(cString: $0) }
        return .trouble(KafkaError(code, place, detail: detail))
    }

    /// Where each partition stands: the next offset the caller has not been given, counting transaction markers.
    package func positions(_ partitions: [TopicPartition]) throws(KafkaError) -> [PartitionOffset] {
        if let direct { return partitions.map { PartitionOffset($0, direct.position(of: $0)) } }
        let list = PartitionList(partitions)
        try client.check(rd_kafka_position(client.handle, list.pointer), "asking for positions")
        return list.offsets
    }

    // MARK: Committed places

    /// The group's committed places with their metadata; `PartitionOffset.none` where there is none. With an open
    /// transaction on one, waits until it is decided.
    package func committed(_ partitions: [TopicPartition]) throws(KafkaError) -> [PartitionOffset] {
        let list = PartitionList(partitions)
        try client.check(
            rd_kafka_committed(client.handle, list.pointer, client.configuration.timeoutMilliseconds),
            "asking for committed offsets")
        return list.offsets
    }

    package func commit(_ offsets: [PartitionOffset]) throws(KafkaError) {
        let list = PartitionList(offsets)
        try client.check(rd_kafka_commit(client.handle, list.pointer, 0), "committing offsets")
        if let error = list.offsets.compactMap(\.error).first { throw error }
    }

    /// Commits without waiting for the answer.
    package func commitSoon(_ offsets: [PartitionOffset]) {
        let list = PartitionList(offsets)
        rd_kafka_commit(client.handle, list.pointer, 1)
    }

    /// Who this member is to its group, for a producer that commits on its behalf.
    package var groupMetadata: GroupMetadata { GroupMetadata(taking: rd_kafka_consumer_group_metadata(client.handle)) }

    package var assignment: [TopicPartition] {
        var raw: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        guard rd_kafka_assignment(client.handle, &raw) == RD_KAFKA_RESP_ERR_NO_ERROR, let raw else { return [] }
        return PartitionList(taking: raw).offsets.map(\.at)
    }
}
