import KappaBroker
import KappaTestSupport
import Testing

/// The clients that people have, against a broker in this process: each scenario is a script of the client's own
/// language, which asserts what it sees.
@Suite struct ClientTests {
    @Test(
        .enabled(
            if: Clients.python != nil, "no Python with Kafka clients: run `make deps`, or name one in KAPPA_TEST_PYTHON"
        ),
        .timeLimit(.minutes(3)),
        arguments: [
            ("librdkafka", "compressions"), ("librdkafka", "timestamps"), ("librdkafka", "transactions"),
            ("librdkafka", "groups"), ("librdkafka", "cooperation"), ("librdkafka", "administration"),
            ("librdkafka", "recompression"), ("librdkafka", "new_groups"),
            ("kafka_python", "produce_and_consume"),
            ("kafka_python", "groups"), ("kafka_python", "offsets"), ("kafka_python", "administration"),
            ("aiokafka", "produce_and_consume"), ("aiokafka", "transactions"), ("aiokafka", "groups"),
        ])
    func clientIsServedBroker(_ client: String, _ scenario: String) async throws {
        let served = try ServedBroker()
        let script = "\(Kappa.packageRoot)/Tests/KappaBrokerTests/Clients/\(client)_client.py"
        let child = try ChildProcess(
            [Clients.python!, script, served.broker.address.description, scenario],
            environment: ["PATH": "/usr/bin:/bin"], directory: served.folder.path)
        let result = try await child.finish(timeout: .seconds(90))
        #expect(
            result.status == 0 && result.output.contains("ok \(scenario)"),
            "\(result.output)\n\(result.errors)\nbroker: \(served.words)")
    }

    @Test(
        .enabled(if: Clients.kcat != nil, "kcat is not installed"), .timeLimit(.minutes(1)),
        arguments: ["none", "gzip", "snappy", "lz4", "zstd"])
    func kcatReadsBackWhatItWrote(codec: String) async throws {
        let served = try ServedBroker()
        let address = served.broker.address.description
        let lines = (0..<1000).map { "line \($0)" }.joined(separator: "\n") + "\n"
        let produced = try await kcat(
            ["-b", address, "-P", "-t", "lines", "-z", codec, "-X", "enable.idempotence=true"], stdin: lines, served)
        #expect(produced.status == 0, "\(produced.errors)")
        let consumed = try await kcat(
            ["-b", address, "-C", "-t", "lines", "-e", "-q", "-X", "check.crcs=true"], served)
        #expect(consumed.output == lines)
        let listed = try await kcat(["-b", address, "-L"], served)
        #expect(listed.output.contains("topic \"lines\" with 1 partitions"))
    }

    private func kcat(
        _ words: [String], stdin: String = "", _ served: ServedBroker
    ) async throws -> ChildProcess.Result {
        let child = try ChildProcess(
            [Clients.kcat!] + words, environment: [:], directory: served.folder.path)
        return try await child.finish(stdin: stdin)
    }
}
