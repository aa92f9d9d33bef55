import KappaCore
import KappaKafka
import KappaTestSupport
import KappaWire
import Testing

/// A consumer that reads over connections of its own: what it gives is what librdkafka gives, and where it cannot go on
/// librdkafka does.
@Suite(.timeLimit(.minutes(3))) struct DirectConsumptionTests {
    private let broker: BrokerProcess
    private let cluster: HostileCluster

    init() async throws {
        broker = try await BrokerProcess.start()
        let made = try await Kappa.run(["topics", "create", "log", "-p", "2", "-b", broker.address])
        #expect(made.status == 0, "\(made.errors)")
        cluster = try HostileCluster(nodes: 2, before: broker)
    }

    private var kafka: KafkaConfiguration {
        var kafka = KafkaConfiguration(brokers: cluster.addresses, timeout: .seconds(20))
        kafka = kafka.defaulting([("topic.metadata.refresh.interval.ms", "500")])
        return kafka
    }

    private func at(_ partition: Int32) -> TopicPartition { TopicPartition("log", partition) }

    private func produce(
        _ values: some Sequence<Int>, to partition: Int32, transaction: String? = nil, commits: Bool = true
    ) throws {
        let configuration = KafkaConfiguration(brokers: broker.address, timeout: .seconds(20))
        let producer = try Producer(configuration, transactionalId: transaction)
        if transaction != nil {
            try producer.initTransactions(timeout: .seconds(20))
            try producer.beginTransaction()
        }
        let topic = try producer.topic("log")
        for value in values {
            let isTaken = try Array("\(value)".utf8).withUnsafeBytes {
                try producer.produce(to: topic, partition: partition, key: nil, value: $0)
            }
            #expect(isTaken)
        }
        #expect(producer.flush(timeout: .seconds(60)))
        guard transaction != nil else { return }
        if commits {
            try producer.commitTransaction(timeout: .seconds(20))
        } else {
            try producer.abortTransaction(timeout: .seconds(20))
        }
    }

    /// Polls until there are so many records, or the time is up.
    private func read(
        _ consumer: Consumer, until count: Int, into seen: inout [Int32: [Int]], most: Int? = nil
    ) throws {
        let deadline = ContinuousClock.now + .seconds(90)
        while seen.values.map(\.count).reduce(0, +) < count, ContinuousClock.now < deadline {
            try consumer.poll(timeout: .milliseconds(100), most: most) { event in
                guard case .record(let message) = event else { return }
                let value = Int(String(decoding: message.value!, as: UTF8.self))!
                seen[message.partition, default: []].append(value)
            }
        }
    }

    @Test func everythingOfARecordIsWhatTheLibrarySays() async throws {
        // Null and empty, headers, times, four codecs, and what a transaction wrote that was given up.
        for (index, codec) in ["none", "gzip", "snappy", "lz4", "zstd"].enumerated() {
            let lines = "key:value-\(index)\n:empty key\nno value:\n"
            let child = try ChildProcess(
                [
                    "kcat", "-P", "-b", broker.address, "-t", "log", "-p", "0", "-K:", "-Z", "-H", "a=1", "-H", "b=",
                    "-H", "c", "-X", "compression.codec=\(codec)",
                ], environment: ["PATH": "/usr/bin:/bin"], directory: "/tmp")
            let made = try await child.finish(stdin: lines)
            #expect(made.status == 0, "\(made.errors)")
        }
        try produce(100..<200, to: 0, transaction: "given up", commits: false)
        try produce(200..<300, to: 0, transaction: "kept")
        struct Seen: Equatable {
            var offset: Int64
            var time: Timestamp?
            var isLogAppendTime: Bool
            var key: [UInt8]?
            var value: [UInt8]?
            var headers: [Header]
            var place: String
        }
        func all(isDirect: Bool, isolation: String) throws -> ([Seen], end: Int64?) {
            let consumer = try Consumer(
                kafka.defaulting([("isolation.level", isolation)]), group: nil, isDirect: isDirect)
            try consumer.assign([PartitionOffset(at(0), PartitionOffset.beginning)])
            #expect(consumer.isDirect == isDirect)
            var (seen, end): ([Seen], Int64?) = ([], nil)
            let deadline = ContinuousClock.now + .seconds(60)
            while end == nil, ContinuousClock.now < deadline {
                try consumer.poll(timeout: .milliseconds(100)) { event in
                    switch event {
                    case .end(_, let offset): end = offset
                    case .trouble(let error): throw error
                    case .record(let message):
                        seen.append(
                            Seen(
                                offset: message.offset, time: message.timestamp,
                                isLogAppendTime: message.isLogAppendTime, key: message.key.map(Array.init),
                                value: message.value.map(Array.init), headers: message.headers,
                                place: "\(message.topic) \(message.partition)"))
                    }
                }
            }
            return (seen, end)
        }
        for (isolation, count) in [("read_committed", 115), ("read_uncommitted", 215)] {
            let direct = try all(isDirect: true, isolation: isolation)
            let library = try all(isDirect: false, isolation: isolation)
            #expect(direct.0 == library.0 && direct.end == library.end)
            #expect(direct.0.count == count && direct.end == 217, "\(direct.0.count) to \(direct.end ?? -1)")
        }
        cluster.stop()
    }

    @Test func aLeaderThatMovesIsFollowed() throws {
        try produce(0..<50, to: 0)
        let consumer = try Consumer(kafka, group: nil, isDirect: true)
        try consumer.assign([PartitionOffset(at(0), 0)])
        var seen: [Int32: [Int]] = [:]
        try read(consumer, until: 50, into: &seen)
        cluster.moveLeader(of: "log", 0, to: 2)
        try produce(50..<100, to: 0)
        try read(consumer, until: 100, into: &seen)
        #expect(seen == [0: Array(0..<100)] && consumer.isDirect)
        cluster.stop()
    }

    @Test func whatOnlyTheLibraryKnowsIsLeftToItWithoutALossOrARepeat() throws {
        try produce(0..<50, to: 0)
        try produce(0..<50, to: 1)
        let consumer = try Consumer(kafka, group: nil, isDirect: true)
        try consumer.assign([PartitionOffset(at(0), 10), PartitionOffset(at(1), PartitionOffset.beginning)])
        var seen: [Int32: [Int]] = [:]
        try read(consumer, until: 30, into: &seen, most: 10)
        try consumer.pause([at(1)])
        let ofSecond = seen[1]?.count ?? 0
        // What is read anew is read over another connection, which is the one to be refused.
        try read(consumer, until: 31, into: &seen, most: 1)
        cluster.play(.refused(.invalidFetchSize), .fetch, times: 1)
        try produce(50..<100, to: 0)
        try produce(50..<100, to: 1)
        try read(consumer, until: 90 + ofSecond, into: &seen)
        #expect(!consumer.isDirect && seen[1]?.count ?? 0 == ofSecond, "what was paused stays so")
        try consumer.resume([at(1)])
        try read(consumer, until: 190, into: &seen)
        #expect(seen == [0: Array(10..<100), 1: Array(0..<100)])
        cluster.stop()
    }

    @Test func soItIsInAGroup() throws {
        try produce(0..<50, to: 0)
        try produce(0..<50, to: 1)
        let consumer = try Consumer(kafka, group: "site", isDirect: true)
        consumer.onAssign = { $0.map { PartitionOffset($0, 5) } }
        try consumer.subscribe(to: ["log"])
        var seen: [Int32: [Int]] = [:]
        try read(consumer, until: 90, into: &seen)
        #expect(consumer.isDirect && seen == [0: Array(5..<50), 1: Array(5..<50)])
        cluster.play(.refused(.invalidFetchSize), .fetch, times: 1)
        try produce(50..<100, to: 0)
        try produce(50..<100, to: 1)
        try read(consumer, until: 190, into: &seen)
        #expect(!consumer.isDirect && seen == [0: Array(5..<100), 1: Array(5..<100)])
        cluster.stop()
    }

    @Test func aPlaceIsSoughtAndTold() throws {
        try produce(0..<100, to: 0)
        let consumer = try Consumer(kafka, group: nil, isDirect: true)
        try consumer.assign([PartitionOffset(at(0), 0)])
        var seen: [Int32: [Int]] = [:]
        try read(consumer, until: 10, into: &seen, most: 10)
        #expect(try consumer.positions([at(0)]).map(\.offset) == [10])
        try consumer.seek(PartitionOffset(at(0), 95))
        try read(consumer, until: 15, into: &seen)
        #expect(seen == [0: Array(0..<10) + Array(95..<100)] && consumer.isDirect)
        cluster.stop()
    }

    @Test func aBrokerThatGoesAndComesBackIsMetAgain() throws {
        try produce(0..<10, to: 0)
        cluster.moveLeader(of: "log", 0, to: 1)
        let consumer = try Consumer(kafka, group: nil, isDirect: true)
        try consumer.assign([PartitionOffset(at(0), 0)])
        var seen: [Int32: [Int]] = [:]
        try read(consumer, until: 10, into: &seen)
        cluster.kill(1)
        var troubles = 0
        let deadline = ContinuousClock.now + .seconds(60)
        while troubles == 0, ContinuousClock.now < deadline {
            try consumer.poll(timeout: .milliseconds(100)) { event in
                guard case .trouble(let error) = event else { return }
                #expect(error.kind == .unreachable)
                troubles += 1
            }
        }
        #expect(troubles > 0)
        cluster.revive(1)
        try produce(10..<20, to: 0)
        try read(consumer, until: 20, into: &seen)
        #expect(seen == [0: Array(0..<20)])
        cluster.stop()
    }
}
