import Glibc
import KappaTestSupport
import Testing

/// Topics in Avro: what confluent-kafka writes is read by kappa, and the reverse.
@Suite struct AvroTopicTests {
    private struct Scene {
        let broker: BrokerProcess
        let registry: ChildProcess
        let url: String

        static func start() async throws -> Scene {
            let broker = try await BrokerProcess.start()
            let registry = try Kappa.start(
                ["schema", "serve", "--listen", "127.0.0.1:0", "-b", broker.address], directory: broker.folder.path)
            try await registry.waitForOutput("http://")
            let line = registry.output.split(separator: "\n").first { $0.contains("http://") }
            let made = try await Kappa.run(["topics", "create", "site", "-b", broker.address])
            #expect(made.status == 0, "\(made.errors)")
            return Scene(broker: broker, registry: registry, url: String(line?.split(separator: " ").last ?? ""))
        }

        func python(_ action: String) async throws -> ChildProcess.Result {
            let script = Kappa.packageRoot + "/Tests/EndToEndTests/Schemas/avro_topics.py"
            let child = try ChildProcess(
                [RegistryTests.python ?? "", script, action, broker.address, url, "site"],
                environment: ["PATH": "/usr/bin:/bin"], directory: broker.folder.path)
            let result = try await child.finish(timeout: .seconds(60))
            #expect(result.status == 0, "\(result.errors)")
            return result
        }

        func kappa(_ words: [String], stdin: String = "", registry: Bool = true) async throws -> ChildProcess.Result {
            try await Kappa.run(
                words + ["-b", broker.address] + (registry ? ["--registry", url] : []), stdin: stdin,
                directory: broker.folder.path)
        }

        func write(_ text: String, _ name: String) throws -> String { try broker.folder.write(name, text) }
    }

    private static let schema = """
        {"type":"record","name":"Reading","namespace":"site","fields":[
        {"name":"borehole_number","type":"string"},{"name":"reading","type":"double"},
        {"name":"timestamp","type":{"type":"long","logicalType":"timestamp-millis"}},
        {"name":"units","type":["null","string"],"default":null}]}
        """

    /// By hand: 1,700,000,000 s after 1970 is 2023-11-14T22:13:20Z.
    private static let lines = (0..<3).map {
        #"{"borehole_number":"BH-\#($0)","reading":\#($0).5,"#
            + #""timestamp":"2023-11-14T22:13:20.00\#($0)Z","units":\#($0 == 0 ? "null" : "\"kPa\"")}"#
    }

    @Test(
        .enabled(if: RegistryTests.python != nil, "no Python with the clients: run `make deps`"),
        arguments: ["write", "write-header"])
    func whatOthersWriteIsReadAsJSON(action: String) async throws {
        let scene = try await Scene.start()
        defer { scene.registry.signal(9) }
        _ = try await scene.python(action)
        let read = try await scene.kappa(["consume", "site", "-e"])
        #expect(read.lines == Self.lines, "\(read.errors)")
        let chosen = try await scene.kappa(["consume", "site", "-e", "--where", "reading > 1", "-f", "%S\\n"])
        #expect(chosen.lines == Self.lines.dropFirst().map { "\($0.utf8.count)" }, "\(chosen.errors)")
    }

