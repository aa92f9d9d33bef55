import KappaTestSupport
import Testing

@Suite struct TopicsTests {
    @Test func topicsAreMadeShownChangedAndDeleted() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("topics")
        #expect(try await suite.kappa("topics", "create", name, "-p", "3", "-c", "retention.ms=60000").status == 0)
        let again = try await suite.kappa("topics", "create", name)
        #expect(again.status == 1)
        #expect(again.errors.contains(name))
        #expect(try await suite.kappa("topics", "create", name, "--if-not-exists").status == 0)

        let listed = try await suite.kappa("topics", "list", "--csv", "--like", "kappa-test-topics.*")
        #expect(listed.lines.first == "name,partitions,replicas")
        #expect(listed.lines.contains("\(name),3,1"))
        #expect(try await suite.kappa("topics", "list", "--csv", "--like", "topics").lines.count == 1)

        let described = try await suite.kappa("topics", "describe", name)
        #expect(described.output.contains("retention.ms=60000"))
        #expect(
            try await suite.kappa("topics", "alter", name, "-c", "retention.ms=7000", "-c", "segment.bytes=20000")
                .status == 0)
        #expect(try await suite.kappa("topics", "alter", name, "--unset", "retention.ms").status == 0)
        let settings = try await suite.kappa("topics", "describe", name, "--configs", "--csv")
        #expect(settings.lines.contains("\(name),segment.bytes,20000,topic"))
        #expect(!settings.output.contains("retention.ms,7000"))

        #expect(try await suite.kappa("topics", "add-partitions", name, "--to", "5").status == 0)
        #expect(try await suite.kappa("topics", "describe", name, "--ndjson").lines.count == 5)
        #expect(try await suite.kappa("topics", "delete", name).status == 2)
        #expect(try await suite.kappa("topics", "delete", name, "--dry-run").status == 0)
        #expect(try await suite.kappa("topics", "delete", name, "--yes").status == 0)
        #expect(try await suite.kappa("topics", "delete", name, "--yes").status == 1)
        #expect(try await suite.kappa("topics", "delete", name, "--yes", "--if-exists").status == 0)
    }

    /// A name that can be no topic's is a wrong word, and nothing is made; what the broker refuses is listed, and the
    /// others are made.
    @Test func everyItemThatFailsIsListed() async throws {
        let suite = try await LogSuite()
        let good = LogSuite.name("items")
        let wrong = try await suite.kappa("topics", "create", "bad name", good)
        #expect(wrong.status == 2 && wrong.errors.contains("'bad name' is not a topic name"), "\(wrong.errors)")
        #expect(try await suite.kappa("topics", "describe", good).status == 1)
        let (one, other) = (LogSuite.name("there"), LogSuite.name("too"))
        #expect(try await suite.kappa("topics", "create", one, other).status == 0)
        let result = try await suite.kappa("topics", "create", one, good, other)
        #expect(result.status == 1)
        #expect(result.errors.contains(one) && result.errors.contains(other))
        #expect(result.errors.contains("2 of 3 failed"))
        #expect(try await suite.kappa("topics", "describe", good).status == 0)
        let unknown = try await suite.kappa("topics", "create", LogSuite.name("x"), "-c", "no.such=1")
        #expect(unknown.status == 1)
        #expect(unknown.errors.contains("no.such"))
        try await suite.kappa("topics", "delete", good, "--yes")
    }

    @Test func purgingMovesTheStart() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("purge")
        try await suite.kappa("topics", "create", name, "-p", "1")
        try await suite.kappa("produce", name, stdin: "a\nb\nc\nd\n")
        #expect(try await suite.kappa("topics", "purge", name, "--before", "3").status == 2)
        let dry = try await suite.kappa("topics", "purge", name, "--before", "3", "--dry-run", "--csv")
        #expect(dry.lines.last == "\(name),0,0,3,3")
        #expect(try await suite.kappa("consume", name, "-e").lines == ["a", "b", "c", "d"])
        #expect(try await suite.kappa("topics", "purge", name, "--before", "3", "--yes").status == 0)
        #expect(try await suite.kappa("consume", name, "-e").lines == ["d"])
        let early = try await suite.kappa("consume", name, "-e", "-o", "1")
        #expect(early.lines == ["d"])
        #expect(early.errors.contains("offset 1 is gone, the log starts at 3"))
        #expect(try await suite.kappa("topics", "purge", name, "--before", "end", "--yes").status == 0)
        #expect(try await suite.kappa("consume", name, "-e").output.isEmpty)
    }

    @Test func aDeclarationIsAppliedOnce() async throws {
        let suite = try await LogSuite()
        let folder = try TemporaryDirectory()
        let name = LogSuite.name("apply")
        let file = try folder.write("topics.conf", "[topic \(name)]\npartitions = 2\nretention.ms = 5000\n")
        let plan = try await suite.kappa("topics", "apply", file, "--dry-run", "--csv")
        #expect(plan.lines.count == 2)
        #expect(try await suite.kappa("topics", "describe", name).status == 1)
        #expect(try await suite.kappa("topics", "apply", file).status == 0)
        let second = try await suite.kappa("topics", "apply", file, "--csv")
        #expect(second.lines == ["topic,action,detail"])
        #expect(second.errors.contains("everything is as declared"))
        try folder.write("topics.conf", "[topic \(name)]\npartitions = 4\nretention.ms = 9000\n")
        #expect(try await suite.kappa("topics", "apply", file, "--csv").lines.count == 3)
        try folder.write("topics.conf", "[topic \(name)]\npartitions = 1\n")
        let shrink = try await suite.kappa("topics", "apply", file)
        #expect(shrink.status == 1)
        #expect(shrink.errors.contains("cannot shrink"))
    }
}
