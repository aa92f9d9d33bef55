import Glibc
import KappaBroker
import KappaTestSupport
import KappaWire
import Testing

/// What one client may take of the broker, and what it finds when the disk has changed its mind.
@Suite struct BoundsTests {
    private func makeTopic(_ client: RawClient) throws {
        _ = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
    }

    @Test func connectionsAreBounded() throws {
        let served = try ServedBroker { $0.maximumConnections = 2 }
        let first = try RawClient(port: served.broker.port)
        let second = try RawClient(port: served.broker.port)
        for client in [first, second] { _ = try client.ask(ApiVersionsRequest(), version: 3) }
        let third = try RawClient(port: served.broker.port)
        #expect(throws: RawClient.Closed.self) { try third.ask(ApiVersionsRequest(), version: 3) }
        _ = try first.ask(ApiVersionsRequest(), version: 3)
    }

    @Test(.timeLimit(.minutes(1)))
    func slowReaderIsShedAndTheOthersAreServed() throws {
        let served = try ServedBroker { $0.stallMilliseconds = 300 }
        let slow = try RawClient(port: served.broker.port)
        try makeTopic(slow)
        let large = String(repeating: "x", count: 900_000)
        for _ in 0..<8 { _ = try slow.produceAndWait("t", Batches.plain([large])) }
        let fetch = FetchRequest {
            $0.topics = [
                .init {
                    $0.topic = "t"
                    $0.partitions = [.init { $0.partitionMaxBytes = .max }]
                }
            ]
        }
        // Answers of 7 MB each that nobody reads: the sockets' own buffers fill, and then nothing moves.
        for number in 0..<6 { try? slow.send(fetch, version: 12, correlationId: Int32(number)) }
        let other = try RawClient(port: served.broker.port)
        let deadline = ContinuousClock.now + .seconds(20)
        while served.broker.counter("connections_shed") == 0 {
            _ = try other.ask(ApiVersionsRequest(), version: 3)
            guard ContinuousClock.now < deadline else {
                Issue.record("the slow reader was not shed")
                return
            }
            usleep(20_000)
        }
        _ = try other.ask(ApiVersionsRequest(), version: 3)
    }

    @Test func lengthBeyondTheBoundEndsTheConnection() throws {
        let served = try ServedBroker { $0.maximumRequestBytes = 1000 }
        for length in [Int32(1001), Int32.max, -1] {
            let client = try RawClient(port: served.broker.port)
            var writer = WireWriter()
            writer.append(length)
            try client.sendRaw(writer.bytes)
            #expect(throws: RawClient.Closed.self) { try client.receive() }
        }
    }

    /// Byte by byte: a frame may come in any pieces.
    @Test func frameInManyPiecesIsOneRequest() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        var writer = WireWriter()
        try ApiVersionsRequest().frame(correlationId: 9, clientId: "slow", version: 3, into: &writer)
        for byte in writer.bytes {
            try client.sendRaw([byte])
            usleep(500)
        }
        #expect(try client.receiveCorrelationId() == 9)
    }

    /// A bit that flips on the disk is named and never served, whether the next start reads that part or not.
    @Test func flippedBitIsNeverServed() throws {
        let served = try ServedBroker()
        let client = try RawClient(port: served.broker.port)
        try makeTopic(client)
        for value in ["first", "second", "third"] { _ = try client.produceAndWait("t", Batches.plain([value])) }
        try served.broker.stop()
        let path = "\(served.broker.configuration.dataDirectory)/t-0/00000000000000000000.log"
        try flipBit(in: path, at: 68)
        var configuration = served.broker.configuration
        configuration.listen.port = 0
        let again: Broker
        do {
            again = try Broker(configuration)
        } catch {
            #expect("\(error)".contains(path))
            return
        }
        try again.start()
        defer { try? again.stop() }
        let answer = try RawClient(port: again.port).fetch("t", from: 0)
        #expect(answer.errorCode == .corruptMessage && answer.bytes.isEmpty)
    }

    private func flipBit(in path: String, at position: Int) throws {
        let file = try #require(fopen(path, "r+"))
        defer { fclose(file) }
        fseek(file, position, SEEK_SET)
        let byte = fgetc(file)
        fseek(file, position, SEEK_SET)
        fputc(byte ^ 1, file)
    }
}

extension Broker {
    /// What the status file says of a counter, as of a second ago at most.
    func counter(_ name: String) -> Int64 {
        let values = (try? BrokerFolder(configuration.dataDirectory).counters()) ?? []
        return values.first { $0.name == name }?.value ?? 0
    }
}
