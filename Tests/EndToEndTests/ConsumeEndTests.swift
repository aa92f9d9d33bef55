import Glibc
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
