import KappaCore
import KappaKafka
import Testing

@Suite struct KafkaConfigurationTests {
    @Test func anUnknownPropertyIsNamed() {
        let configuration = KafkaConfiguration(brokers: "127.0.0.1:1", properties: [("no.such.thing", "1")])
        let error = #expect(throws: KafkaError.self) { try KafkaClient(configuration) }
        #expect(error?.kind == .usage)
        #expect(error?.message.contains("'no.such.thing'") == true)
    }

    @Test func aRefusedSecretIsNotRepeated() {
        let configuration = KafkaConfiguration(
            brokers: "127.0.0.1:1", properties: [("ssl.key.password.nonsense", "hunter2")])
        let error = #expect(throws: KafkaError.self) { try KafkaClient(configuration) }
        #expect(error?.description.contains("hunter2") == false)
    }

    /// Port 1 of the loopback answers nobody.
    @Test func aBrokerThatIsNotThereIsNamedWithinTheTimeout() throws {
        let client = try KafkaClient(KafkaConfiguration(brokers: "127.0.0.1:1", timeout: .milliseconds(400)))
        let start = ContinuousClock.now
        let error = #expect(throws: KafkaError.self) { try client.metadata() }
        #expect(error?.kind == .unreachable)
        #expect(error?.message.contains("127.0.0.1:1") == true)
        #expect(error?.message.contains("refused") == true)
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    @Test func theVersionIsThatOfTheLibrary() {
        #expect(libraryVersion.split(separator: ".").count >= 3)
    }
}
