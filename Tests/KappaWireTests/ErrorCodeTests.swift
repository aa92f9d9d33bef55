import KappaWire
import Testing

@Suite struct ErrorCodeTests {
    /// kafka-python keeps some names that Kafka has changed since.
    private static let renamed: [Int16: String] = [
        -1: "UNKNOWN_SERVER_ERROR", 0: "NONE", 6: "NOT_LEADER_OR_FOLLOWER", 10: "MESSAGE_TOO_LARGE",
        17: "INVALID_TOPIC_EXCEPTION", 39: "INVALID_REPLICA_ASSIGNMENT",
    ]

    @Test func codesHaveKafkasNames() throws {
        for line in Fixture.lines(of: "errors.txt") {
            let words = line.split(separator: " ")
            let code = try #require(Int16(words[0]))
            #expect(ErrorCode(rawValue: code)?.name == Self.renamed[code] ?? String(words[1]))
        }
    }

    @Test func aCodeOfANewerKafkaIsReadAsUnknown() throws {
        #expect(try decode(HeartbeatResponse.self, "7000", version: 0).errorCode == .unknownServerError)
    }

    @Test func messagesAndKeysSpeakForThemselves() {
        #expect(ApiKey.offsetCommit.name == "OffsetCommit")
        #expect(
            WireError.unsupportedVersion(.produce, version: 2).message == "version 2 of Produce is not known")
    }
}
