import KappaBroker
import KappaRecords
import KappaWire
import Testing

@testable import KappaLog

/// What brokers that are written from the message definitions alone get wrong; each rule is from Kafka's own
/// documentation or its proposals. Others of the kind stand in `ProtocolTests`, `ConsumerGroupTests`,
/// `TransactionCoordinatorTests` and `ProducerStatesTests`.
@Suite struct KafkaRulesTests {
    private func serve(
        _ change: (inout BrokerConfiguration) -> Void = { _ in }
    ) throws -> (ServedBroker, RawClient) {
        let served = try ServedBroker(change)
        return (served, try RawClient(port: served.broker.port))
    }

    private func makeTopic(_ name: String, _ client: RawClient, configs: [String: String] = [:]) throws {
        #expect(try create(name, client, configs: configs) == .noError)
    }

    private func create(
        _ name: String, _ client: RawClient, replicas: Int16 = -1, partitions: Int32 = 1,
        configs: [String: String] = [:]
    ) throws -> ErrorCode {
        let request = CreateTopicsRequest {
            $0.topics = [
                .init {
                    $0.name = name
                    $0.numPartitions = partitions
                    $0.replicationFactor = replicas
                    $0.configs = configs.map { setting in
                        .init {
                            $0.name = setting.key
                            $0.value = setting.value
                        }
                    }
                }
            ]
        }
        return try client.ask(request, version: 6).topics[0].errorCode
    }

    // MARK: Versions

    /// Word for word what is promised; anything else changes what clients do.
    @Test func theAdvertisedVersionsAreThePromisedOnes() throws {
        let promised: [Int16: ClosedRange<Int16>] = [
            0: 0...13, 1: 4...16, 2: 1...10, 3: 0...13, 8: 2...9, 9: 1...9, 10: 0...3, 11: 0...7, 12: 0...4,
            13: 0...4, 14: 0...5, 15: 0...6, 16: 0...5, 18: 0...3, 19: 0...7, 20: 0...6, 21: 0...2, 22: 0...5,
            23: 2...4, 24: 0...5, 25: 0...4, 26: 0...5, 28: 0...5, 29: 1...3, 30: 1...3, 31: 1...3, 32: 1...4,
            33: 0...2, 35: 1...4, 37: 0...3,
            42: 0...2, 43: 0...2, 44: 0...1, 45: 0...1, 46: 0...0, 47: 0...0, 48: 0...1, 50: 0...0, 51: 0...0,
            55: 0...2,
            60: 0...0, 61: 0...0, 65: 0...0, 66: 0...2, 68: 0...1, 69: 0...1, 74: 0...1, 75: 0...0,
        ]
        let (served, client) = try serve()
        defer { _ = served }
        let answer = try client.ask(ApiVersionsRequest(), version: 3)
        let found = Dictionary(
            uniqueKeysWithValues: answer.apiKeys.map { ($0.apiKey, $0.minVersion...$0.maxVersion) })
        #expect(found == promised)
    }

    /// Read byte by byte: a header with a tag section would shift the error code; features follow the throttle.
    @Test func apiVersionsIsAnsweredWithTheOldestHeaderAndNamesFeatures() throws {
        let (served, client) = try serve()
        defer { _ = served }
        try client.send(ApiVersionsRequest(), version: 3, correlationId: 0x0102_0304)
        let frame = try client.receive()
        #expect(Array(frame[..<4]) == [1, 2, 3, 4])
        #expect(Array(frame[4..<6]) == [0, 0], "the error code follows the correlation id at once")
        // A compact array tells its length plus one; each entry is three numbers and an empty tag section.
        let count = Int(frame[6]) - 1
        let rest = Array(frame[(7 + count * 7)...])
        #expect(rest.prefix(5) == [0, 0, 0, 0, 3], "no throttling, three tagged fields")
        // Two features, each with its name after its length plus one, and two versions: the lowest and the highest that
        // there are, and those in force, which are one.
        func features(_ transactions: [UInt8]) -> [UInt8] {
            [3, 14] + Array("group.version".utf8) + [0, 1, 0, 1, 0] + [20] + Array("transaction.version".utf8)
                + transactions + [0]
        }
        let (supported, inForce) = (features([0, 1, 0, 2]), features([0, 2, 0, 2]))
        let expected: [UInt8] =
            [0, UInt8(supported.count)] + supported + [1, 8, 0, 0, 0, 0, 0, 0, 0, 0, 2, UInt8(inForce.count)] + inForce
        #expect(Array(rest.dropFirst(5)) == expected)
    }

