import KappaCore
package import KappaKafka

/// Which topic is read for a stable name, as `kappa.control` has it, of all jobs.
package struct ActiveGenerations {
    /// The generation behind a stable name.
    package struct Active: Equatable {
        package var job: String
        package var generation: Int
        package var topic: String
        /// The event time from which on it is read; earlier windows come from the one before.
        package var from: Int64?
    }

    private var account = ControlAccount()
    /// Whoever wrote to a name once: a generation that is dropped leaves the name to the others.
    private var writers: [String: String] = [:]

    package init() {}

    /// As it is now; nothing where no job was ever replayed.
    package init(_ kafka: KafkaConfiguration, _ client: KafkaClient) throws {
        guard let found = try ControlAccount.read(kafka, client) else { return }
        account = found
        writers = found.writers
    }

    /// Takes a record of the account.
    package mutating func hear(_ message: Message) {
        guard let key = message.key else { return }
        account.take(String(decoding: key, as: UTF8.self), message.value)
        writers.merge(account.writers) { $1 }
    }

    /// Nil for a name that no replayed job writes to.
    package func active(for name: String) -> Active? {
        guard let job = writers[name] else { return nil }
        let pointer = account.pointer(of: job)
        return Active(
            job: job, generation: pointer.live, topic: GenerationNames.topic(name, pointer.live), from: pointer.from)
    }

    /// The topic to read for a name.
    package func topic(of name: String) -> String { active(for: name)?.topic ?? name }
}
