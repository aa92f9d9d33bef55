import KappaBroker
import KappaLog
import KappaTestSupport
import KappaWire
import Testing

/// Valid frames with absurd contents: each is answered or ends its own connection, and the folder starts again.
@Suite struct HarmlessRequestTests {
    private func restart(_ served: ServedBroker) throws -> Broker {
        try served.broker.stop()
        var configuration = served.broker.configuration
        configuration.listen.port = 0
        let again = try Broker(configuration)
        try again.start()
        return again
    }

    private func makeTopic(_ client: RawClient, _ name: String = "t") throws {
        _ = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = name }] }, version: 9)
    }

    /// By hand, for the writer of messages refuses to make such a one.
    private func offsetCommit(groupBytes: Int) -> [UInt8] {
        var writer = WireWriter()
        for number: Int16 in [8, 8, 0, 1, -1] { writer.append(number) }
        writer.append(UInt8(0))
        writer.append(variableLengthNumber: UInt32(groupBytes + 1))
        writer.append(contentsOf: [UInt8](repeating: UInt8(ascii: "g"), count: groupBytes))
        writer.append(Int32(-1))
        writer.append(contentsOf: [1, 0])
        writer.append(contentsOf: [2, 2, UInt8(ascii: "t"), 2])
        writer.append(Int32(0))
        writer.append(Int64(7))
        writer.append(Int32(-1))
        writer.append(contentsOf: [1, 0, 0, 0])
        return writer.bytes
    }

    /// Kafka's own reader of texts has the same limit in every version; a record of an internal topic can hold no more.
    @Test func textThatFitsNoRecordEndsTheConnectionAndNothingElse() throws {
        let served = try ServedBroker()
        try makeTopic(try RawClient(port: served.broker.port))
        for (count, isTaken) in [(32_767, true), (32_768, false), (40_000, false)] {
            let client = try RawClient(port: served.broker.port)
            try client.send(frame: offsetCommit(groupBytes: count))
            if isTaken {
                #expect(try client.receive().suffix(5) == [0, 0, 0, 0, 0], "no error, and the ends of the structures")
            } else {
                #expect(throws: RawClient.Closed.self) { try client.receive() }
            }
        }
        let again = try restart(served)
        defer { try? again.stop() }
        let groups = try RawClient(port: again.port).ask(ListGroupsRequest(), version: 4).groups
        #expect(groups.map(\.groupId.utf8.count) == [32_767])
    }

    @Test func producerIdThatNobodyWasGivenIsRefused() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        try makeTopic(client)
        for id in [Int64.max, Int64.max - 500, 0] {
            let answer = try client.produceAndWait("t", Batches.plain(["a"], producer: (id, 0, 0)))
            #expect(answer.errorCode == .unknownProducerId)
        }
        let given = try client.ask(InitProducerIdRequest(), version: 4)
        let answer = try client.produceAndWait("t", Batches.plain(["a"], producer: (given.producerId, 0, 0)))
        #expect(answer.errorCode == .noError)
        let again = try restart(served)
        defer { try? again.stop() }
        let next = try RawClient(port: again.port).ask(InitProducerIdRequest(), version: 4)
        #expect(next.errorCode == .noError && next.producerId > given.producerId)
    }

    @Test func internalTopicsAreReadAndNothingElse() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        for name in ["__consumer_offsets", "__transaction_state"] {
            let create = CreateTopicsRequest { $0.topics = [.init { $0.name = name }] }
            #expect(try client.ask(create, version: 6).topics[0].errorCode == .invalidTopicException)
            try makeTopic(client, name)
            let deletion = DeleteRecordsRequest {
                $0.topics = [
                    .init {
                        $0.name = name
                        $0.partitions = [.init { $0.offset = -1 }]
                    }
                ]
            }
            #expect(
                try client.ask(deletion, version: 2).topics[0].partitions[0].errorCode == .invalidTopicException)
            #expect(try client.produceAndWait(name, Batches.plain(["a"])).errorCode == .invalidTopicException)
            let delete = DeleteTopicsRequest { $0.topicNames = [name] }
            #expect(try client.ask(delete, version: 5).responses[0].errorCode == .invalidRequest)
        }
    }

    /// The words of an answer quote the name that was refused, which alone fills what a text may be.
    @Test func refusalOfALongNameIsAnswered() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        let name = String(repeating: "n", count: 32_767)
        let create = CreateTopicsRequest { $0.topics = [.init { $0.name = name }] }
        let answer = try client.ask(create, version: 6).topics[0]
        #expect(answer.errorCode == .invalidTopicException && answer.errorMessage?.utf8.count == 32_767)
    }

    @Test func namesOfClientsThatAreNotTextFitWhereTheyAreKept() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        var frame = WireWriter()
        for number: Int16 in [11, 5, 0, 1, Int16.max] { frame.append(number) }
        frame.append(contentsOf: [UInt8](repeating: 0xFF, count: Int(Int16.max)))
        var body = WireWriter()
        try JoinGroupRequest {
            $0.groupId = "g"
            $0.sessionTimeoutMs = 10_000
            $0.protocolType = "consumer"
            $0.protocols = [.init { $0.name = "range" }]
        }.encode(version: 5, into: &body)
        try client.send(frame: frame.bytes + body.bytes)
        let answer = try client.receive().withUnsafeBytes { try JoinGroupResponse.decode(frame: $0, version: 5).body }
        #expect(answer.errorCode == .memberIdRequired && answer.memberId.utf8.count < 500)
    }
}