    @Test(.enabled(if: RegistryTests.python != nil, "no Python with the clients: run `make deps`"))
    func whatIsWrittenHereOthersRead() async throws {
        let scene = try await Scene.start()
        defer { scene.registry.signal(9) }
        let file = try scene.write(Self.schema, "reading.avsc")
        let input = Self.lines.joined(separator: "\n") + "\n"
        let early = try await scene.kappa(["produce", "site", "--avro", file], stdin: input)
        #expect(early.status == 1)
        #expect(early.errors.contains("kappa schema register site-value"), "\(early.errors)")
        let sent = try await scene.kappa(["produce", "site", "--avro", file, "--register"], stdin: input)
        #expect(sent.status == 0, "\(sent.errors)")
        let read = try await scene.python("read")
        #expect(
            read.lines == [
                "BH-0 0.5 1700000000000 None", "BH-1 1.5 1700000000001 kPa", "BH-2 2.5 1700000000002 kPa",
            ])
        let bad = try await scene.kappa(
            ["produce", "site", "--avro", "site-value"], stdin: "{\"borehole_number\":\"BH-1\",\"reading\":\"high\"}\n")
        #expect(bad.status == 1)
        #expect(bad.errors.contains("line 1: it does not fit the schema: reading"), "\(bad.errors)")
    }

    /// Without a registry a file says what the values are.
    @Test(arguments: ["bare", "object"])
    func aFileServesWithoutARegistry(framing: String) async throws {
        let scene = try await Scene.start()
        defer { scene.registry.signal(9) }
        let file = try scene.write(Self.schema, "reading.avsc")
        let sent = try await scene.kappa(
            ["produce", "site", "--avro", file, "--framing", framing],
            stdin: Self.lines.joined(separator: "\n") + "\n", registry: false)
        #expect(sent.status == 0, "\(sent.errors)")
        let read = try await scene.kappa(
            ["consume", "site", "-e", "--schema", file, "--framing", framing], registry: false)
        #expect(read.lines == Self.lines, "\(read.errors)")
    }

    /// The same readings as JSON and as Avro: a job over either gives the same results, byte for byte.
    @Test func aJobReadsAvroAsItReadsJSON() async throws {
        let scene = try await Scene.start()
        defer { scene.registry.signal(9) }
        let fields = ["surface_level", "northing", "easting"].map {
            "{\"name\":\"\($0)\",\"type\":[\"null\",\"double\"],\"default\":null}"
        }
        let schema = """
            {"type":"record","name":"Reading","namespace":"kappa","fields":[{"name":"borehole_number","type":"string"},
            {"name":"instrument","type":"string"},{"name":"reading","type":"double"},
            {"name":"timestamp","type":{"type":"long","logicalType":"timestamp-millis"}},
            \(fields.joined(separator: ","))]}
            """
        let file = try scene.write(schema, "site.avsc")
        // Numbers as Avro gives them back, so that the carried fields are the same text.
        let readings = (0..<400).map { index in
            #"{"borehole_number":"BH-\#(index % 7)","instrument":"piezometer","reading":\#(index % 90).25,"#
                + #""timestamp":"2024-01-01T00:0\#(index / 60):\#(10 + index % 50).000Z","#
                + #""surface_level":12.5,"northing":5.5,"easting":6.5}"#
        }
        let input = readings.joined(separator: "\n") + "\n"
        let keyed = ["--create", "--key-field", "borehole_number"]
        #expect(try await scene.kappa(["produce", "plain"] + keyed, stdin: input, registry: false).status == 0)
        let sent = try await scene.kappa(["produce", "avro", "--avro", file, "--register"] + keyed, stdin: input)
        #expect(sent.status == 0, "\(sent.errors)")
        // A record that bears the number of no schema, behind them all.
        let stray = try await scene.kappa(
            ["produce", "avro", "-D", "\\xff"], stdin: "\u{0}\u{0}\u{0}\u{0}\u{9}x", registry: false)
        #expect(stray.status == 0, "\(stray.errors)")
        let plain = try await scene.kappa(["process", "-i", "plain", "--drain"], registry: false)
        #expect(plain.status == 0, "\(plain.errors)")
        let first = try await scene.kappa(["consume", "piezometer", "-e"], registry: false)
        let avro = try await scene.kappa(["process", "-i", "avro", "--drain"])
        #expect(avro.status == 0, "\(avro.errors)")
        let both = try await scene.kappa(["consume", "piezometer", "-e"], registry: false)
        #expect(first.lines.count > 20)
        #expect(both.lines.sorted() == (first.lines + first.lines).sorted())
        let dead = try await scene.kappa(["consume", "avro.dead", "-e", "-f", "%S %h\\n"], registry: false)
        #expect(dead.lines.count == 1)
        #expect(dead.output.hasPrefix("6 kappa.reason=unreadable"), "\(dead.output)")
    }

    /// Nothing is known of a record whose registry is away: the job waits for it, and passes nothing over.
    @Test func aJobWaitsForItsRegistry() async throws {
        let scene = try await Scene.start()
        let file = try scene.write(Self.schema, "reading.avsc")
        let input = Self.lines.joined(separator: "\n") + "\n"
        let sent = try await scene.kappa(["produce", "site", "--avro", file, "--register"], stdin: input)
        #expect(sent.status == 0, "\(sent.errors)")
        scene.registry.signal(SIGKILL)
        _ = try await scene.registry.finish()
        let job = try Kappa.start(
            ["process", "map", "-i", "site", "-o", "mapped", "--select", "reading", "--drain", "--name", "mapping"]
                + ["-b", scene.broker.address, "--registry", scene.url],
            directory: scene.broker.folder.path)
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let groups = try await scene.kappa(["groups", "list", "--csv"], registry: false)
            if groups.output.contains(",Stable,1,") { break }
        }
        let again = try Kappa.start(
            ["schema", "serve", "--listen", String(scene.url.dropFirst("http://".count)), "-b", scene.broker.address],
            directory: scene.broker.folder.path)
        defer { again.signal(SIGKILL) }
        let done = try await job.finish(timeout: .seconds(60))
        #expect(done.status == 0, "\(done.errors)")
        let mapped = try await scene.kappa(["consume", "mapped", "-e"], registry: false)
        #expect(mapped.lines == ["{\"reading\":0.5}", "{\"reading\":1.5}", "{\"reading\":2.5}"], "\(mapped.errors)")
    }

    @Test func whatCannotBeReadIsNamedByItsPlace() async throws {
        let scene = try await Scene.start()
        defer { scene.registry.signal(9) }
        _ = try await scene.kappa(["produce", "site"], stdin: "{\"a\":1}\n", registry: false)
        let other = try await scene.kappa(["consume", "site", "-e"])
        #expect(other.status == 1)
        #expect(other.errors.contains("] offset 0: the value does not begin with"), "\(other.errors)")
        // A registry of the settings says nothing of this topic: what bears no number is given out as it is.
        let told = try await Kappa.run(
            ["consume", "site", "-e", "-b", scene.broker.address], environment: ["KAPPA_REGISTRY": scene.url])
        #expect(told.lines == ["{\"a\":1}"], "\(told.errors)")
        // What bears the number of no schema is never guessed at.
        let sent = try await scene.kappa(
            ["produce", "site", "-D", "\\xff"], stdin: "\u{0}\u{0}\u{0}\u{0}\u{9}x", registry: false)
        #expect(sent.status == 0, "\(sent.errors)")
        let unknown = try await Kappa.run(
            ["consume", "site", "-e", "-b", scene.broker.address], environment: ["KAPPA_REGISTRY": scene.url])
        #expect(unknown.status == 1)
        #expect(unknown.errors.contains("schema 9 is not known to the registry"), "\(unknown.errors)")
    }
}
