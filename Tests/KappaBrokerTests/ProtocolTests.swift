import Glibc
import KappaBroker
import KappaWire
import Testing

/// What is hard to make a good client say: odd versions, odd bytes, odd orders. Over real sockets.
@Suite struct ProtocolTests {
    @Test func everyAdvertisedRequestIsOneThatTheCodecKnows() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        let answer = try client.ask(ApiVersionsRequest(), version: 3)
        #expect(answer.errorCode == .noError)
        for entry in answer.apiKeys {
            let key = try #require(ApiKey(rawValue: entry.apiKey))
            #expect(entry.maxVersion == key.versions.upperBound)
            // Produce alone advertises versions that are not served: librdkafka compresses only then.
            #expect(entry.minVersion == (key == .produce ? 0 : key.versions.lowerBound))
        }
        #expect(answer.apiKeys.count >= 33)
    }

    @Test func unknownVersionOfApiVersionsIsAnsweredInTheOldestForm() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        var writer = WireWriter()
        writer.append(ApiKey.apiVersions.rawValue)
        writer.append(Int16(99))
        writer.append(Int32(5))
        writer.append(Int16(-1))
        try client.send(frame: writer.bytes)
        let frame = try client.receive()
        let (header, body) = try frame.withUnsafeBytes { try ApiVersionsResponse.decode(frame: $0, version: 0) }
        #expect(header.correlationId == 5)
        #expect(body.errorCode == .unsupportedVersion && !body.apiKeys.isEmpty)
    }

    @Test func aRefusedRequestEndsTheConnectionAndIsToldOfOnce() throws {
        let served = try ServedBroker()
        for _ in 0..<3 {
            let client = try RawClient(port: served.broker.port)
            var writer = WireWriter()
            writer.append(ApiKey.offsetCommit.rawValue)
            writer.append(Int16(1))
            writer.append(Int32(5))
            writer.append(Int16(3))
            try client.send(frame: writer.bytes + Array("old".utf8))
            #expect(throws: RawClient.Closed.self) { try client.receive() }
        }
        let said = served.words.split(separator: "\n").filter { $0.contains("closed a connection") }
        #expect(
            said == [
                "closed a connection from 127.0.0.1 (client 'old'): version 1 of OffsetCommit is not served (2 to 9 are)"
            ])
    }

    @Test func answersKeepTheOrderOfTheirRequests() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        _ = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        // The fetch has nothing to read and waits; the request behind it must wait with it.
        let fetch = FetchRequest {
            $0.maxWaitMs = 200
            $0.minBytes = 1
            $0.topics = [
                .init {
                    $0.topic = "t"
                    $0.partitions = [.init { $0.partitionMaxBytes = 1000 }]
                }
            ]
        }
        try client.send(fetch, version: 12, correlationId: 1)
        try client.send(ApiVersionsRequest(), version: 3, correlationId: 2)
        #expect(try client.receiveCorrelationId() == 1)
        #expect(try client.receiveCorrelationId() == 2)
    }

    @Test func unacknowledgedProduceIsSilentAndAnErrorInItEndsTheConnection() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        _ = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        try client.produce("t", Batches.plain(["a"]), acks: 0)
        #expect(try client.ask(ApiVersionsRequest(), version: 3).errorCode == .noError)
        try client.produce("missing", Batches.plain(["a"]), acks: 0)
        #expect(throws: RawClient.Closed.self) { try client.receive() }
    }

    /// Mutants that were tried: with `ProducerStates.remember` left out, this test and the next one fail; with the
    /// checkpoint's `producers` not taken in at the start, the next one; with those of the rest of the log not applied,
    /// `CrashTests`.
    @Test func repeatedBatchKeepsItsOffsetAndAGapIsRefused() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        _ = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        let producer = try client.ask(InitProducerIdRequest(), version: 4)
        func produce(_ sequence: Int32, epoch: Int16 = 0) throws -> ProduceResponse.Partition {
            let batch = Batches.plain(["a", "b"], producer: (producer.producerId, epoch, sequence))
            return try client.produceAndWait("t", batch)
        }
        #expect(try produce(0).baseOffset == 0)
        #expect(try produce(2).baseOffset == 2)
        let repeated = try produce(0)
        #expect(repeated.errorCode == .noError && repeated.baseOffset == 0)
        #expect(try produce(6).errorCode == .outOfOrderSequenceNumber)
        #expect(try produce(0, epoch: 1).errorCode == .noError)
        #expect(try produce(4).errorCode == .invalidProducerEpoch)
    }

    @Test func producersAreKnownAgainAfterARestart() throws {
        let served = try ServedBroker()
        var configuration = served.broker.configuration
        configuration.listen.port = 0
        let client = try RawClient(port: served.broker.port)
        _ = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        let first = try client.ask(InitProducerIdRequest(), version: 4).producerId
        let batch = Batches.plain(["a"], producer: (first, 0, 0))
        #expect(try client.produceAndWait("t", batch).baseOffset == 0)
        try served.broker.stop()
        let again = try Broker(configuration)
        try again.start()
        defer { try? again.stop() }
        let later = try RawClient(port: again.port)
        #expect(try later.produceAndWait("t", batch).baseOffset == 0)
        #expect(try later.ask(InitProducerIdRequest(), version: 4).producerId > first)
        #expect(try later.offset(of: "t", at: -1) == 1)
    }

    @Test func fetchOutsideTheLogIsAnErrorAtOnce() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        _ = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        for offset in [Int64(5), -1] {
            let answer = try client.fetch("t", from: offset, maxWait: 10_000)
            #expect(answer.errorCode == .offsetOutOfRange)
        }
        #expect(try client.fetch("absent", from: 0, maxWait: 10_000).errorCode == .unknownTopicOrPartition)
    }

    /// Under the policies that acknowledge before the sync, nothing of what is deleted may be on the disk yet.
    @Test(arguments: [
        BrokerConfiguration.SyncPolicy.always, .interval(milliseconds: 60_000), .system,
    ])
    func deletedRecordsStayDeletedWhateverTheSyncPolicy(_ policy: BrokerConfiguration.SyncPolicy) throws {
        let served = try ServedBroker { $0.syncPolicy = policy }
        var configuration = served.broker.configuration
        configuration.listen.port = 0
        let client = try RawClient(port: served.broker.port)
        _ = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        _ = try client.produceAndWait("t", Batches.plain(["a", "b", "c"]))
        #expect(try delete(before: 2, client).errorCode == .noError)
        #expect(try client.offset(of: "t", at: -2) == 2)
        #expect(try delete(before: 9, client).errorCode == .offsetOutOfRange)
        _ = try client.produceAndWait("t", Batches.plain(["d"]))
        let all = try delete(before: -1, client)
        #expect(all.errorCode == .noError && all.lowWatermark == 4, "-1 is the high watermark")
        try served.broker.stop()
        let again = try Broker(configuration)
        try again.start()
        defer { try? again.stop() }
        let later = try RawClient(port: again.port)
        #expect(try later.offset(of: "t", at: -2) == 4 && later.offset(of: "t", at: -1) == 4)
    }

    private func delete(before offset: Int64, _ client: RawClient) throws -> DeleteRecordsResponse.Partition {
        let request = DeleteRecordsRequest {
            $0.topics = [
                .init {
                    $0.name = "t"
                    $0.partitions = [.init { $0.offset = offset }]
                }
            ]
        }
        return try client.ask(request, version: 2).topics[0].partitions[0]
    }

    @Test func controlAndKeylessRecordsAreRefused() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        let create = CreateTopicsRequest {
            $0.topics = [
                .init {
                    $0.name = "kept"
                    $0.numPartitions = -1
                    $0.replicationFactor = -1
                    $0.configs = [
                        .init {
                            $0.name = "cleanup.policy"
                            $0.value = "compact"
                        }
                    ]
                }
            ]
        }
        let created = try client.ask(create, version: 6).topics[0]
        #expect(created.errorCode == .noError && created.numPartitions == 1 && created.replicationFactor == 1)
        #expect(created.configs?.first { $0.name == "cleanup.policy" }?.value == "compact")
        #expect(try client.produceAndWait("kept", Batches.plain(["a"])).errorCode == .invalidRecord)
        var damaged = Batches.plain(["a"])
        damaged[damaged.count - 1] ^= 1
        #expect(try client.produceAndWait("kept", damaged).errorCode == .corruptMessage)
    }

    @Test func unknownGroupHasComeNowhere() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        let request = OffsetFetchRequest {
            $0.groupId = "nobody"
            $0.topics = [
                .init {
                    $0.name = "t"
                    $0.partitionIndexes = [0]
                }
            ]
        }
        let answer = try client.ask(request, version: 7)
        #expect(answer.errorCode == .noError)
        #expect(answer.topics[0].partitions[0].committedOffset == -1)
        #expect(answer.topics[0].partitions[0].errorCode == .noError)
    }

    @Test func metadataTellsAllFromNone() throws {
        let served = try ServedBroker { $0.autoCreatesTopics = true }
        let client = try RawClient(port: served.broker.port)
        let created = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        #expect(created.topics.map(\.errorCode) == [.noError])
        #expect(try client.ask(MetadataRequest { $0.topics = nil }, version: 9).topics.map(\.name) == ["t"])
        #expect(try client.ask(MetadataRequest { $0.topics = [] }, version: 9).topics.isEmpty)
        let refused = MetadataRequest {
            $0.topics = [.init { $0.name = "no such topic" }, .init { $0.name = "absent" }]
            $0.allowAutoTopicCreation = false
        }
        #expect(
            try client.ask(refused, version: 9).topics.map(\.errorCode)
                == [.invalidTopicException, .unknownTopicOrPartition])
    }

    /// Random bytes, lies about lengths, and sound requests cut or changed at random: the broker must answer others
    /// after each of them. A failing seed is printed, and `KAPPA_FUZZ_ROUNDS` makes it longer.
    @Test(.timeLimit(.minutes(5)))
    func nothingCrashesOnAnyBytes() throws {
        let served = try ServedBroker()
        let rounds = getenv("KAPPA_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 300
        var random = SystemRandomNumberGenerator()
        let seed = random.next()
        var generator = SplitMix(state: seed)
        for round in 0..<rounds {
            let client = try RawClient(port: served.broker.port)
            try? client.sendRaw(FuzzBytes.next(&generator))
            if round % 20 == 0 {
                let checker = try RawClient(port: served.broker.port)
                let isServed = (try? checker.ask(ApiVersionsRequest(), version: 3)) != nil
                #expect(isServed, "the broker no longer answers; seed \(seed), round \(round)")
            }
        }
    }
}
