import KappaTestSupport
import KappaWire
import Testing

/// Records that are too large, and records that do not arrive.
@Suite(.timeLimit(.minutes(2))) struct ProduceLimitTests {
    @Test func aRecordThatTheTopicTakesIsSentWhateverItsSize() async throws {
        let broker = try await BrokerProcess.start()
        let made = try await Kappa.run(
            "topics", "create", "large", "-c", "max.message.bytes=8000000", "-b", broker.address)
        #expect(made.status == 0, "\(made.errors)")
        let (large, larger) = (String(repeating: "x", count: 3_000_000), String(repeating: "y", count: 7_000_000))
        let lines = ["first", large, "last", larger]
        let sent = try await Kappa.run(
            "produce", "large", "-z", "none", "-b", broker.address, stdin: lines.joined(separator: "\n") + "\n")
        #expect(sent.status == 0, "\(sent.errors)")
        let read = try await Kappa.run("consume", "large", "-e", "-b", broker.address)
        #expect(read.lines.map(\.count) == lines.map(\.count))
        try await broker.stop()
    }

    @Test func oneThatItDoesNotTakeIsToldWithItsSizeAndTheLimit() async throws {
        let broker = try await BrokerProcess.start()
        try await Kappa.run("topics", "create", "small", "-c", "max.message.bytes=1048588", "-b", broker.address)
        let result = try await Kappa.run(
            "produce", "small", "-b", broker.address, stdin: "a\n" + String(repeating: "x", count: 2_200_000) + "\n")
        #expect(result.status == 1)
        #expect(result.errors.contains("line 2"), "\(result.errors)")
        #expect(result.errors.contains("2200000 bytes") && result.errors.contains("takes 1048588"), "\(result.errors)")
        try await broker.stop()
    }

    /// Refused for good by the broker: what is in the file, sent again, completes the topic.
    @Test func whatWasNotDeliveredIsKeptWithItsLines() async throws {
        let broker = try await BrokerProcess.start()
        try await Kappa.run("topics", "create", "t", "-p", "1", "-b", broker.address)
        let cluster = try HostileCluster(before: broker)
        defer { cluster.stop() }
        cluster.play(.refused(.topicAuthorizationFailed), .produce, times: 1)
        let folder = try TemporaryDirectory()
        let failed = "\(folder.path)/failed.json"
        let lines = (1...5).map { "k\($0):v\($0)" }.joined(separator: "\n") + "\n"
        let result = try await Kappa.run(
            "produce", "t", "--key-delimiter", ":", "--failed", failed, "-b", cluster.addresses, stdin: lines)
        #expect(result.status == 1, "\(result.errors)")
        #expect(result.errors.contains(failed), "\(result.errors)")
        let again = try await Kappa.run("produce", "t", "--json", failed, "-b", broker.address)
        #expect(again.status == 0, "\(again.errors)")
        let read = try await Kappa.run("consume", "t", "-e", "-b", broker.address)
        #expect(Set(read.lines) == Set((1...5).map { "v\($0)" }))
        let kept = try await Kappa.run("produce", "t", "--failed", failed, "-b", broker.address, stdin: "x\n")
        #expect(kept.status == 2 && kept.errors.contains("is there already"))
        try await broker.stop()
    }
}
