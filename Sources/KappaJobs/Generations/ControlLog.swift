import KappaCore
package import KappaKafka

/// The durable account of generations: the compacted topic `kappa.control`.
///
/// Whoever changes it holds the job's transactional id, so of two commands at once the later one shuts the other out.
package final class ControlLog {
    package static let topic = "kappa.control"
    private static let place = TopicPartition(topic, 0)

    private let kafka: KafkaConfiguration
    package let client: KafkaClient
    package let job: String
    package private(set) var generations: [Generation] = []
    package private(set) var pointer: GenerationPointer
    /// What was read of all jobs; nil where nothing was ever replayed.
    package private(set) var account: ControlAccount?
    /// Where the topic ended before it was read.
    private var end: Int64 = 0
    private var writer: TransactionalWriter?
    private var handle: ProducerTopic?

    /// Reads what there is; nothing at all is the job that was never replayed.
    package init(_ job: String, _ kafka: KafkaConfiguration, writes: Bool = false) throws {
        self.kafka = kafka
        self.job = job
        client = try KafkaClient(kafka)
        pointer = .initial(job)
        if writes { try openWriter() }
        try read()
    }

    /// Shuts out whoever else writes, so it comes after all that may be refused: what is not done must not stop a
    /// replay that is just beginning.
    package func beginWriting() throws {
        guard writer == nil else { return }
        let seen = (generations, pointer)
        try openWriter()
        guard try client.watermarks(ControlLog.place).high != end else { return }
        try read()
        guard seen == (generations, pointer) else {
            throw JobFailure(
                "the generations of '\(job)' have changed meanwhile", hint: "'kappa replay list' shows them")
        }
    }

    private func openWriter() throws {
        _ = try ReplayTarget.prepare(
            ControlLog.topic, partitions: 1, settings: [("cleanup.policy", "compact")], creates: true, client: client)
        let name = "kappa.control.\(job)"
        let consumer = try Consumer(kafka, group: name)
        do {
            let writer = try TransactionalWriter(kafka, name: name, consumer: consumer)
            handle = try writer.producer.topic(ControlLog.topic)
            self.writer = writer
        } catch let trouble as TransactionalWriter.Indefinite {
            throw trouble.cause
        }
    }

    /// Reads again what there is.
    package func read() throws {
        if try ControlAccount.isKept(client) { end = try client.watermarks(ControlLog.place).high }
        account = try ControlAccount.read(kafka, client)
        generations = account?.generations(of: job) ?? []
        pointer = account?.pointer(of: job) ?? .initial(job)
    }

    /// All generations, the first one among them, which has no record of its own.
    package var all: [Generation] { (generations.first.map { [$0.first] } ?? []) + generations }

    package func generation(_ number: Int) throws -> Generation {
        guard let found = all.first(where: { $0.number == number }) else {
            throw JobFailure(
                "job '\(job)' has no generation \(number)",
                hint: all.isEmpty ? "'kappa replay start' begins one" : "'kappa replay list' shows what there is")
        }
        return found
    }

    /// The one that is meant where none is named: the newest that does not speak.
    package func candidate() throws -> Generation {
        guard let found = generations.last(where: { $0.number != pointer.live }) else {
            throw JobFailure(
                "job '\(job)' has no generation but the active one", hint: "'kappa replay start' begins one")
        }
        return found
    }

    package func chosen(_ number: Int?) throws -> Generation { try number.map(generation) ?? candidate() }

    // MARK: Writing

    package func write(_ generation: Generation) throws {
        try put([(generation.recordKey, generation.json)])
        generations.removeAll { $0.number == generation.number }
        generations = (generations + [generation]).sorted { $0.number < $1.number }
    }

    /// The same in one transaction with the records that `body` writes.
    package func write(_ generation: Generation, with body: (TransactionalWriter) throws -> Int64) throws -> Int64 {
        var count: Int64 = 0
        try withTransaction { send in
            if let writer { count = try body(writer) }
            try send(generation.recordKey, generation.json)
        }
        return count
    }

    package func write(_ pointer: GenerationPointer) throws {
        try put([(job, pointer.json)])
        self.pointer = pointer
    }

    package func forget(_ generation: Generation) throws {
        try put([(generation.recordKey, nil)])
        generations.removeAll { $0.number == generation.number }
    }

    private func put(_ records: [(key: String, value: [UInt8]?)]) throws {
        try withTransaction { send in
            for (key, value) in records { try send(key, value) }
        }
    }

    /// Writes control records in a transaction; an outcome that is not known is an error, and asking again tells.
    private func withTransaction(_ body: ((String, [UInt8]?) throws -> Void) throws -> Void) throws {
        guard let writer, let handle else { throw JobFailure("\(ControlLog.topic) was opened to be read") }
        do {
            try body { key, value in
                try Array(key.utf8).withUnsafeBytes { key in
                    try value.withOptionalBytes { value in
                        try writer.send { producer throws(KafkaError) in
                            try producer.produce(to: handle, partition: 0, key: key, value: value)
                        }
                    }
                }
            }
            try writer.commit([])
        } catch let trouble as TransactionalWriter.Indefinite {
            throw trouble.cause
        }
    }
}
