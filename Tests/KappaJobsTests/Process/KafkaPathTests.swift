import KappaCore
import KappaKafka
import Testing

@testable import KappaDirect
@testable import KappaJobs

/// Who reads and who writes, and after what trouble.
@Suite struct KafkaPathTests {
    private func kafka(_ properties: [(key: String, value: String)] = []) -> KafkaConfiguration {
        KafkaConfiguration(brokers: "nowhere:1", properties: properties)
    }

    private func words(_ path: KafkaPath, _ kafka: KafkaConfiguration) -> String {
        path.description(kafka, isReading: path.reads(kafka))
    }

    @Test func ourOwnConnectionsServeUntilTheyFail() {
        var path = KafkaPath()
        #expect(path.reads(kafka()) && path.writes(kafka()))
        path.hear(KafkaError(code: 27, message: "a rebalance"), hasCommitted: false)
        #expect(path.reads(kafka()) && path.writes(kafka()))
        path.hear(ConnectionFailure("the broker answered something else"), hasCommitted: true)
        #expect(!path.reads(kafka()) && !path.writes(kafka()))
        #expect(words(path, kafka()) == "fetched by librdkafka, written by librdkafka")
    }

    @Test func writingIsGivenUpWhenItFailsTwiceWithoutACommitBetween() {
        let failure = WriteFailure(cause: nil, "no leader")
        var path = KafkaPath()
        path.hear(failure, hasCommitted: false)
        #expect(path.writes(kafka()))
        path.hear(failure, hasCommitted: true)
        path.hear(failure, hasCommitted: false)
        #expect(path.writes(kafka()))
        path.hear(failure, hasCommitted: false)
        #expect(!path.writes(kafka()) && !path.reads(kafka()))
    }

    @Test func whatAPersonAsksOfTheLibraryIsLeftToIt() {
        let path = KafkaPath()
        #expect(!path.reads(kafka([("fetch.min.bytes", "10")])))
        #expect(path.writes(kafka([("fetch.min.bytes", "10")])))
        #expect(!path.writes(kafka([("acks", "1")])))
        #expect(path.reads(kafka([("acks", "1")])))
        #expect(!path.reads(kafka([("socket.timeout.ms", "100")])))
    }

    @Test func aSignInOfOurOwnKeepsTheDirectPath() {
        let secured = kafka([
            ("security.protocol", "SASL_PLAINTEXT"), ("sasl.mechanism", "SCRAM-SHA-256"), ("sasl.username", "a"),
            ("sasl.password", "b"),
        ])
        #expect(KafkaPath().reads(secured) && KafkaPath().writes(secured))
    }

    @Test func onlyALostConnectionIsWaitedForWithThePartitionsHeld() {
        #expect(KafkaPath.isAway(ConnectionFailure("closed", kind: .unreachable)))
        #expect(KafkaPath.isAway(WriteFailure(cause: ConnectionFailure("closed", kind: .unreachable))))
        #expect(!KafkaPath.isAway(ConnectionFailure("an unknown answer")))
        #expect(!KafkaPath.isAway(KafkaError(code: -195, kind: .unreachable, message: "gone")))
        #expect(!KafkaPath.isAway(SessionLost()))
    }
}
