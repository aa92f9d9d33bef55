import Glibc
import KappaBroker
import KappaTestSupport
import KappaWire
import Testing

/// What requests may hold of the broker's memory while they arrive.
@Suite struct RequestMemoryTests {
    private func serve(_ change: (inout BrokerConfiguration) -> Void = { _ in }) throws -> ServedBroker {
        let folder = try TemporaryDirectory()
        let file = try folder.write("users", "ann:secret\n")
        chmod(file, 0o600)
        return try ServedBroker {
            $0.usersFile = file
            change(&$0)
        }
    }

    private func signIn(_ client: RawClient, _ password: String = "secret") throws -> ErrorCode {
        _ = try client.ask(SaslHandshakeRequest { $0.mechanism = "PLAIN" }, version: 1)
        let token = Array("\u{0}ann\u{0}\(password)".utf8)
        return try client.ask(SaslAuthenticateRequest { $0.authBytes = token }, version: 2).errorCode
    }

    private func head(_ length: Int) -> [UInt8] {
        var writer = WireWriter()
        writer.append(Int32(length))
        return writer.bytes + [UInt8](repeating: 0, count: 16)
    }

    @Test func whoHasNotSignedInSendsNothingLarge() throws {
        let served = try serve()
        let stranger = try RawClient(port: served.broker.port)
        try stranger.sendRaw(head(524_289))
        #expect(stranger.outcome(within: 20_000) == .closed)
        let friend = try RawClient(port: served.broker.port)
        #expect(try signIn(friend) == .noError)
        try friend.sendRaw(head(524_289))
        #expect(friend.outcome(within: 300) == .silent, "the rest of it is waited for")
    }

    @Test func wrongPasswordEndsTheConnectionAndIsLoggedOnce() throws {
        let served = try serve()
        for _ in 0..<3 {
            let client = try RawClient(port: served.broker.port)
            #expect(try signIn(client, "wrong") == .saslAuthenticationFailed)
            #expect(client.outcome(within: 20_000) == .closed)
        }
        #expect(served.words.split(separator: "\n").count { $0.contains("failed to authenticate") } == 1)
    }

    @Test func largeRequestsTogetherStayWithinTheBoundAndAllAreServed() throws {
        let served = try ServedBroker { $0.maximumQueuedRequestBytes = 1_500_000 }
        let padding = [UInt8](repeating: 0, count: 1_000_000)
        var frame = WireWriter()
        try ApiVersionsRequest().frame(correlationId: 5, clientId: "c", version: 0, into: &frame)
        // The body of the oldest ApiVersions is empty, and what follows a body is let be.
        let length = frame.bytes.count - 4 + padding.count
        var whole = WireWriter()
        whole.append(Int32(length))
        let bytes = whole.bytes + frame.bytes[4...] + padding
        let first = try RawClient(port: served.broker.port)
        try first.sendRaw(Array(bytes[..<200_000]))
        // The broker has read of the first by the time it has answered another.
        _ = try RawClient(port: served.broker.port).ask(ApiVersionsRequest(), version: 3)
        let second = try RawClient(port: served.broker.port)
        try second.sendRaw(Array(bytes[..<100_000]))
        _ = try RawClient(port: served.broker.port).ask(ApiVersionsRequest(), version: 3)
        try first.sendRaw(Array(bytes[200_000...]))
        #expect(first.outcome(within: 20_000) == .answered)
        try second.sendRaw(Array(bytes[100_000...]))
        #expect(second.outcome(within: 20_000) == .answered)
    }

    @Test func oneAddressMayHaveSoManyConnections() throws {
        let served = try ServedBroker { $0.maximumConnectionsPerAddress = 2 }
        let clients = try (0..<3).map { _ in try RawClient(port: served.broker.port) }
        for client in clients[..<2] { _ = try client.ask(ApiVersionsRequest(), version: 3) }
        #expect(throws: RawClient.Closed.self) { try clients[2].ask(ApiVersionsRequest(), version: 3) }
    }
}
