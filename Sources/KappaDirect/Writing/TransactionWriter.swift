package import KappaCore
import KappaRecords

/// Writes records within transactions, each of which commits a group's places too, or nothing at all.
///
/// After any failure it is of no more use: whether the transaction went through shows in the committed offsets, once
/// another writer of the same name has begun.
package final class TransactionWriter {
    /// A topic to write to, with the leaders of its partitions.
    package struct Topic: Sendable {
        package var name: String
        package var leaders: [BrokerAddress]

        package init(name: String, leaders: [BrokerAddress]) {
            self.name = name
            self.leaders = leaders
        }
    }

    /// What is on its way to one partition.
    private final class Outlet {
        let topic: String
        let partition: Int32
        let writer: BrokerWriter
        var batch: OutgoingBatch?
        var nextSequence: Int32 = 0
        var isInTransaction = false

        init(_ topic: String, _ partition: Int32, _ writer: BrokerWriter) {
            self.topic = topic
            self.partition = partition
            self.writer = writer
        }
    }

    private let settings: TransactionSettings
    private let coordinator: TransactionCoordinator
    private var writers: [BrokerAddress: BrokerWriter] = [:]
    private var topics: [[Outlet]] = []

    /// The bytes of all batches that are still being gathered.
    private var gathered = 0

    /// A batch that reaches it goes out.
    private static let batchBytes = 256 << 10
    /// When all batches together reach it, all go out: a job may have hundreds of partitions.
    private static let gatheredBytes = 4 << 20

    /// Begins: shuts out older writers of the same name.
    package init(_ settings: TransactionSettings, brokers: [BrokerAddress]) throws(ConnectionFailure) {
        self.settings = settings
        coordinator = TransactionCoordinator(settings, brokers: brokers)
        try coordinator.begin()
    }

    deinit { stop() }

    /// Lets go of everything. An open transaction is ended by the next writer of the name, or by its time-out.
    package func stop() {
        for writer in writers.values { writer.stop() }
        writers = [:]
        topics = []
    }

    /// The number under which `write` knows the topic. A topic has one, however often it is added: a partition's
    /// records are numbered through, and what bears a number again is taken for a copy.
    package func add(_ topic: Topic) -> Int {
        if let known = topics.firstIndex(where: { $0.first?.topic == topic.name }) { return known }
        var outlets: [Outlet] = []
        for (partition, leader) in topic.leaders.enumerated() {
            let writer = writers[leader] ?? BrokerWriter(leader, settings)
            writers[leader] = writer
            outlets.append(Outlet(topic.name, Int32(partition), writer))
        }
        topics.append(outlets)
        return topics.count - 1
    }

    /// Gathers a record; the bytes are copied.
    package func write(
        to topic: Int, partition: Int32, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        timestamp: Timestamp, headers: [(name: String, value: [UInt8]?)] = []
    ) throws(ConnectionFailure) {
        let outlet = topics[topic][Int(partition)]
        let size = (key?.count ?? 0) + (value?.count ?? 0)
        if let batch = outlet.batch, batch.builder.size + size > TransactionWriter.batchBytes { try handOver(outlet) }
        let batch = outlet.batch ?? emptyBatch(outlet)
        let before = batch.builder.size
        batch.builder.append(timestamp: timestamp.milliseconds, key: key, value: value, headers: headers)
        gathered += batch.builder.size - before
        if gathered > TransactionWriter.gatheredBytes { try handOverAll() }
    }

    private func emptyBatch(_ outlet: Outlet) -> OutgoingBatch {
        let batch = outlet.writer.emptyBatch()
        batch.begin(topic: outlet.topic, partition: outlet.partition)
        outlet.batch = batch
        gathered += batch.builder.size
        return batch
    }

    /// Throws what has gone wrong meanwhile.
    package func check() throws(ConnectionFailure) {
        for writer in writers.values { try writer.check() }
    }

    private func handOverAll() throws(ConnectionFailure) {
        for outlet in topics.joined() { try handOver(outlet) }
    }

    private func handOver(_ outlet: Outlet) throws(ConnectionFailure) {
        guard let batch = outlet.batch else { return }
        if !outlet.isInTransaction { try addPartitions() }
        outlet.batch = nil
        gathered -= batch.builder.size
        batch.builder.attributes = .transactional
        batch.builder.producerId = coordinator.producerId
        batch.builder.producerEpoch = coordinator.producerEpoch
        batch.builder.baseSequence = outlet.nextSequence
        outlet.nextSequence = (outlet.nextSequence &+ batch.builder.recordCount) & .max
        try outlet.writer.put(batch)
    }

    /// All that have something to send, so that they are asked for at once.
    private func addPartitions() throws(ConnectionFailure) {
        let added = topics.joined().filter { !$0.isInTransaction && $0.batch != nil }
        try coordinator.add(added.map { ($0.topic, $0.partition) })
        for outlet in added { outlet.isInTransaction = true }
    }

    // MARK: The end of a transaction

    /// Waits until the brokers have taken all that was written.
    package func flush() throws(ConnectionFailure) {
        try handOverAll()
        for writer in writers.values { try writer.flush() }
    }

    /// The places become committed with the transaction. Comes after `flush`.
    package func send(_ places: [CommittedPlace], of group: GroupPlace) throws(ConnectionFailure) {
        try coordinator.send(places, of: group)
    }

    /// Comes after `flush`; there must be something to commit.
    package func commit() throws(ConnectionFailure) {
        try coordinator.commit()
        for outlet in topics.joined() { outlet.isInTransaction = false }
    }

    /// The word to commit without waiting for its outcome: for who is about to die.
    package func sendCommit() throws(ConnectionFailure) { try coordinator.sendCommit() }
}
