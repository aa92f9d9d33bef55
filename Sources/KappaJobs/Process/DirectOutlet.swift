import KappaCore
import KappaDirect
import KappaKafka
import KappaStreams

/// Writes over connections of the job's own, at a third of what librdkafka's queues cost for each record.
///
/// Whatever does not go as usual ends the session with a `WriteFailure`; the next one begins at the last commit.
final class DirectOutlet: JobOutlet {
    private let writer: TransactionWriter
    private let client: KafkaClient
    private let group: String
    private var topics: [(name: String, partitions: Int32)] = []

    init(_ spec: JobSpec, transactionalId: String, client: KafkaClient) throws {
        self.client = client
        group = spec.group
        let settings = TransactionSettings(
            transactionalId: transactionalId, clientId: client.configuration.clientId,
            signIn: try client.configuration.signIn(), timeout: spec.transactionTimeout, patience: .seconds(10),
            stop: client.configuration.stop)
        let brokers = try client.metadata().brokers.map(BrokerAddress.init)
        writer = try DirectOutlet.told { () throws(ConnectionFailure) in
            try TransactionWriter(settings, brokers: brokers)
        }
    }

    /// Says of a failure that it came of writing.
    private static func told<Result>(_ body: () throws(ConnectionFailure) -> Result) throws(WriteFailure) -> Result {
        do {
            return try body()
        } catch {
            throw WriteFailure(cause: error)
        }
    }

    func topic(_ name: String) throws -> Int {
        let cluster = try client.metadata(topic: name)
        var leaders: [BrokerAddress] = []
        for partition in (cluster.topics.first?.partitions ?? []).sorted(by: { $0.id < $1.id }) {
            guard let leader = cluster.leader(of: partition) else {
                throw WriteFailure(cause: nil, "\(name)[\(partition.id)] has no leader")
            }
            leaders.append(leader)
        }
        guard !leaders.isEmpty else { throw WriteFailure(cause: nil, "'\(name)' is not there") }
        let number = writer.add(TransactionWriter.Topic(name: name, leaders: leaders))
        if number == topics.count { topics.append((name, Int32(leaders.count))) }
        return number
    }

    func begin() {}

    func write(_ record: borrowing OutgoingRecord) throws {
        let partition = record.partition ?? place(record.key, among: topics[record.topic].partitions)
        guard partition < topics[record.topic].partitions else {
            let (name, count) = topics[record.topic]
            throw WriteFailure(cause: nil, "\(name) has \(count) partitions, so there is no \(name)[\(partition)]")
        }
        let (topic, key, value, time) = (record.topic, record.key, record.value, record.time)
        let headers = record.headers.map { (name: $0.name, value: $0.value) }
        try DirectOutlet.told { () throws(ConnectionFailure) in
            try writer.write(
                to: topic, partition: partition, key: key, value: value, timestamp: time, headers: headers)
        }
    }

    private func place(_ key: UnsafeRawBufferPointer?, among count: Int32) -> Int32 {
        guard let key else { return Int32.random(in: 0..<count) }
        return Placement.partition(of: key, among: count)
    }

    func poll() throws { try DirectOutlet.told { () throws(ConnectionFailure) in try writer.check() } }

    func flush() throws { try DirectOutlet.told { () throws(ConnectionFailure) in try writer.flush() } }

    func send(_ offsets: [PartitionOffset], of group: borrowing GroupMetadata) throws {
        guard let member = group.member else {
            throw WriteFailure(cause: nil, "librdkafka does not say which member of the group this is")
        }
        let place = GroupPlace(
            group: self.group, generation: member.generation, member: member.id, instance: member.instance)
        let places = offsets.map {
            CommittedPlace(
                topic: $0.at.topic, partition: $0.at.partition, offset: $0.offset, metadata: $0.metadata ?? "")
        }
        try DirectOutlet.told { () throws(ConnectionFailure) in try writer.send(places, of: place) }
    }

    func commit() throws { try DirectOutlet.told { () throws(ConnectionFailure) in try writer.commit() } }

    func commitUnheard() { try? writer.sendCommit() }

    func abandon() { writer.stop() }
}

/// Why a session's own writing ended; the next session begins at the last commit.
struct WriteFailure: Failure {
    let kind: FailureKind
    let message: String
    let hint: String?
    /// It would fail again in the same way.
    let isFinal: Bool

    init(cause: ConnectionFailure?, _ message: String = "") {
        hint = cause?.hint
        isFinal = cause?.isFinal ?? false
        kind = cause?.kind ?? .failed
        self.message = cause?.message ?? message
    }
}