    // MARK: Producing

    private func compressed(_ values: [String], padding: Int) throws -> [UInt8] {
        let plain = Batches.plain(values.map { $0 + String(repeating: "a", count: padding) })
        let packed = try #require(
            plain[RecordBatch.headerSize...].withUnsafeBytes { Zstandard.compress(UnsafeRawBufferPointer($0)) })
        var batch = Array(plain[..<RecordBatch.headerSize]) + packed
        batch.withUnsafeMutableBytes {
            $0.setBigEndian(Int32($0.count - RecordBatch.lengthOverhead), at: 8)
            $0.setBigEndian(UInt16(RecordBatch.Codec.zstd.rawValue), at: 21)
            RecordBatch.seal($0)
        }
        return batch
    }

    @Test func compressedBytesStayAsSentButForOffsetAndEpoch() throws {
        let (served, client) = try serve()
        defer { _ = served }
        try makeTopic("t", client)
        _ = try client.produceAndWait("t", Batches.plain(["first"]))
        var sent = try compressed(["x", "y"], padding: 500)
        // What a client leaves in these fields is not the broker's.
        sent.withUnsafeMutableBytes { $0.setBigEndian(Int32(77), at: 12) }
        #expect(try client.produceAndWait("t", sent).baseOffset == 1)
        let fetched = try client.fetch("t", from: 1).bytes
        #expect(Array(fetched[..<8]) == [0, 0, 0, 0, 0, 0, 0, 1], "the offset is the broker's")
        #expect(Array(fetched[12..<16]) == [0, 0, 0, 0], "the epoch is the broker's")
        #expect(Array(fetched[8..<12]) == Array(sent[8..<12]) && Array(fetched[16...]) == Array(sent[16...]))
    }

    @Test func theGreatestMessageIsAboutTheCompressedBatch() throws {
        let (served, client) = try serve()
        defer { _ = served }
        try makeTopic("t", client, configs: ["max.message.bytes": "1000"])
        let packed = try compressed(["x"], padding: 100_000)
        #expect(packed.count < 1000)
        #expect(try client.produceAndWait("t", packed).errorCode == .noError)
        let plain = Batches.plain([String(repeating: "x", count: 1000)])
        #expect(try client.produceAndWait("t", plain).errorCode == .messageTooLarge)
    }

    @Test func aPartitionTakesExactlyOneBatchOfARequest() throws {
        let (served, client) = try serve()
        defer { _ = served }
        try makeTopic("t", client)
        let two = Batches.plain(["a"]) + Batches.plain(["b"])
        #expect(try client.produceAndWait("t", two).errorCode != .noError)
        #expect(try client.offset(of: "t", at: -1) == 0, "none of it is kept")
    }

    // MARK: Transactions

    private func begin(_ client: RawClient, version: Int16 = 4) throws -> InitProducerIdResponse {
        try client.ask(
            InitProducerIdRequest {
                $0.transactionalId = "x"
                $0.transactionTimeoutMs = 60_000
            }, version: version)
    }

    private func add(
        _ producer: InitProducerIdResponse, _ client: RawClient, version: Int16
    ) throws -> ErrorCode {
        let request = AddPartitionsToTxnRequest {
            $0.transactionalId = "x"
            $0.producerId = producer.producerId
            $0.producerEpoch = producer.producerEpoch
            $0.topics = [
                .init {
                    $0.name = "t"
                    $0.partitions = [0]
                }
            ]
        }
        return try client.ask(request, version: version).resultsByTopic[0].resultsByPartition[0].partitionErrorCode
    }

    private func end(
        _ producer: InitProducerIdResponse, _ client: RawClient, version: Int16, commits: Bool = true
    ) throws -> ErrorCode {
        let request = EndTxnRequest {
            $0.transactionalId = "x"
            $0.producerId = producer.producerId
            $0.producerEpoch = producer.producerEpoch
            $0.committed = commits
        }
        return try client.ask(request, version: version).errorCode
    }

    /// Clients of before KIP-588 take 90 for an unknown error and give up on the wrong thing.
    @Test func aFencedProducerIsToldInTheWordsThatItsVersionKnows() throws {
        let (served, client) = try serve()
        defer { _ = served }
        try makeTopic("t", client)
        let fenced = try begin(client)
        _ = try begin(client)
        #expect(try add(fenced, client, version: 1) == .invalidProducerEpoch)
        #expect(try add(fenced, client, version: 2) == .producerFenced)
        #expect(try end(fenced, client, version: 1) == .invalidProducerEpoch)
        #expect(try end(fenced, client, version: 2) == .producerFenced)
        let offsets = AddOffsetsToTxnRequest {
            $0.transactionalId = "x"
            $0.producerId = fenced.producerId
            $0.producerEpoch = fenced.producerEpoch
            $0.groupId = "g"
        }
        #expect(try client.ask(offsets, version: 1).errorCode == .invalidProducerEpoch)
        #expect(try client.ask(offsets, version: 2).errorCode == .producerFenced)
        let again = InitProducerIdRequest {
            $0.transactionalId = "x"
            $0.transactionTimeoutMs = 60_000
            $0.producerId = fenced.producerId
            $0.producerEpoch = 9
        }
        #expect(try client.ask(again, version: 3).errorCode == .invalidProducerEpoch)
        #expect(try client.ask(again, version: 4).errorCode == .producerFenced)
    }

    @Test func aPlainBatchInATransactionIsRefusedAndTheMarkerIsAControlBatch() throws {
        let (served, client) = try serve()
        defer { _ = served }
        try makeTopic("t", client)
        let producer = try begin(client)
        #expect(try add(producer, client, version: 3) == .noError)
        let mine = (id: producer.producerId, epoch: producer.producerEpoch)
        let inside = Batches.plain(["a"], producer: (mine.id, mine.epoch, 0), transactional: true)
        #expect(try client.produceAndWait("t", inside, transactionalId: "x").errorCode == .noError)
        let plain = Batches.plain(["b"], producer: (mine.id, mine.epoch, 1))
        #expect(try client.produceAndWait("t", plain).errorCode == .invalidTxnState)
        #expect(try end(producer, client, version: 3) == .noError)
        #expect(try end(producer, client, version: 3) == .noError, "said again, it is a success again")
        #expect(try end(producer, client, version: 3, commits: false) == .invalidTxnState)
        let bytes = try client.fetch("t", from: 1).bytes
        try bytes.withUnsafeBytes { raw in
            let marker = try #require(RecordBatch(startOf: raw))
            #expect(marker.isControl && marker.isTransactional && marker.producerId == mine.id)
            #expect(marker.size == raw.count, "one marker, however often the end is asked for")
        }
    }

    // MARK: Fetching

    private func fetch(
        _ parts: [(topic: String, offset: Int64)], minBytes: Int32 = 1, maxWait: Int32 = 20_000,
        partitionBytes: Int32 = 1 << 20, maxBytes: Int32 = .max
    ) -> FetchRequest {
        FetchRequest {
            $0.maxWaitMs = maxWait
            $0.minBytes = minBytes
            $0.maxBytes = maxBytes
            $0.topics = parts.map { part in
                .init {
                    $0.topic = part.topic
                    $0.partitions = [
                        .init {
                            $0.fetchOffset = part.offset
                            $0.partitionMaxBytes = partitionBytes
                        }
                    ]
                }
            }
        }
    }

    private struct Part: Equatable {
        var topic: String
        var error: ErrorCode
        var bytes: Int
    }

    private func receive(_ client: RawClient) throws -> [Part] {
        let frame = try client.receive()
        return try frame.withUnsafeBytes { raw in
            try FetchResponse.decode(frame: raw, version: 12).body.responses.map { topic in
                var count = 0
                if case .borrowed(let records) = topic.partitions[0].records { count = records.count }
                return Part(topic: topic.topic, error: topic.partitions[0].errorCode, bytes: count)
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aLongPollWaitsForItsLeastBytesAndNoLonger() throws {
        let (served, waiting) = try serve()
        let writer = try RawClient(port: served.broker.port)
        try makeTopic("t", writer)
        let batch = Batches.plain(["a"])
        try waiting.send(
            fetch([("t", 0)], minBytes: Int32(batch.count + 1), maxWait: 60_000), version: 12, correlationId: 1)
        _ = try writer.produceAndWait("t", batch)
        _ = try writer.produceAndWait("t", batch)
        #expect(try receive(waiting) == [Part(topic: "t", error: .noError, bytes: 2 * batch.count)])
    }

    /// Else a client learns minutes late that one of its topics is gone.
    @Test(.timeLimit(.minutes(1)))
    func aLongPollEndsWithAnErrorInAnyOfItsPartitions() throws {
        let (served, waiting) = try serve()
        let other = try RawClient(port: served.broker.port)
        try makeTopic("kept", other)
        try makeTopic("gone", other)
        try waiting.send(fetch([("kept", 0), ("gone", 0)], maxWait: 60_000), version: 12, correlationId: 1)
        // What was sent first is read first: with this answer, the fetch waits.
        _ = try other.ask(ApiVersionsRequest(), version: 3)
        _ = try other.ask(DeleteTopicsRequest { $0.topicNames = ["gone"] }, version: 5)
        #expect(
            try receive(waiting) == [
                Part(topic: "kept", error: .noError, bytes: 0),
                Part(topic: "gone", error: .unknownTopicOrPartition, bytes: 0),
            ])
    }

    @Test func partitionsAreAnsweredInTheOrderOfTheRequestAndAtLeastOneBatchIsWhole() throws {
        let (served, client) = try serve()
        defer { _ = served }
        for name in ["a", "b", "c"] { try makeTopic(name, client) }
        let batch = Batches.plain([String(repeating: "x", count: 3000)])
        for name in ["a", "b", "c"] { _ = try client.produceAndWait(name, batch) }
        // A byte is less than any batch: the first partition gives a whole one, for the others there is no room.
        try client.send(fetch([("c", 0), ("a", 0), ("b", 0)], partitionBytes: 1), version: 12, correlationId: 1)
        #expect(try receive(client).map(\.topic) == ["c", "a", "b"])
        let little = fetch([("b", 0), ("c", 0), ("a", 0)], partitionBytes: 1, maxBytes: 1)
        try client.send(little, version: 12, correlationId: 2)
        #expect(
            try receive(client) == [
                Part(topic: "b", error: .noError, bytes: batch.count), Part(topic: "c", error: .noError, bytes: 0),
                Part(topic: "a", error: .noError, bytes: 0),
            ])
    }

    @Test func belowTheStartIsOutOfRangeOnceRecordsAreDeleted() throws {
        let (served, client) = try serve()
        defer { _ = served }
        try makeTopic("t", client)
        for _ in 0..<3 { _ = try client.produceAndWait("t", Batches.plain(["a"])) }
        let delete = DeleteRecordsRequest {
            $0.topics = [
                .init {
                    $0.name = "t"
                    $0.partitions = [.init { $0.offset = 2 }]
                }
            ]
        }
        #expect(try client.ask(delete, version: 2).topics[0].partitions[0].lowWatermark == 2)
        #expect(try client.fetch("t", from: 1, maxWait: 10_000).errorCode == .offsetOutOfRange)
        #expect(try client.fetch("t", from: 2).errorCode == .noError)
    }

    // MARK: Topics

    @Test func topicsAreRefusedWithTheNumbersThatClientsKnow() throws {
        let (served, client) = try serve()
        defer { _ = served }
        #expect(try create("no/slash", client) == .invalidTopicException)
        #expect(try create(String(repeating: "x", count: 250), client) == .invalidTopicException)
        #expect(try create("..", client) == .invalidTopicException)
        #expect(try create("t", client, configs: ["no.such": "1"]) == .invalidConfig)
        #expect(try create("t", client, replicas: 2) == .invalidReplicationFactor)
        #expect(try create("t", client, replicas: -1, partitions: -1) == .noError)
        #expect(try create("t", client) == .topicAlreadyExists)
        #expect(try create("u", client, replicas: 1) == .noError)
        #expect(try create("v", client, partitions: 0) == .invalidPartitions)
    }

    @Test func nothingIsCreatedByAskingWhereThatIsOff() throws {
        let (served, client) = try serve { $0.autoCreatesTopics = false }
        defer { _ = served }
        let ask = MetadataRequest {
            $0.topics = [.init { $0.name = "t" }]
            $0.allowAutoTopicCreation = true
        }
        #expect(try client.ask(ask, version: 9).topics.map(\.errorCode) == [.unknownTopicOrPartition])
        #expect(try client.produceAndWait("t", Batches.plain(["a"])).errorCode == .unknownTopicOrPartition)
        #expect(try client.ask(MetadataRequest { $0.topics = nil }, version: 9).topics.isEmpty)
    }
}
