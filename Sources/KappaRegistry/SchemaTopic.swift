package import KappaCore
import KappaJobs
package import KappaKafka
import Synchronization

/// The topic of a registry in a cluster: one partition, compacted, with one writer at a time.
///
/// Entries go in by transactions under a name of the topic's own: a second registry over the same topic ends the first
/// one's right to write, so that no id is ever given twice.
package final class SchemaTopic: Sendable {
    package static let usualName = "_schemas"

    package let name: String
    private let configuration: KafkaConfiguration
    private let voice: Voice
    /// Nil after trouble with it: the next write makes another.
    private let producer = Mutex<Producer?>(nil)

    /// Long enough for the transaction that a killed predecessor left open to be ended.
    private static let patience = Duration.seconds(30)

    package init(_ name: String, _ configuration: KafkaConfiguration, voice: Voice) {
        self.name = name
        self.configuration = configuration
        self.voice = voice
    }

    /// Makes the topic where it is missing, becomes its only writer, and reads what it holds.
    package func open() throws -> SchemaBook {
        let client = try KafkaClient(configuration)
        try prepare(client)
        try producer.withLock { $0 = try writer() }
        return try read(client)
    }

    /// What the topic holds now; after trouble with a write nobody else knows whether it holds that.
    package func load() throws -> SchemaBook {
        try producer.withLock { if $0 == nil { $0 = try writer() } }
        return try read(try KafkaClient(configuration))
    }

    private func writer() throws -> Producer {
        let producer = try Producer(configuration, transactionalId: "kappa.registry.\(name)")
        try producer.initTransactions(timeout: SchemaTopic.patience)
        return producer
    }

    private func prepare(_ client: KafkaClient) throws {
        let topic = NewTopic(name, partitions: 1, settings: [("cleanup.policy", "compact")])
        for outcome in try client.createTopics([topic]) {
            guard let error = outcome.error, error.code != KafkaError.topicExists else { continue }
            throw error
        }
        guard let settings = try client.describeTopics([name]).first?.settings.get(),
            let policy = settings.first(where: { $0.name == "cleanup.policy" })?.value
        else { return }
        guard policy == "compact" else {
            throw JobFailure(
                "the topic '\(name)' has cleanup.policy=\(policy): schemas would be deleted by their age",
                hint: "kappa topics alter \(name) -c cleanup.policy=compact")
        }
        let partitions = try client.partitions(of: name).count
        guard partitions == 1 else {
            throw JobFailure(
                "the topic '\(name)' has \(partitions) partitions; a registry's has one, where its records have an order",
                hint: "name another with --topic")
        }
    }

    private func read(_ client: KafkaClient) throws -> SchemaBook {
        var book = SchemaBook()
        let committed = configuration.defaulting([("isolation.level", "read_committed")])
        try TopicReading.all(of: name, committed, client) { message in
            do throws(SchemaRecordError) {
                guard let key = message.key.map(Array.init) else { throw SchemaRecordError("it has no key") }
                if let entry = try SchemaEntry(key: key, value: message.value.map(Array.init)) { book.take(entry) }
            } catch {
                voice.warning("the record at \(name)[0] offset \(message.offset) is passed over: \(error.reason)")
            }
        }
        return book
    }

    /// Puts the entries in, all or none.
    package func write(_ entries: [SchemaEntry]) throws {
        try producer.withLock { current in
            guard let producer = current else { throw JobFailure("the topic '\(name)' is being opened again") }
            // Whatever goes wrong, what became of the transaction is not known.
            current = nil
            try producer.beginTransaction()
            let topic = try producer.topic(name)
            for entry in entries { try send(entry, to: topic, producer) }
            try producer.commitTransaction(timeout: SchemaTopic.patience)
            current = producer
        }
    }

    private func send(_ entry: SchemaEntry, to topic: ProducerTopic, _ producer: Producer) throws {
        let value = entry.value
        try entry.key.withUnsafeBytes { key in
            func send(_ value: UnsafeRawBufferPointer?) throws {
                while try !producer.produce(to: topic, partition: 0, key: key, value: value) {
                    producer.poll(timeout: .milliseconds(20))
                }
            }
            guard let value else { return try send(nil) }
            try value.withUnsafeBytes { try send($0) }
        }
    }
}
