import KappaCore
import KappaKafka
import KappaTestSupport
import Testing

/// A broker that goes away while records wait to be taken.
@Suite(.timeLimit(.minutes(1))) struct LostBrokerTests {
    @Test func aQuestionFailsAndWhatWaitsIsStillThere() async throws {
        let broker = try await BrokerProcess.start()
        let made = try await Kappa.run(["topics", "create", "log", "-b", broker.address])
        #expect(made.status == 0, "\(made.errors)")
        let configuration = KafkaConfiguration(brokers: broker.address, timeout: .milliseconds(500))
        let producer = try Producer(configuration)
        let topic = try producer.topic("log")
        for number in 0..<100 as Range<UInt8> {
            let isTaken = try withUnsafeBytes(of: number) {
                try producer.produce(to: topic, partition: 0, key: nil, value: $0)
            }
            #expect(isTaken)
        }
        #expect(producer.flush(timeout: .seconds(20)))

        let consumer = try Consumer(configuration, group: nil, capacity: 1)
        let at = TopicPartition("log", 0)
        try consumer.assign([PartitionOffset(at, 0)])
        var seen: [UInt8] = []
        func poll() throws {
            try consumer.poll(timeout: .milliseconds(100)) {
                if case .record(let message) = $0 { seen += Array(message.value!) }
            }
        }
        let deadline = ContinuousClock.now + .seconds(20)
        while seen.isEmpty, ContinuousClock.now < deadline { try poll() }
        try await broker.kill()
        #expect {
            _ = try consumer.client.watermarks(at)
        } throws: {
            ($0 as? KafkaError)?.kind == .unreachable
        }
        while seen.count < 100, ContinuousClock.now < deadline { try poll() }
        #expect(seen == Array(0..<100))
    }
}
