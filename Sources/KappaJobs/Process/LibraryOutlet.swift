import KappaCore
import KappaKafka

/// Writes by librdkafka, which knows of everything: security, other leaders, other coordinators.
final class LibraryOutlet: JobOutlet {
    private let producer: Producer
    private var topics: [ProducerTopic] = []

    /// How long one step of a transaction may take before its outcome counts as unknown.
    private static let patience: Duration = .seconds(20)

    init(_ spec: JobSpec, transactionalId: String) throws(KafkaError) {
        let kafka = spec.kafka.withoutReading.defaulting([
            (key: "delivery.report.only.error", value: "true"),
            (key: "transaction.timeout.ms", value: "\(spec.transactionTimeout.wholeMilliseconds)"),
            (key: "message.timeout.ms", value: "9000"),
            // Nobody reads a result before its commit, which flushes; so batches may grow meanwhile.
            (key: "linger.ms", value: "50"), (key: "compression.codec", value: "lz4"),
        ])
        producer = try Producer(kafka, transactionalId: transactionalId, bufferBytes: 6 << 20)
        try producer.initTransactions(timeout: LibraryOutlet.patience)
    }

    func topic(_ name: String) throws -> Int {
        topics.append(try producer.topic(name))
        return topics.count - 1
    }

    func begin() throws { try producer.beginTransaction() }

    func write(_ record: borrowing OutgoingRecord) throws {
        if try put(record) { return }
        let deadline = ContinuousClock.now + LibraryOutlet.patience
        repeat {
            producer.poll(timeout: .milliseconds(3))
            if try put(record) { return }
        } while ContinuousClock.now < deadline
        throw KafkaError(
            code: KafkaError.queueFull, kind: .unreachable,
            message: "'\(topics[record.topic].name)' takes no more records")
    }

    private func put(_ record: borrowing OutgoingRecord) throws(KafkaError) -> Bool {
        try producer.produce(
            to: topics[record.topic], partition: record.partition, key: record.key, value: record.value,
            timestamp: record.time, headers: record.headers)
    }

    func poll() { producer.poll() }

    func flush() {}

    func send(_ offsets: [PartitionOffset], of group: borrowing GroupMetadata) throws {
        try producer.sendOffsets(offsets, of: group, timeout: LibraryOutlet.patience)
    }

    func commit() throws { try producer.commitTransaction(timeout: LibraryOutlet.patience) }

    func commitUnheard() {
        let producer = producer
        WorkerThread("kappa-commit") { try? producer.commitTransaction(timeout: LibraryOutlet.patience) }.detach()
    }

    func abandon() { producer.purge() }
}
