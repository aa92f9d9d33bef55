import Glibc
import KappaTestSupport
import KappaWire
import Testing

/// Bounds that the broker is started with, under Kafka's names; by the real binary.
@Suite struct StartSettingTests {
    private func shown(_ client: RawClient) throws -> [String: String?] {
        let request = DescribeConfigsRequest {
            $0.resources = [
                .init {
                    $0.resourceType = 4
                    $0.resourceName = "1"
                }
            ]
        }
        let configs = try client.ask(request, version: 4).results[0].configs
        return Dictionary(uniqueKeysWithValues: configs.map { ($0.name, $0.value) })
    }

    @Test(.timeLimit(.minutes(2)))
    func boundIsTakenKeptAndShown() async throws {
        let broker = try await BrokerProcess.start(["-c", "max.connections.per.ip=2", "-c", "group.max.size=5"])
        let clients = try (0..<3).map { _ in try RawClient(port: UInt16(broker.port)) }
        for client in clients[..<2] { _ = try client.ask(ApiVersionsRequest(), version: 3) }
        #expect(throws: RawClient.Closed.self) { try clients[2].ask(ApiVersionsRequest(), version: 3) }
        let values = try shown(clients[0])
        #expect(values["max.connections.per.ip"] == "2" && values["group.max.size"] == "5")
        #expect(values["queued.max.request.bytes"] == "536870912")
        try await broker.stop()
    }

    @Test(.timeLimit(.minutes(2)))
    func brokerInTheBackgroundHasThemToo() async throws {
        let folder = try TemporaryDirectory()
        let data = "\(folder.path)/data"
        let started = try await Kappa.run(
            "broker", "start", "--data", data, "--listen", "127.0.0.1:0", "-c", "connections.max.idle.ms=123456")
        #expect(started.status == 0, "\(started.errors)")
        let line = try #require(started.output.split(separator: "\n").first { $0.hasPrefix("address") })
        let port = try #require(UInt16(line.split(separator: ":").last ?? ""))
        #expect(try shown(RawClient(port: port))["connections.max.idle.ms"] == "123456")
        var status = Glibc.stat()
        #expect(stat(data, &status) == 0 && status.st_mode & 0o777 == 0o700, "the folder is its owner's alone")
        let stopped = try await Kappa.run("broker", "stop", "--data", data)
        #expect(stopped.status == 0, "\(stopped.errors)")
    }

    @Test(
        .timeLimit(.minutes(2)),
        arguments: [
            ("max.conections=5", "no setting that the broker is started with"),
            ("max.connections=0", "max.connections=0 is not a number from 1 to"),
            ("max.connections=many", "max.connections=many is not a number from 1 to"),
            ("max.connections", "is not KEY=VALUE"),
            ("group.min.session.timeout.ms=2000000", "is more than group.max.session.timeout.ms (1800000)"),
        ])
    func wrongBoundIsRefused(_ word: String, _ message: String) async throws {
        let folder = try TemporaryDirectory()
        let result = try await Kappa.run(
            "broker", "run", "--data", "\(folder.path)/data", "--listen", "127.0.0.1:0", "-c", word)
        #expect(result.status == 2 && result.errors.contains(message), "\(result.errors)")
    }

    @Test func figuresForOtherMachinesHaveToBeAllowed() async throws {
        let folder = try TemporaryDirectory()
        let result = try await Kappa.run(
            "broker", "run", "--data", "\(folder.path)/data", "--listen", "127.0.0.1:0", "--metrics", "0.0.0.0:0")
        #expect(
            result.status == 2 && result.errors.contains("other machines can reach the figures"), "\(result.errors)")
    }

    /// The names of the topics are gone, and their records are not: no broker without topics is made of that.
    @Test(.timeLimit(.minutes(2)))
    func recordsWithoutACatalogueAreNotForgotten() async throws {
        let broker = try await BrokerProcess.start()
        let client = try RawClient(port: UInt16(broker.port))
        _ = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        #expect(try client.produceAndWait("t", Batches.plain(["a"])).errorCode == .noError)
        try await broker.stop()
        let data = "\(broker.folder.path)/broker"
        #expect(unlink("\(data)/topics") == 0)
        for words in [["run", "--data", data, "--listen", "127.0.0.1:0"], ["check", "--data", data]] {
            let result = try await Kappa.run(["broker"] + words)
            #expect(result.status != 0 && result.errors.contains("\(data)/topics is missing"), "\(result.errors)")
        }
    }

    /// A log that has grown is kept once, beside a new one, while the broker runs.
    @Test(.timeLimit(.minutes(2)))
    func logIsPutAsideWhenItHasGrown() async throws {
        let folder = try TemporaryDirectory()
        let data = "\(folder.path)/data"
        let started = try await Kappa.run("broker", "start", "--data", data, "--listen", "127.0.0.1:0")
        let line = try #require(started.output.split(separator: "\n").first { $0.hasPrefix("address") })
        let port = try #require(UInt16(line.split(separator: ":").last ?? ""))
        let log = "\(data)/broker.log"
        #expect(truncate(log, 11 << 20) == 0)
        for key in [Int16(600), 601] {
            var writer = WireWriter()
            for number in [key, 0, 0, 1] { writer.append(number) }
            writer.append(Int16(-1))
            let client = try RawClient(port: port)
            try client.send(frame: writer.bytes)
            #expect(client.outcome(within: 30_000) == .closed)
        }
        var (old, new) = (Glibc.stat(), Glibc.stat())
        #expect(stat(log + ".1", &old) == 0 && old.st_size > 11 << 20)
        #expect(stat(log, &new) == 0 && (1..<10_000).contains(new.st_size) && new.st_mode & 0o777 == 0o600)
        #expect(try await Kappa.run("broker", "stop", "--data", data).status == 0)
    }
}
