import Glibc
import KappaBroker
import KappaTestSupport
import Testing

/// `--exit` ends at the end where offsets are missing too: behind markers, compaction and nothing at all.
@Suite struct ConsumeEndTests {
    @Test func emptyPartitionsEndAtOnce() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("empty")
        try await suite.kappa("topics", "create", name, "-p", "6")
        let result = try await suite.kappa("consume", name, "-e")
        #expect(result.status == 0 && result.output.isEmpty)
        try await suite.kappa("produce", name, "-p", "3", stdin: "only\n")
        #expect(try await suite.kappa("consume", name, "-e").lines == ["only"])
        #expect(try await suite.kappa("consume", name, "-e", "-g", LogSuite.name("g")).lines == ["only"])
    }

    /// kcat commits what it sends as one transaction, and aborts it when it is interrupted.
    @Test func transactionsAreShownWholeOrNotAtAll() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("transactions")
        try await suite.kappa("topics", "create", name, "-p", "1")
        let words = ["kcat", "-P", "-b", suite.brokers, "-t", name, "-X", "transactional.id=\(name)"]
        let folder = try TemporaryDirectory()
        let aborted = try ChildProcess(words, environment: ["PATH": "/usr/bin:/bin"], directory: folder.path)
        // kcat 1.7 reads its input in pieces of 1,024 bytes.
        aborted.write((0..<5).map { "aborted \($0) \(String(repeating: "-", count: 1000))\n" }.joined())
        let deadline = ContinuousClock.now + .seconds(10)
        while try await suite.kappa("consume", name, "-e", "--isolation", "read_uncommitted").lines.count < 4 {
            try #require(ContinuousClock.now < deadline)
        }
        // While it is open, the end is where it began.
        #expect(try await suite.kappa("consume", name, "-e").output.isEmpty)
        aborted.signal(SIGINT)
        _ = try await aborted.finish()
        let sent = try await suite.run(
            "kcat", "-P", "-b", "BROKERS", "-t", name, "-X", "transactional.id=\(name)", stdin: "one\ntwo\n")
        #expect(sent.status == 0)
        #expect(try await suite.kappa("consume", name, "-e").lines == ["one", "two"])
        let all = try await suite.kappa("consume", name, "-e", "--isolation", "read_uncommitted")
        #expect(all.lines.count >= 6 && all.lines.suffix(2) == ["one", "two"])
    }

    /// Of a thousand records of three keys, compaction leaves holes between the few that it keeps.
    @Test func aCompactedTopicEnds() async throws {
        let folder = try TemporaryDirectory()
        var configuration = BrokerConfiguration(dataDirectory: "\(folder.path)/broker")
        configuration.listen = SocketAddress(host: "127.0.0.1", port: 0)
        configuration.cleanupMilliseconds = 50
        let broker = try Broker(configuration)
        try broker.start()
        defer { try? broker.stop() }
        let environment = ["KAPPA_BROKERS": "127.0.0.1:\(broker.port)"]
        try await Kappa.run(
            "topics", "create", "compacted", "-c", "cleanup.policy=compact", "-c", "segment.bytes=2000", "-c",
            "min.cleanable.dirty.ratio=0.01", environment: environment)
        for round in 0..<10 {
            let lines = (0..<100).map { "k\($0 % 3):\(round * 100 + $0)\n" }.joined()
            let sent = try await Kappa.run(
                "produce", "compacted", "-K", ":", "-z", "none", stdin: lines, environment: environment)
            #expect(sent.status == 0)
        }
        let deadline = ContinuousClock.now + .seconds(20)
        var kept: [String] = []
        repeat {
            try #require(ContinuousClock.now < deadline, "\(kept.count) are left")
            kept = try await Kappa.run("consume", "compacted", "-e", environment: environment).lines
        } while kept.count > 500
        #expect(kept.suffix(3) == ["997", "998", "999"])
        #expect(Set(kept).isSubset(of: Set((0..<1000).map(String.init))))
        let grouped = try await Kappa.run("consume", "compacted", "-e", "-g", "g", environment: environment)
        #expect(grouped.status == 0 && grouped.lines.suffix(3) == ["997", "998", "999"])
        #expect(try await Kappa.run("consume", "compacted", "-e", "-g", "g", environment: environment).output.isEmpty)
        // Offsets 1 and 2 may be gone; the range holds whatever is left of it.
        let cut = try await Kappa.run(
            "consume", "compacted", "-o", "1:3", "-f", "%o\\n", environment: environment)
        #expect(cut.status == 0 && Set(cut.lines).isSubset(of: ["1", "2"]))
    }

    @Test func aGroupEndsBehindAMarker() async throws {
        let suite = try await LogSuite()
        let (name, group) = (LogSuite.name("marker"), LogSuite.name("g"))
        try await suite.kappa("topics", "create", name, "-p", "2")
        for round in 0..<2 {
            _ = try await suite.run(
                "kcat", "-P", "-b", "BROKERS", "-t", name, "-p", "0", "-X", "transactional.id=\(name)",
                stdin: "r\(round)\n")
            #expect(try await suite.kappa("consume", name, "-e", "-g", group).lines == ["r\(round)"])
        }
        #expect(try await suite.kappa("consume", name, "-e", "-g", group).output.isEmpty)
    }
}
