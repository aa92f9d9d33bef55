import CRdKafka
import Glibc
package import KappaCore

/// Writes records, idempotently always, and knows the fate of each one.
///
/// `@unchecked Sendable`: librdkafka's producer may be called from any thread; the tally has its owner, the polling
/// one.
package final class Producer: @unchecked Sendable {
    package let client: KafkaClient
    /// Records put on their way, and those that are known to have failed.
    package internal(set) var accepted = 0
    /// What a record's key and value may have together, in bytes.
    package let largestRecord: Int
    private var failed = 0
    private var firstFailure: KafkaError?
    /// Heard on the polling thread for each record that failed; the message is borrowed for the call.
    package var onFailure: ((Message, KafkaError) -> Void)?
    /// Heard for each delivered record, where `hearsSuccess` asked for it.
    package var onSuccess: ((Message) -> Void)?

    /// - Parameters:
    ///   - transactionalId: makes the producer transactional; call `initTransactions` first.
    ///   - bufferBytes: what may wait to be delivered. While more is waiting than the five requests of an idempotent
    ///     producer hold, librdkafka's thread spins; two requests' worth costs half the processor time.
    ///   - hearsSuccess: report each delivered record too; a report costs as much as the record's own way.
    package init(
        _ configuration: KafkaConfiguration, transactionalId: String? = nil, bufferBytes: Int = 2 << 20,
        hearsSuccess: Bool = false
    ) throws(KafkaError) {
        largestRecord = configuration.value(of: "message.max.bytes").flatMap { Int($0) } ?? Producer.usualLargestRecord
        // A record that the buffer cannot hold would wait for room for ever.
        let buffer = max(bufferBytes >> 10, 1024, largestRecord < bufferBytes / 2 ? 0 : largestRecord >> 10 + 1024)
        var defaults: [(key: String, value: String)] =
            KafkaClient.quietly + [
                ("linger.ms", "5"), ("batch.num.messages", "100000"), ("batch.size", "1000000"),
                ("queue.buffering.max.messages", "1000000"),
                ("queue.buffering.max.kbytes", String(buffer)),
                ("message.timeout.ms", "300000"),
                // Java's own choice, so that keys land where other clients put them.
                ("partitioner", "murmur2_random"), ("sticky.partitioning.linger.ms", "10"),
            ]
        var forced: [(key: String, value: String)] = [
            ("enable.idempotence", "true"), ("delivery.report.only.error", hearsSuccess ? "false" : "true"),
        ]
        if let transactionalId {
            defaults += [("transaction.timeout.ms", "15000"), ("message.timeout.ms", "12000")]
            forced += [("transactional.id", transactionalId)]
        }
        client = try KafkaClient(
            type: RD_KAFKA_PRODUCER, configuration.defaulting(defaults).forcing(forced),
            prepare: { object, _ in
                rd_kafka_conf_set_dr_msg_cb(object) { _, message, opaque in
                    KafkaClient.Notes.of(opaque).onDelivery?(message!)
                }
            })
        client.notes.onDelivery = { [unowned self] message in heard(message) }
    }

    /// librdkafka's own default of `message.max.bytes`.
    private static let usualLargestRecord = 1_000_000

    private func heard(_ message: UnsafePointer<rd_kafka_message_t>) {
        let code = message.pointee.err
        let record = Message(UnsafeMutablePointer(mutating: message))
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else {
            onSuccess?(record)
            return
        }
        let topic = String(cString: rd_kafka_topic_name(message.pointee.rkt))
        let error = explainedDelivery(KafkaError(code, "topic '\(topic)'"))
        failed += 1
        if firstFailure == nil { firstFailure = error }
        onFailure?(record, error)
    }

    /// A record that timed out did so because of the connection.
    private func explainedDelivery(_ error: KafkaError) -> KafkaError {
        let isTimeout =
            error.code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT.rawValue
            || error.code == RD_KAFKA_RESP_ERR__PURGE_QUEUE.rawValue
            || error.code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT.rawValue
        guard isTimeout, let trouble = client.latestTrouble else { return error }
        var better = error
        better.message += " (\(KafkaClient.plain(trouble.message)))"
        better.kind = trouble.kind
        return better
    }

    /// A topic to write to; keep it, making one is not free.
    package func topic(_ name: String) throws(KafkaError) -> ProducerTopic {
        guard let handle = rd_kafka_topic_new(client.handle, name, nil) else {
            throw KafkaError(rd_kafka_last_error(), "topic '\(name)'")
        }
        return ProducerTopic(handle, name: name, of: client)
    }

    /// Let the partitioner choose.
    package static let anyPartition = RD_KAFKA_PARTITION_UA

    /// Puts one record on its way. The bytes are copied. False when the buffer has no room: `poll` and try again.
    package func produce(
        to topic: ProducerTopic, partition: Int32? = nil, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        timestamp: Timestamp? = nil, headers: [Header] = [], opaque: Int = 0
    ) throws(KafkaError) -> Bool {
        if timestamp?.milliseconds == 0 {
            // librdkafka takes a zero for "now", which would be a silent change.
            throw KafkaError(
                code: RD_KAFKA_RESP_ERR__INVALID_ARG.rawValue,
                message: "topic '\(topic.name)': a record cannot bear the time 1970-01-01T00:00:00.000Z exactly")
        }
        var list: OpaquePointer?
        if !headers.isEmpty { list = Producer.makeHeaders(headers) }
        var fields = InlineFields()
        fields.add(RD_KAFKA_VTYPE_RKT) { $0.rkt = topic.handle }
        fields.add(RD_KAFKA_VTYPE_PARTITION) { $0.i32 = partition ?? RD_KAFKA_PARTITION_UA }
        fields.add(RD_KAFKA_VTYPE_MSGFLAGS) { $0.i = Int32(RD_KAFKA_MSG_F_COPY) }
        if let value { fields.add(RD_KAFKA_VTYPE_VALUE, bytes: value) }
        if let key { fields.add(RD_KAFKA_VTYPE_KEY, bytes: key) }
        if let timestamp { fields.add(RD_KAFKA_VTYPE_TIMESTAMP) { $0.i64 = timestamp.milliseconds } }
        if opaque != 0 { fields.add(RD_KAFKA_VTYPE_OPAQUE) { $0.ptr = UnsafeMutableRawPointer(bitPattern: opaque) } }
        if let list { fields.add(RD_KAFKA_VTYPE_HEADERS) { $0.headers = list } }
        guard let error = fields.produce(client.handle) else {
            accepted += 1
            return true
        }
        // On failure the headers stay ours; on success librdkafka took them.
        if let list { rd_kafka_headers_destroy(list) }
        let failure = KafkaError(taking: error, "topic '\(topic.name)'")
        if failure.code == KafkaError.queueFull { return false }
        throw failure
    }

    private static func makeHeaders(_ headers: [Header]) -> OpaquePointer {
        let list = rd_kafka_headers_new(headers.count)!
        for header in headers {
            if let value = header.value {
                _ = value.withUnsafeBytes {
                    // An empty value is not a null one, so it needs an address.
                    rd_kafka_header_add(list, header.name, -1, $0.baseAddress ?? UnsafeRawPointer(emptyBytes), $0.count)
                }
            } else {
                rd_kafka_header_add(list, header.name, -1, nil, 0)
            }
        }
        return list
    }

    /// Hears delivery reports; returns how many events there were.
    @discardableResult
    package func poll(timeout: Duration = .zero) -> Int {
        Int(rd_kafka_poll(client.handle, Int32(clamping: timeout.wholeMilliseconds)))
    }

    /// Records whose fate is not known yet.
    package var inFlight: Int { Int(rd_kafka_outq_len(client.handle)) }

    /// Waits until the fate of every record is known, or for `timeout`; true if all are.
    package func flush(timeout: Duration) -> Bool {
        rd_kafka_flush(client.handle, Int32(clamping: timeout.wholeMilliseconds)) == RD_KAFKA_RESP_ERR_NO_ERROR
    }

    /// Gives up on what is not delivered yet; each such record is reported as failed.
    package func purge() {
        rd_kafka_purge(client.handle, Int32(RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT))
        _ = flush(timeout: .seconds(2))
    }

    /// Whether any record is known to have failed.
    package var hasFailed: Bool { failed > 0 }

    /// What the records come to so far. It is final once `inFlight` is zero.
    package var tally: DeliveryTally {
        DeliveryTally(delivered: max(0, accepted - failed - inFlight), failed: failed, firstFailure: firstFailure)
    }
}

