import KappaTestSupport
import Testing

/// What is said where a broker cannot be reached, or an address is none.
@Suite struct BrokerAddressTests {
    @Test(arguments: ["", "127.0.0.1:99999", "localhost:kafka", "localhost:0", "a:1,,b:1", ":9092"])
    func anAddressThatIsNoneIsNamedBeforeAnythingIsTried(address: String) async throws {
        let result = try await Kappa.run("topics", "list", "--brokers", address)
        #expect(result.status == 2)
        let part = address.hasPrefix("a:1") ? "" : address
        #expect(result.errors.hasPrefix("kappa topics list: --brokers: '\(part)' is not a broker address\n"))
    }

    @Test(arguments: [
        ("127.0.0.1:1", "127.0.0.1:1 within 300ms: Connection refused"),
        ("[::1]:1", "[::1]:1 within 300ms: "),
        ("127.0.0.1:1,127.0.0.2:1", "within 300ms: 127.0.0."),
        ("no-such-host.invalid:9092", "within 300ms: Failed to resolve 'no-such-host.invalid:9092': "),
    ])
    func theReasonStandsOnceInThePlainSentence(address: String, expected: String) async throws {
        for words in [
            ["topics", "list", "--timeout"], ["consume", "-e", "--timeout"], ["groups", "list", "--timeout"],
        ] {
            let result = try await Kappa.run(words + ["300ms", "-b", address])
            #expect(result.status == 3, "\(words)")
            let lines = result.errors.split(separator: "\n")
            #expect(lines.count == 2 && !result.errors.contains("Connect to"), "\(result.errors)")
            // What coordinators are asked goes over a connection of kappa's own, whose words for a name are its own.
            let own = "within 300ms: cannot resolve 'no-such-host.invalid': "
            let wanted = words[0] == "groups" && expected.contains("no-such-host") ? own : expected
            #expect(words[0] == "consume" || result.errors.contains(wanted), "\(result.errors)")
        }
    }

    @Test func aClusterShowsItsVersionAndATopicItsSize() async throws {
        let broker = try await BrokerProcess.start()
        let environment = ["KAPPA_BROKERS": broker.address]
        try await Kappa.run("topics", "create", "sized", environment: environment)
        try await Kappa.run(
            "produce", "sized", "-z", "none", stdin: String(repeating: "x", count: 5000) + "\n",
            environment: environment)
        let cluster = try await Kappa.run("cluster", "--csv", environment: environment)
        let version = try await Kappa.run("--version").output.split(separator: " ")[1]
        #expect(cluster.lines.first == "id,host,port,controller,leads,version")
        #expect(cluster.lines.last?.hasSuffix(",true,1,kappa \(version)") == true, "\(cluster.output)")
        let described = try await Kappa.run("topics", "describe", "sized", "--csv", environment: environment)
        let size = described.lines.last?.split(separator: ",").last.flatMap { Int($0) } ?? 0
        // The value, and a batch's head of 61 bytes and a record's of some ten.
        #expect((5061...5100).contains(size), "\(described.output)")
    }
}
