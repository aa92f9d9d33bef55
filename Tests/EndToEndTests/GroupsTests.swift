import Glibc
import KappaTestSupport
import Testing

@Suite struct GroupsTests {
    @Test func aGroupGoesOnWhereItWasAndCanBeMoved() async throws {
        let suite = try await LogSuite()
        let (name, group) = (LogSuite.name("moved"), LogSuite.name("group"))
        try await suite.kappa("topics", "create", name, "-p", "1")
        try await suite.kappa("produce", name, stdin: (0..<10).map { "\($0)\n" }.joined())
        #expect(try await suite.kappa("consume", name, "-g", group, "-c", "4").lines == ["0", "1", "2", "3"])
        #expect(try await suite.kappa("consume", name, "-g", group, "-c", "2").lines == ["4", "5"])
        let lag = try await suite.kappa("groups", "describe", group, "--csv")
        #expect(lag.lines.last?.hasPrefix("\(group),\(name),0,6,10,4,") == true)
        #expect(try await suite.kappa("groups", "describe", group, "--max-lag", "3").status == 1)
        #expect(try await suite.kappa("groups", "describe", group, "--max-lag", "4").status == 0)
        #expect(try await suite.kappa("wait", "group", group, "--lag", "4", "--timeout", "5s").status == 0)
        #expect(try await suite.kappa("wait", "group", group, "--timeout", "300ms").status == 4)

        let moved = try await suite.kappa("groups", "reset", group, "--to", "-3", "--yes", "--csv")
        #expect(moved.lines.last == "\(name),0,6,3")
        #expect(try await suite.kappa("groups", "reset", group, "--to", "start").status == 2)
        let beyond = try await suite.kappa("groups", "reset", group, "--to", "99", "--dry-run", "--csv")
        #expect(beyond.lines.last == "\(name),0,3,10")
        #expect(beyond.errors.contains("\(name)[0]: the log holds 0 to 10; 10 is taken for 99"))
        let folder = try TemporaryDirectory()
        #expect(try await suite.kappa("groups", "reset", group, "--to-file", "\(folder.path)/places").status == 0)
        try await suite.kappa("groups", "reset", group, "--to", "end", "--yes")
        try await suite.kappa("groups", "reset", group, "--from-file", "\(folder.path)/places", "--yes")
        #expect(try await suite.kappa("consume", name, "-g", group, "-e").lines == (3..<10).map(String.init))
        #expect(
            try await suite.kappa("groups", "list", "--topic", name, "--csv").lines.contains { $0.hasPrefix(group) })
        #expect(try await suite.kappa("groups", "delete", group, "--yes").status == 0)
        #expect(try await suite.kappa("groups", "describe", group).status == 1)
    }

    @Test func twoMembersShareAndNothingIsLostWhenOneIsKilled() async throws {
        let suite = try await LogSuite()
        let (name, group) = (LogSuite.name("shared"), LogSuite.name("pair"))
        let folder = try TemporaryDirectory()
        try await suite.kappa("topics", "create", name, "-p", "4")
        let words = ["consume", name, "-g", group, "-X", "session.timeout.ms=6000", "-X", "heartbeat.interval.ms=500"]
        let (first, second) = (try suite.start(words, in: folder), try suite.start(words, in: folder))
        let deadline = ContinuousClock.now + .seconds(20)
        var members: Set<Substring> = []
        while members.count < 2, ContinuousClock.now < deadline {
            let rows = try await suite.kappa("groups", "describe", group, "--csv").lines.dropFirst()
            members = Set(
                rows.compactMap { $0.split(separator: ",", omittingEmptySubsequences: false).dropLast().last })
            members.remove("")
        }
        #expect(members.count == 2)
        let active = try await suite.kappa("groups", "reset", group, "--to", "start", "--yes")
        #expect(active.status == 1)
        #expect(active.errors.contains("2 members"))
        try await suite.kappa("produce", name, "-K", ":", stdin: (0..<2000).map { "k\($0):\($0)\n" }.joined())
        first.signal(SIGKILL)
        let killed = try await first.finish()
        try await suite.kappa("produce", name, "-K", ":", stdin: (2000..<4000).map { "k\($0):\($0)\n" }.joined())
        let end = ContinuousClock.now + .seconds(30)
        var seen: Set<Int> = []
        while seen.count < 4000, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(50))
            seen = Set((killed.output + second.output).split(separator: "\n").compactMap { Int($0) })
        }
        #expect(seen == Set(0..<4000))
        second.signal(SIGTERM)
        _ = try await second.finish()
    }

    @Test func waitingEndsWhenTheThingIsThere() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("later")
        let folder = try TemporaryDirectory()
        #expect(try await suite.kappa("wait", "broker").status == 0)
        #expect(try await suite.kappa("wait", "topic", name, "--timeout", "300ms").status == 4)
        let waiter = try suite.start(["wait", "topic", name], in: folder)
        try await suite.kappa("topics", "create", name)
        #expect(try await waiter.finish().status == 0)
        #expect(try await Kappa.run("wait", "broker", "-b", "127.0.0.1:1", "--timeout", "300ms").status == 4)
    }

    @Test func kcatAndKappaReadEachOther() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("kcat")
        try await suite.kappa("topics", "create", name, "-p", "1")
        let sent = try await suite.run(
            "kcat", "-P", "-b", "BROKERS", "-t", name, "-K", ":", "-H", "h=1", stdin: "a:b\n")
        #expect(sent.status == 0)
        try await suite.kappa("produce", name, "-K", ":", "-H", "h=2", "-z", "zstd", stdin: "c:d\n")
        let ours = try await suite.kappa("consume", name, "-e", "-f", "%o %k %s %h\\n")
        #expect(ours.lines == ["0 a b h=1", "1 c d h=2"])
        let theirs = try await suite.run(
            "kcat", "-C", "-b", "BROKERS", "-t", name, "-e", "-q", "-f", "%o %k %s %h\\n")
        #expect(theirs.lines == ours.lines)
    }
}
