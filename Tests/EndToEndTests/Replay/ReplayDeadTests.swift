import KappaTestSupport
import Testing

/// Dead letters go back to where they came from: once, mended if told, with a trace.
@Suite struct ReplayDeadTests {
    static func filled() async throws -> BrokerProcess {
        let broker = try await BrokerProcess.start()
        try await Kappa.run("topics", "create", "site", "site.dead", "-p", "2", "-b", broker.address)
        let letters = (0..<20).map { index in
            let reason = index % 4 == 0 ? "bad-time" : "missing"
            return """
                {"partition":\(index % 2),"timestamp":\(1_650_000_000_000 + index),"key":"k\(index)",\
                "value":"{\\"n\\":\(index),\\"zone\\":\\"\\"}","headers":[{"name":"own","value":"x"},\
                {"name":"kappa.reason","value":"\(reason)"},{"name":"kappa.topic","value":"site"},\
                {"name":"kappa.partition","value":"1"},{"name":"kappa.offset","value":"\(index)"}]}
                """
        }
        try await Kappa.run(
            "produce", "site.dead", "--json", "-b", broker.address, stdin: letters.joined(separator: "\n") + "\n")
        return broker
    }

    static func site(_ broker: BrokerProcess) async throws -> [String] {
        try await Kappa.run("consume", "site", "-e", "--json", "-b", broker.address).lines
    }

    @Test func aLetterGoesBackOnceWhateverIsChosenNext() async throws {
        let broker = try await Self.filled()
        let words = ["replay", "dead", "site.dead", "-b", broker.address, "--json"]
        let first = try await Kappa.run(words + ["--reason", "bad-time", "--edit", "zone=UTC"])
        #expect(
            first.output.contains("\"sent\":5,\"sent_before\":0,\"passed_over\":15"), "\(first.output)\(first.errors)")
        let sent = try await Self.site(broker)
        #expect(sent.count == 5)
        #expect(sent.allSatisfy { $0.contains(#"\"zone\":\"UTC\"}"#) })
        #expect(
            sent.allSatisfy {
                $0.contains(#"[{"name":"own","value":"x"},{"name":"kappa.replayed.from","value":"site.dead/"#)
                    && !$0.contains("kappa.topic")
            })
        #expect(sent.contains { $0.contains("\"timestamp\":1650000000004,\"key\":\"k4\"") })
        let second = try await Kappa.run(words)
        #expect(second.output.contains("\"sent\":15,\"sent_before\":5"), "\(second.output)\(second.errors)")
        #expect(try await Kappa.run(words).output.contains("\"sent\":0,\"sent_before\":20"))
        #expect(try await Self.site(broker).count == 20)
    }

    @Test func lettersGoThroughACommandAndAnEmptyLineStays() async throws {
        let broker = try await Self.filled()
        let run = try await Kappa.run(
            "replay", "dead", "site.dead", "-b", broker.address, "--through",
            #"sed -e 's/"n":1[0-9]/"n":100/' -e 's/.*"n":7.*//'"#)
        #expect(run.status == 1)
        #expect(run.errors.contains("1 dead letters were not sent"), "\(run.errors)")
        let values = try await Self.site(broker)
        #expect(values.count == 19)
        #expect(values.count { $0.contains(#"\"n\":100"#) } == 10)
        let broken = try await Kappa.run(
            "replay", "dead", "site.dead", "-b", broker.address, "--again", "--through", "head -n 3")
        #expect(broken.status == 1)
        #expect(broken.errors.contains("gave 3 lines for 20"), "\(broken.errors)")
        #expect(try await Self.site(broker).count == 19)
    }

    @Test func whatThereIsIsCountedByReason() async throws {
        let broker = try await Self.filled()
        let survey = try await Kappa.run("replay", "dead", "site.dead", "--dry-run", "--csv", "-b", broker.address)
        #expect(survey.lines == ["reason,field,source,waiting,sent_back", "bad-time,,site,5,0", "missing,,site,15,0"])
    }
}
