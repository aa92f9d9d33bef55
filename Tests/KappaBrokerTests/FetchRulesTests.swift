import KappaBroker
import KappaWire
import Testing

/// What a fetch may and may not bring, after Kafka's KIP-74 and KIP-227.
@Suite struct FetchRulesTests {
    private let served: ServedBroker
    private let client: RawClient

    init() throws {
        served = try ServedBroker { $0.defaultPartitions = 3 }
        client = try RawClient(port: served.broker.port)
        _ = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
    }

    private func request(maxBytes: Int32 = .max, partitionMaxBytes: Int32 = 1 << 20) -> FetchRequest {
        FetchRequest {
            $0.maxWaitMs = 0
            $0.maxBytes = maxBytes
            $0.topics = [
                .init {
                    $0.topic = "t"
                    $0.partitions = (Int32(0)..<3).map { index in
                        .init {
                            $0.partition = index
                            $0.partitionMaxBytes = partitionMaxBytes
                        }
                    }
                }
            ]
        }
    }

    private func sizes(_ request: FetchRequest) throws -> [Int] {
        try client.send(request, version: 11, correlationId: 1)
        return try client.receive().withUnsafeBytes { frame in
            let body = try FetchResponse.decode(frame: frame, version: 11).body
            return body.responses[0].partitions.map { $0.records.count ?? 0 }
        }
    }

    private func fill(bytes: Int) throws {
        let batch = Batches.plain([String(repeating: "x", count: bytes)])
        for index in Int32(0)..<3 {
            try batch.withUnsafeBytes { raw in
                let request = ProduceRequest {
                    $0.acks = -1
                    $0.topicData = [
                        .init {
                            $0.name = "t"
                            $0.partitionData = [
                                .init {
                                    $0.index = index
                                    $0.records = raw
                                }
                            ]
                        }
                    ]
                }
                _ = try client.ask(request, version: 9)
            }
        }
    }

    /// The first batch always goes out, so that every reader gets on; nothing after it goes beyond the limit.
    @Test func onlyTheFirstBatchMayExceedTheLimit() throws {
        try fill(bytes: 1000)
        let whole = try sizes(request())[0]
        #expect(try sizes(request()) == [whole, whole, whole])
        #expect(try sizes(request(maxBytes: 10)) == [whole, 0, 0])
        #expect(try sizes(request(maxBytes: Int32(whole) + 10)) == [whole, 0, 0])
        #expect(try sizes(request(maxBytes: Int32(whole) * 2)) == [whole, whole, 0])
        #expect(try sizes(request(partitionMaxBytes: 10)) == [whole, 0, 0])
    }

    /// Epochs 0 and -1 are full fetches, whatever session they name: seen on Kafka 4.1.1 for all of these pairs.
    @Test(arguments: [(0, -1), (-1, -1), (-1, 0), (0, 0), (5, -1)] as [(Int32, Int32)])
    func aFullFetchNamesAnySession(_ id: Int32, _ epoch: Int32) throws {
        try fill(bytes: 10)
        var request = request()
        (request.sessionId, request.sessionEpoch) = (id, epoch)
        #expect(try sizes(request).allSatisfy { $0 > 0 })
    }

    @Test func goingOnWithASessionIsRefused() throws {
        var request = request()
        (request.sessionId, request.sessionEpoch) = (5, 1)
        #expect(try client.ask(request, version: 11).errorCode == .fetchSessionIdNotFound)
    }
}
