import Glibc
import KappaBroker
import KappaCore
import KappaKafka
import KappaNetwork
import KappaSQLite
import KappaStores
import KappaTestSupport
import Synchronization

@testable import KappaJobs

/// A broker in this process, reached over TCP, and a folder for everything else; gone when the last reference is.
final class JobScene: Sendable {
    let folder: TemporaryDirectory
    let broker: Broker
    let client: KafkaClient
    /// As a person would say it: what a client adds to it is for its own kind.
    let kafka: KafkaConfiguration

    /// Everything that a test waits for has come long before, on a machine that has anything to spare.
    static let patience: Duration = .seconds(90)

    init() throws {
        folder = try TemporaryDirectory()
        var configuration = BrokerConfiguration(dataDirectory: "\(folder.path)/broker")
        configuration.listen = SocketAddress(host: "127.0.0.1", port: 0)
        // What a power cut would take is no concern here, and the disk is slow.
        configuration.syncPolicy = .system
        broker = try Broker(configuration)
        try broker.start()
        kafka = KafkaConfiguration(brokers: "127.0.0.1:\(broker.port)", timeout: .seconds(30))
        client = try KafkaClient(kafka)
    }

    deinit { try? broker.stop() }

    var brokers: String { "127.0.0.1:\(broker.port)" }

    /// The same with what a person asks for beside it.
    func asked(_ properties: [(key: String, value: String)]) -> KafkaConfiguration {
        var asked = kafka
        asked.properties += properties
        return asked
    }

    /// Times of long ago stay.
    func create(_ topic: String, partitions: Int, settings: [(key: String, value: String)] = []) throws {
        for outcome in try client.createTopics([
            NewTopic(topic, partitions: partitions, settings: [("retention.ms", "-1")] + settings)
        ]) {
            if let error = outcome.error { throw error }
        }
    }

    func produce(_ values: [String], to topic: String, partition: Int32? = nil, key: String? = nil) throws {
        let writer = try Writer(kafka, topic: topic)
        for value in values { try writer.put(value, partition: partition, key: key) }
        try writer.flush()
    }

    /// Writes single values, and waits for all of them.
    final class Writer {
        private let producer: Producer
        private let topic: ProducerTopic

        init(_ kafka: KafkaConfiguration, topic: String) throws {
            producer = try Producer(kafka)
            self.topic = try producer.topic(topic)
        }

        func put(
            _ value: String, partition: Int32? = nil, key: String? = nil, time: Timestamp? = nil,
            headers: [Header] = []
        ) throws {
            let key = key.map { Array($0.utf8) }
            try Array(value.utf8).withUnsafeBytes { bytes in
                while true {
                    let isTaken =
                        try key?.withUnsafeBytes { key in
                            try producer.produce(
                                to: topic, partition: partition, key: key, value: bytes, timestamp: time,
                                headers: headers)
                        }
                        ?? producer.produce(
                            to: topic, partition: partition, key: nil, value: bytes, timestamp: time, headers: headers)
                    if isTaken { return }
                    producer.poll(timeout: .milliseconds(20))
                }
            }
        }

        func flush() throws {
            guard producer.flush(timeout: JobScene.patience), !producer.hasFailed else {
                throw ChildProcess.Trouble("records were not delivered")
            }
        }
    }

    /// What kcat, which is none of ours, reads of a topic: only what is committed, up to the end.
    func records(of topic: String, format: String = "%s\n") async throws -> [String] {
        let child = try ChildProcess(
            [
                "kcat", "-C", "-b", brokers, "-t", topic, "-e", "-q", "-f", format, "-X",
                "isolation.level=read_committed",
            ], environment: ["PATH": "/usr/bin:/bin"], directory: folder.path)
        let result = try await child.finish(timeout: JobScene.patience)
        // A topic that is yet to be made is empty.
        if result.errors.contains("Unknown topic") { return [] }
        guard result.status == 0 else { throw ChildProcess.Trouble(result.errors) }
        return result.output.split(separator: "\n").map(String.init)
    }

    // MARK: A store

    var storePath: String { "\(folder.path)/views.db" }
    var store: StoreAddress { .sqlite(path: storePath) }

    /// Any topic of JSON values into the table `raw`.
    func rawSink(_ topics: [String], properties: [(key: String, value: String)] = []) throws -> SinkSettings {
        var settings = try SinkSettings(draining: topics, into: store, kafka: asked(properties))
        settings.target = ViewTarget(view: try ViewName(word: "raw"), shape: .raw)
        settings.readsAllPartitions = false
        settings.drains = false
        return settings
    }

    /// What SQLite's own shell says.
    func query(_ sql: String) async throws -> [String] {
        let child = try ChildProcess(
            ["sqlite3", "-cmd", ".timeout 20000", storePath, sql], environment: ["PATH": "/usr/bin:/bin"],
            directory: folder.path)
        let result = try await child.finish(timeout: JobScene.patience)
        guard result.status == 0 else { throw ChildProcess.Trouble(result.errors) }
        return result.output.split(separator: "\n").map(String.init)
    }

    /// Waits until something is so.
    static func wait(_ what: String, until isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + JobScene.patience
        while try await !isSo() {
            guard ContinuousClock.now < deadline else { throw ChildProcess.Trouble("in vain waited for: \(what)") }
            try await Task.sleep(for: .milliseconds(30))
        }
    }
}

/// An engine on a thread of its own, with a stop of its own, and what it said and came to.
final class RunningEngine<Outcome> {
    /// What the thread and the test share. Unchecked: `result` is read after the thread was joined.
    private final class Shared: @unchecked Sendable {
        let stop = StopSignal()
        let said = Mutex<[Voice.Saying]>([])
        let ended = Atomic(false)
        var result: Result<Outcome, any Error>?
    }

    private let shared = Shared()
    private var thread: WorkerThread?

    init(_ run: @escaping @Sendable (Voice, StopSignal) throws -> Outcome) {
        thread = WorkerThread("kappa-engine") { [shared] in
            let voice = Voice(level: .verbose) { [shared] saying in shared.said.withLock { $0.append(saying) } }
            shared.result = Result { try run(voice, shared.stop) }
            shared.ended.store(true, ordering: .releasing)
        }
    }

    deinit {
        shared.stop.request()
        thread?.join()
    }

    var stop: StopSignal { shared.stop }
    var sayings: [Voice.Saying] { shared.said.withLock { $0 } }
    var hasEnded: Bool { shared.ended.load(ordering: .acquiring) }

    /// What it came to, once it has ended by itself.
    func finish() async throws -> Outcome {
        try await JobScene.wait("the end of an engine that said \(sayings.suffix(5))") { hasEnded }
        thread?.join()
        thread = nil
        return try shared.result!.get()
    }

    /// What it came to when it was told to stop.
    func end() async throws -> Outcome {
        stop.request()
        return try await finish()
    }
}

/// What an error says to people.
func failure(_ error: (any Error)?) -> (any Failure)? { error as? any Failure }
