import Glibc
import KappaTestSupport
import Testing

/// A broker with a loaded input, the real `kappa process` over it, and the oracle that says what must have come out.
final class ProcessBench: Sendable {
    let broker: BrokerProcess
    let folder: TemporaryDirectory

    /// Members that are killed are missed after a second, so that a suite of kills stays short.
    static let impatient = ["-X", "session.timeout.ms=1000", "-X", "heartbeat.interval.ms=200"]
    static let outputs = [
        "water_standpipe", "piezometer", "settlement_marker", "extensometer", "strain_gauge", "monitoring.late",
        "monitoring.dead",
    ]

    init(_ broker: BrokerProcess) throws {
        self.broker = broker
        folder = try TemporaryDirectory()
    }

    var brokers: [String] { ["--brokers", broker.address] }

    static func start(partitions: Int = 1, broker options: [String] = ["--fsync", "os"]) async throws -> ProcessBench {
        let bench = try ProcessBench(try await BrokerProcess.start(options))
        try await bench.kappa("topics", "create", "monitoring", "-p", "\(partitions)")
        return bench
    }

    @discardableResult
    func kappa(_ words: String..., status: Int32 = 0, timeout: Duration = .seconds(60)) async throws -> String {
        try await kappa(words, status: status, timeout: timeout)
    }

    @discardableResult
    func kappa(_ words: [String], status: Int32 = 0, timeout: Duration = .seconds(60)) async throws -> String {
        let result = try await Kappa.run(words + brokers, directory: folder.path, timeout: timeout)
        #expect(result.status == status, "\(words.joined(separator: " ")): \(result.errors)")
        return result.output
    }

    /// A site with everything that goes wrong with readings.
    func load(_ count: Int, seed: Int = 1, options: [String] = [], produce: [String] = []) async throws {
        let faults = ["--late", "2%", "--bad", "2%", "--future", "0.5%", "--duplicates", "1%", "--jitter", "3s"]
        let site = ["--boreholes", "5", "--seed", "\(seed)", "--start", "2022-04-15T00:00:00Z"]
        let text = try await Kappa.run(["simulate", "--count", "\(count)"] + site + faults + options)
        try write(text.output, to: "input-\(seed).ndjson")
        try await kappa(["produce", "monitoring", "input-\(seed).ndjson"] + produce)
    }

    func write(_ text: String, to name: String) throws {
        let file = try #require(fopen("\(folder.path)/\(name)", "w"))
        fputs(text, file)
        fclose(file)
    }

    @discardableResult
    func drain(_ options: [String] = [], timeout: Duration = .seconds(90)) async throws -> String {
        try await kappa(["process", "--drain"] + options, timeout: timeout)
    }

    /// A process that goes on until it is ended.
    func startProcess(_ options: [String] = [], environment: [String: String] = [:]) throws -> ChildProcess {
        try Kappa.start(["process"] + options + brokers, environment: environment, directory: folder.path)
    }

    /// The records of topics, in kappa's lossless form; a topic that is not there has none.
    func records(_ topics: [String]) async throws -> String {
        let known = Set(try await kappa("topics", "list", "--ndjson").split(separator: "\n").map(String.init))
        let there = topics.filter { topic in known.contains { $0.contains("\"\(topic)\"") } }
        return there.isEmpty ? "" : try await kappa(["consume", "-e", "--json"] + there)
    }

    /// Compares everything that came out with what the oracle makes of the input. A generation's topics are read in
    /// place of the plain ones.
    func verify(_ options: [String] = [], generation: Int = 1) async throws {
        let (ending, out) = generation == 1 ? ("", "out.json") : (".g\(generation)", "out\(generation).json")
        try write(try await records(["monitoring"]), to: "raw.json")
        let found = try await records(ProcessBench.outputs.map { $0 + ending })
        let plain =
            ending.isEmpty
            ? found
            : found.split(separator: "\n").map { line in
                // {"topic":"NAME.gN","partition":…
                guard let end = line.firstIndex(of: ",") else { return String(line) }
                return line[..<end].dropLast(ending.utf8.count + 1) + "\"" + line[end...]
            }.joined(separator: "\n")
        try write(plain, to: out)
        let oracle = Kappa.packageRoot + "/Tests/EndToEndTests/Process/oracle.py"
        let child = try ChildProcess(
            ["/usr/bin/env", "python3", oracle, "raw.json", out] + options,
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], directory: folder.path)
        let result = try await child.finish(timeout: .seconds(120))
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(result.output.hasSuffix("\nequal\n"))
    }

    /// Waits until a topic holds something.
    func waitForRecords(_ topic: String, _ count: Int = 1, timeout: Duration = .seconds(20)) async throws {
        let deadline = ContinuousClock.now + timeout
        while try await records([topic]).split(separator: "\n").count < count {
            guard ContinuousClock.now < deadline else {
                throw ChildProcess.Trouble("'\(topic)' did not come to \(count) records in \(timeout)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
