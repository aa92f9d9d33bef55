import KappaCore
package import KappaKafka

/// What `kappa.control` says of all jobs: their generations, and which of them speaks.
package struct ControlAccount {
    private var generations: [String: Generation] = [:]
    private var pointers: [String: GenerationPointer] = [:]

    /// Everything up to the topic's end; nil where there is no such topic, since nothing was ever replayed.
    package static func read(_ kafka: KafkaConfiguration, _ client: KafkaClient) throws -> ControlAccount? {
        guard try isKept(client) else { return nil }
        var account = ControlAccount()
        try TopicReading.all(of: ControlLog.topic, kafka, client) { message in
            guard let key = message.key else { return }
            account.take(String(decoding: key, as: UTF8.self), message.value)
        }
        return account
    }

    package static func isKept(_ client: KafkaClient) throws -> Bool {
        try client.metadata().topics.contains { $0.name == ControlLog.topic }
    }

    /// The latest record of a key counts, and none takes back what it said.
    package mutating func take(_ key: String, _ value: UnsafeRawBufferPointer?) {
        generations[key] = nil
        pointers[key] = nil
        guard let value else { return }
        var buffer = JSONBuffer()
        buffer.load(value)
        guard let record = try? JSONValue(checking: buffer) else { return }
        if let pointer = GenerationPointer(record) { pointers[key] = pointer }
        if let generation = Generation(record) { generations[key] = generation }
    }

    package func pointer(of job: String) -> GenerationPointer {
        pointers.values.first { $0.job == job } ?? .initial(job)
    }

    package func generations(of job: String) -> [Generation] {
        generations.values.filter { $0.job == job }.sorted { $0.number < $1.number }
    }

    /// The job of each stable name of results.
    var writers: [String: String] {
        generations.values.reduce(into: [:]) { found, one in
            for output in one.outputs { found[output] = one.job }
        }
    }

    /// Switches that were interrupted before a store showed them.
    package var unfinished: [GenerationPointer] { pointers.values.filter { $0.showing != nil } }

    /// Whether a generation of another job writes to the topic.
    package func isOthers(_ topic: String, than job: String) -> Bool {
        generations.values.contains { $0.job != job && $0.topics.contains(topic) }
    }
}
