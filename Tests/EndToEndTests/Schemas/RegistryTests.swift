import Glibc
import KappaCore
import KappaTestSupport
import Testing

/// `kappa schema serve` as other people's clients find it, and `kappa schema …` against it.
@Suite struct RegistryTests {
    static let python: String? = {
        let named = getenv("KAPPA_TEST_PYTHON").map { String(cString: $0) }
        let python = named ?? Kappa.packageRoot + "/.build/venv/bin/python"
        return access(python, X_OK) == 0 ? python : nil
    }()

    private func serve(_ broker: BrokerProcess) async throws -> (child: ChildProcess, url: String) {
        let child = try Kappa.start(
            ["schema", "serve", "--listen", "127.0.0.1:0", "-b", broker.address], directory: broker.folder.path)
        try await child.waitForOutput("http://")
        let line = try #require(child.output.split(separator: "\n").first { $0.contains("http://") })
        return (child, String(try #require(line.split(separator: " ").last)))
    }

    private func kappa(_ words: [String], _ url: String, stdin: String = "") async throws -> ChildProcess.Result {
        try await Kappa.run(["schema"] + words + ["--registry", url], stdin: stdin)
    }

    @Test(.enabled(if: python != nil, "no Python with the clients: run `make deps`"))
    func otherPeoplesClientsFindConfluentsRegistry() async throws {
        let broker = try await BrokerProcess.start()
        let registry = try await serve(broker)
        defer { registry.child.signal(SIGKILL) }
        let script = Kappa.packageRoot + "/Tests/EndToEndTests/Schemas/registry_clients.py"
        let child = try ChildProcess(
            [try #require(Self.python), script, registry.url], environment: ["PATH": "/usr/bin:/bin"],
            directory: broker.folder.path)
        let result = try await child.finish(timeout: .seconds(60))
        #expect(result.lines == ["serialized", "compatible", "referred", "configured", "another client"])
        #expect(result.status == 0, "\(result.errors)")
    }

    /// What was acknowledged is there after a kill -9; another over the same topic ends the first.
    @Test func schemasAreInTheTopic() async throws {
        let broker = try await BrokerProcess.start()
        let first = try await serve(broker)
        let made = try await kappa(["register", "s", "-"], first.url, stdin: "\"long\"")
        #expect(made.status == 0, "\(made.errors)")
        first.child.signal(SIGKILL)
        _ = try await first.child.finish()

        let second = try await serve(broker)
        #expect(try await kappa(["get", "1"], second.url).output == "\"long\"\n")
        let third = try await serve(broker)
        #expect(try await kappa(["register", "t", "-"], third.url, stdin: "\"int\"").status == 0)
        let late = try await kappa(["register", "u", "-"], second.url, stdin: "\"string\"")
        #expect(late.status != 0)
        let ended = try await second.child.finish(timeout: .seconds(30))
        #expect(ended.status == 1)
        #expect(ended.errors.contains("another registry has taken over"), "\(ended.errors)")
        let listed = try await kappa(["list", "--csv"], third.url)
        #expect(listed.lines == ["subject,version,id,type,level", "s,1,1,AVRO,BACKWARD", "t,1,2,AVRO,BACKWARD"])
        third.child.signal(SIGTERM)
        #expect(try await third.child.finish().status == 143)
    }

    @Test func aSchemaIsCheckedBeforeItIsRegistered() async throws {
        let broker = try await BrokerProcess.start()
        let registry = try await serve(broker)
        defer { registry.child.signal(SIGKILL) }
        let first = #"{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}"#
        let worse = #"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"}]}"#
        #expect(try await kappa(["check", "s", "-"], registry.url, stdin: worse).status == 0)
        #expect(try await kappa(["register", "s", "-"], registry.url, stdin: first).status == 0)
        let refused = try await kappa(["check", "s", "-"], registry.url, stdin: worse)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("b: the field was not written and has no default"), "\(refused.errors)")
        #expect(try await kappa(["config", "s", "--level", "none"], registry.url).status == 0)
        #expect(try await kappa(["check", "s", "-"], registry.url, stdin: worse).status == 0)
        let broken = try await kappa(["register", "s", "-"], registry.url, stdin: "{\"type\":\"nothing\"}")
        #expect(broken.status == 2)
        #expect(try await kappa(["delete", "s", "--yes"], registry.url).status == 0)
        #expect(try await kappa(["get", "s"], registry.url).status == 1)
        #expect(try await kappa(["list", "--csv"], registry.url).lines == ["subject,version,id,type,level"])
    }

    @Test func aRegistryThatIsAwayIsNamed() async throws {
        let port = try FreePort.find()
        let result = try await Kappa.run(["schema", "list", "--registry", "http://127.0.0.1:\(port)"])
        #expect(result.status == 3)
        #expect(result.errors.contains("127.0.0.1:\(port)"), "\(result.errors)")
        let secret = try await Kappa.run(["schema", "list", "--registry", "http://me:word@127.0.0.1:\(port)"])
        #expect(secret.status == 2)
        #expect(!secret.errors.contains("word@"))
    }
}