/// The fates of the records that were put on their way.
package struct DeliveryTally: Sendable {
    package var delivered = 0
    package var failed = 0
    package var firstFailure: KafkaError?

    package init(delivered: Int = 0, failed: Int = 0, firstFailure: KafkaError? = nil) {
        self.delivered = delivered
        self.failed = failed
        self.firstFailure = firstFailure
    }

    package static func + (left: DeliveryTally, right: DeliveryTally) -> DeliveryTally {
        DeliveryTally(
            delivered: left.delivered + right.delivered, failed: left.failed + right.failed,
            firstFailure: left.firstFailure ?? right.firstFailure)
    }
}

/// One topic's handle within a producer.
package final class ProducerTopic {
    let handle: OpaquePointer
    package let name: String
    /// The handle must not outlive its client.
    private let client: KafkaClient

    init(_ handle: OpaquePointer, name: String, of client: KafkaClient) {
        self.handle = handle
        self.name = name
        self.client = client
    }

    deinit { rd_kafka_topic_destroy(handle) }
}

nonisolated(unsafe) let emptyBytes = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)

/// The fields of one `rd_kafka_produceva` call, on the stack.
struct InlineFields {
    private var fields: InlineArray<8, rd_kafka_vu_t> = .init(repeating: rd_kafka_vu_t())
    private var count = 0

    mutating func add(_ type: rd_kafka_vtype_t, _ set: (inout rd_kafka_vu_t.__Unnamed_union_u) -> Void) {
        fields[count].vtype = type
        set(&fields[count].u)
        count += 1
    }

    mutating func add(_ type: rd_kafka_vtype_t, bytes: UnsafeRawBufferPointer) {
        fields[count].vtype = type
        // Empty is not null: librdkafka goes by the address.
        fields[count].u.mem.ptr = UnsafeMutableRawPointer(mutating: bytes.baseAddress) ?? emptyBytes
        fields[count].u.mem.size = bytes.count
        count += 1
    }

    func produce(_ handle: OpaquePointer) -> OpaquePointer? {
        fields.span.withUnsafeBufferPointer { rd_kafka_produceva(handle, $0.baseAddress, count) }
    }
}
