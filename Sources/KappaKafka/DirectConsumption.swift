import CRdKafka
import KappaCore
import KappaDirect
import KappaRecords

/// A partition that is read, and how far its reader has come.
final class FollowedPartition {
    let at: TopicPartition
    /// The next offset that the reader has not been given.
    var next: Int64
    var isPaused = false
    private let topic: TopicName

    /// One for each topic: its address stands for the name.
    final class TopicName {}

    init(_ at: TopicPartition, next: Int64, topic: TopicName) {
        (self.at, self.next, self.topic) = (at, next, topic)
    }

    var topicIdentity: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(topic).toOpaque()) }
}

/// Reads a consumer's partitions over connections of our own, at a third of the cost that librdkafka's queues have for
/// each record; librdkafka keeps the place in the group.
///
/// A leader that has moved is looked for again. Whatever else is not plain reading is left to librdkafka, which knows
/// what to do about it and what to say of it: `failure` says so, and the consumer goes on with it where this one is.
final class DirectConsumption {
    private let client: KafkaClient
    private let signIn: SignIn?
    private let committedOnly: Bool
    private var followed: [TopicPartition: FollowedPartition] = [:]
    /// What messages point to stays for as long as somebody may look at one.
    private var topics: [String: FollowedPartition.TopicName] = [:]
    private var log: LogReading?
    /// The partitions that are read, as the events name them.
    private var sources: [FollowedPartition] = []
    private var block: FetchedBlock?
    /// Other partitions, or other places in them, are to be read than are.
    private var isStale = false
    /// Failures since the last record.
    private var failures = 0
    private(set) var failure: (any Failure)?

    /// Nil where the client is asked for something that only librdkafka does.
    init?(_ client: KafkaClient) throws(KafkaError) {
        guard client.configuration.readsPlainly else { return nil }
        self.client = client
        signIn = try client.configuration.signIn()
        committedOnly = client.configuration.value(of: "isolation.level") != "read_uncommitted"
    }

    /// Becomes readable when something comes after `read` has given nothing.
    var news: Int32? { log?.news }

    var places: [PartitionOffset] { followed.values.map { PartitionOffset($0.at, $0.next) } }
    var paused: [TopicPartition] { followed.values.filter(\.isPaused).map(\.at) }

    func position(of at: TopicPartition) -> Int64 { followed[at]?.next ?? PartitionOffset.none }

    // MARK: What to read

    /// The same places as plain offsets; nil where one of them has none.
    func resolved(_ places: [PartitionOffset]) throws(KafkaError) -> [PartitionOffset]? {
        let named = places.filter { $0.offset < 0 }
        guard !named.isEmpty else { return places }
        let ends = try client.watermarks(of: named.map(\.at))
        var resolved = places
        for (index, place) in places.enumerated() where place.offset < 0 {
            guard let end = ends[place.at] else { return nil }
            switch place.offset {
            case PartitionOffset.beginning: resolved[index].offset = end.low
            case PartitionOffset.end: resolved[index].offset = end.high
            default: return nil
            }
        }
        return resolved
    }

    func follow(_ places: [PartitionOffset]) {
        for place in places {
            let topic = topics[place.at.topic] ?? FollowedPartition.TopicName()
            topics[place.at.topic] = topic
            followed[place.at] = FollowedPartition(place.at, next: place.offset, topic: topic)
        }
        if !places.isEmpty { isStale = true }
    }

    func leave(_ partitions: [TopicPartition]) {
        for at in partitions where followed.removeValue(forKey: at) != nil { isStale = true }
    }

    func leaveAll() { leave(Array(followed.keys)) }

    func move(to place: PartitionOffset) {
        followed[place.at]?.next = place.offset
        isStale = true
    }

    func pause(_ partitions: [TopicPartition], _ isPaused: Bool) {
        for at in partitions where followed[at].map({ $0.isPaused != isPaused }) ?? false {
            followed[at]?.isPaused = isPaused
            isStale = true
        }
    }

    // MARK: Reading

    /// Gives what is there, so many records at most; says how many events there were.
    func read(most: Int, _ body: (Consumer.Event) throws -> Void) throws -> Int {
        if isStale, !begin() { return 0 }
        guard let log else { return 0 }
        var heard = 0
        // What is heard may bring other partitions with it.
        while heard < most, failure == nil, !isStale {
            if let block {
                heard += try read(block, of: log, most: most - heard, body)
                continue
            }
            guard let event = log.next(within: .zero) else { break }
            switch event {
            case .block(let next):
                block = next
                failures = 0
                continue
            case .end(let source, let offset):
                sources[source].next = max(sources[source].next, offset)
                try body(.end(sources[source].at, offset: offset))
            case .trouble(let words): try body(.trouble(KafkaError.lostConnection(words)))
            case .failed(let failure): fail(failure)
            }
            heard += 1
        }
        return heard
    }

    private func read(
        _ block: FetchedBlock, of log: LogReading, most: Int, _ body: (Consumer.Event) throws -> Void
    ) throws -> Int {
        let partition = sources[block.source]
        var given = 0
        while given < most, !isStale {
            let record: Record
            do throws(ConnectionFailure) {
                guard let next = try block.next() else {
                    log.giveBack(block)
                    self.block = nil
                    return given
                }
                record = next.record
            } catch {
                fail(error)
                return given
            }
            partition.next = record.offset + 1
            given += 1
            try body(.record(Message(record, of: partition, isLogAppendTime: block.isLogAppendTime)))
        }
        return given
    }

    /// Whether there is somebody who leads each of the partitions.
    private func begin() -> Bool {
        log = nil
        block = nil
        isStale = false
        sources = followed.values.filter { !$0.isPaused }
            .sorted { ($0.at.topic, $0.at.partition) < ($1.at.topic, $1.at.partition) }
        guard !sources.isEmpty else { return true }
        do throws(KafkaError) {
            let leaders = try client.leaders(of: Set(sources.map(\.at.topic)))
            var wanted: [LogReading.Source] = []
            for partition in sources {
                guard let leader = leaders[partition.at] else {
                    failure = KafkaError(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, "\(partition.at)")
                    return false
                }
                wanted.append(
                    LogReading.Source(
                        topic: partition.at.topic, partition: partition.at.partition, offset: partition.next,
                        leader: leader))
            }
            log = LogReading(
                wanted, clientId: client.configuration.clientId, signIn: signIn, committedOnly: committedOnly,
                visit: { _ in })
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// A leader that has moved is asked for again, a few times; all else is not for us.
    private func fail(_ failure: ConnectionFailure) {
        failures += 1
        if failure.isOfMovedLeader, failures <= DirectConsumption.mostFailures {
            isStale = true
            log = nil
            block = nil
        } else {
            self.failure = failure
        }
    }

    private static let mostFailures = 3
}
