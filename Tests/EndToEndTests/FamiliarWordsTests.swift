import KappaTestSupport
import Testing

/// The words that fingers know from kcat and from Kafka's own tools.
@Suite struct FamiliarWordsTests {
    @Test func topicsAndGroupsAreNamedAsKafkasToolsNameThem() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("familiar")
        let made = try await suite.kappa(
            "topics", "create", "--topic", name, "--partitions", "2", "--replication-factor", "1", "--config",
            "retention.ms=60000", "--bootstrap-server", suite.brokers)
        #expect(made.status == 0, "\(made.errors)")
        #expect(try await suite.kappa("topics", "describe", "--topic", name, "--csv").lines.count == 3)
        let sent = try await suite.kappa("produce", "--broker-list", suite.brokers, "--topic", name, stdin: "a\nb\n")
        #expect(sent.status == 0)
        let read = try await suite.kappa(
            "consume", "--bootstrap-server", suite.brokers, "--topic", name, "--from-beginning", "--group", name,
            "--max-messages", "2")
        #expect(Set(read.lines) == ["a", "b"])
        #expect(try await suite.kappa("groups", "describe", "--group", name).status == 0)
        #expect(try await suite.kappa("groups", "reset", "--group", name, "--to", "start", "--yes").status == 0)
        #expect(try await suite.kappa("groups", "delete", "--group", name, "--yes").status == 0)
        #expect(try await suite.kappa("topics", "delete", "--topic", name, "--yes").status == 0)
    }

    @Test func aCommandWrittenAsAnOptionIsPointedTo() async throws {
        let result = try await Kappa.run("topics", "--list", "--bootstrap-server", "localhost:9092")
        #expect(result.status == 2)
        #expect(result.errors == "kappa topics: there is no option '--list'\ndid you mean 'kappa topics list'?\n")
        for command in ["create", "delete", "purge", "add-partitions"] {
            let words =
                ["topics", command]
                + (["purge": ["--before", "end"], "add-partitions": ["--to", "2"]][command] ?? [])
            let nameless = try await Kappa.run(words)
            #expect(nameless.status == 2 && nameless.errors.contains("kappa topics \(command): NAME is missing"))
        }
    }

    @Test func kcatsLinesDoTheSameHere() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("letters")
        try await suite.kappa("topics", "create", name, "-p", "1")
        #expect(
            try await suite.kappa("produce", "-P", "-t", name, "-K:", "-z", "gzip", stdin: "k:v\nl:w\n").status == 0)
        for words in [
            ["-C", "-t", name, "-eq", "-K:"], ["-t", name, "-e", "-q", "-c", "2", "-o", "-2", "-K:"],
            ["-G", LogSuite.name("g"), name, "-e", "-K:"], ["-t", name, "-p0", "-o0", "-e", "-K:", "-f", "%k:%s\\n"],
            ["-t", name, "-o", "s@0", "-o", "e@99999999999999", "-K:"],
        ] {
            let result = try await Kappa.run(["consume"] + words, environment: suite.environment)
            #expect(result.lines == ["k:v", "l:w"], "\(words): \(result.errors)")
        }
        #expect(try await suite.kappa("consume", name, "-e", "-D", "|").output == "v|w|")
    }
}
