import Glibc
import KappaBroker
import KappaTestSupport
import KappaWire
import Testing

/// What answers may hold of the broker's memory while nobody reads them.
@Suite struct AnswerMemoryTests {
    private func serve(_ change: (inout BrokerConfiguration) -> Void = { _ in }) throws -> (ServedBroker, RawClient) {
        let served = try ServedBroker {
            $0.syncPolicy = .system
            $0.maximumAnswersBytes = 8 << 20
            change(&$0)
        }
        let client = try RawClient(port: served.broker.port)
        _ = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        let value = String(repeating: "x", count: 200_000)
        for _ in 0..<100 { _ = try client.produceAndWait("t", Batches.plain([value])) }
        return (served, client)
    }

    private var everything: FetchRequest {
        FetchRequest {
            $0.maxBytes = .max
            $0.topics = [
                .init {
                    $0.topic = "t"
                    $0.partitions = [.init { $0.partitionMaxBytes = .max }]
                }
            ]
        }
    }

    /// Twenty megabytes are there, and each of 60 clients asks for all of them. The sockets' buffers take some of what
    /// is answered, a few megabytes each; without the bound, each answer would be 16 MiB.
    @Test(.timeLimit(.minutes(2)))
    func fullerTheMemoryTheLessAnAnswerHolds() throws {
        let (served, client) = try serve()
        let readers = try (0..<60).map { _ in try RawClient(port: served.broker.port) }
        for reader in readers { try reader.send(everything, version: 12, correlationId: 1) }
        // Answers are made in the order of their coming, so all of theirs have been when this one has.
        _ = try client.ask(ApiVersionsRequest(), version: 3)
        for reader in readers {
            let size = try reader.receive().count
            #expect(size > 200_000 && size < 1_400_000, "an answer of \(size) bytes")
        }
        // Everybody has read: it is as empty as it was.
        try client.send(everything, version: 12, correlationId: 1)
        #expect(try client.receive().count > 800_000)
    }

    /// Who reads by single bytes makes some progress always, and would hold the memory for ever.
    @Test(.timeLimit(.minutes(2)))
    func whoReadsByDropsIsShed() throws {
        let (served, client) = try serve {
            $0.maximumAnswersBytes = 1 << 20
            $0.stallMilliseconds = 500
        }
        // Six answers of a megabyte or less each are more than the sockets' buffers take.
        let slow = try (0..<8).map { _ in try RawClient(port: served.broker.port) }
        for reader in slow {
            reader.takeLittle()
            for number in 0..<40 { try reader.send(everything, version: 12, correlationId: Int32(number)) }
        }
        let deadline = ContinuousClock.now + .seconds(60)
        while served.broker.counter("connections_shed") == 0, ContinuousClock.now < deadline {
            for reader in slow { reader.drinkOneByte() }
            usleep(5000)
        }
        #expect(served.broker.counter("connections_shed") > 0)
        _ = try client.ask(ApiVersionsRequest(), version: 3)
    }
}
