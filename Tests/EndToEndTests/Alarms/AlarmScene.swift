import Glibc
import KappaTestSupport
import Testing

/// A broker with readings, a register, and the oracle that says which alarms must have come of them.
struct AlarmScene {
    let broker: BrokerProcess
    static let header =
        "borehole_number,instrument,unit,factor,alert_above,action_above,alarm_above,alert_below,hysteresis,hold,"
        + "alert_rate,rate_per,overdue_after,tell,response\n"

    /// Levels in the midst of what the simulated site gives, so that much happens.
    static let lively =
        header + #"""
            *,piezometer,kPa,,100,115,130,80,2,2s,10,1m,1m,shift,"check ""pumps"""
            *,water_standpipe,m,2,-10,-8,,-14,0.02,,0.5,1m,45s,,
            *,settlement_marker,mm,,,,,-5,0.2,5s,,,50s,site,
            *,extensometer,mm,,10,10.2,,,0.02,,,,,,

            """#

    static let impatient = ["-X", "session.timeout.ms=1000", "-X", "heartbeat.interval.ms=200"]
    static let far = ["--max-future", "1000000h"]

    init(register: String, partitions: Int = 1) async throws {
        broker = try await BrokerProcess.start(["--fsync", "os"])
        try await run("topics", "create", "monitoring", "-p", "\(partitions)")
        try broker.folder.write("site.csv", register)
    }

    @discardableResult
    func run(
        _ words: String..., stdin: String = "", status: Int32 = 0, failing point: String? = nil
    ) async throws -> ChildProcess.Result {
        try await run(words, stdin: stdin, status: status, failing: point)
    }

    @discardableResult
    func run(
        _ words: [String], stdin: String = "", status: Int32? = 0, failing point: String? = nil
    ) async throws -> ChildProcess.Result {
        var environment = ["KAPPA_BROKERS": broker.address, "USER": "tester"]
        if let point { environment["KAPPA_FAILPOINT"] = point }
        let result = try await Kappa.run(
            words, stdin: stdin, environment: environment, directory: broker.folder.path, timeout: .seconds(180))
        if let status { #expect(result.status == status, "\(words): \(result.output) \(result.errors)") }
        return result
    }

    /// A site of 25 sensors, with drop-outs.
    func simulate(_ count: Int, faults: [String]) async throws {
        let site = ["--boreholes", "5", "--seed", "3", "--start", "2022-04-15T00:00:00Z"]
        let made = try await run(["simulate", "--count", "\(count)"] + site + faults)
        try await run(
            "produce", "monitoring", "--key-field", "borehole_number", "--on-error", "keep", stdin: made.output)
    }

    static let faults = ["--late", "2%", "--bad", "2%", "--duplicates", "1%", "--jitter", "3s"]

    func alarms(_ name: String, _ more: [String] = [], status: Int32? = 0, failing point: String? = nil) async throws
        -> ChildProcess.Result
    {
        try await run(
            ["alarms", "run", "--register", "site.csv", "--drain", "--name", name, "-o", name] + Self.far + more,
            status: status, failing: point)
    }

    /// Compares what a job wrote with what the oracle makes of the input.
    func verify(_ name: String, _ options: String...) async throws {
        let topics = try await run("topics", "list", "--ndjson").output
        for (file, wanted) in [
            ("raw", ["monitoring"]), ("out", [name, "\(name).history"]), ("ticks", ["\(name).ticks"]),
        ] {
            let there = wanted.filter { topics.contains("\"\($0)\"") }
            try broker.folder.write(file, try await run(["consume", "-e", "--json"] + there).output)
        }
        let oracle = Kappa.packageRoot + "/Tests/EndToEndTests/Alarms/alarms.py"
        let child = try ChildProcess(
            ["/usr/bin/env", "python3", oracle, "raw", "site.csv", "out", "--ticks", "ticks"] + options,
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], directory: broker.folder.path)
        let result = try await child.finish(timeout: .seconds(180))
        #expect(result.status == 0, "\(result.output.suffix(3000))\(result.errors)")
        #expect(result.output.hasSuffix("\nequal\n"))
    }

    /// A file of the scene's folder.
    func text(_ name: String) -> String {
        guard let file = fopen("\(broker.folder.path)/\(name)", "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    static func reading(_ borehole: String, _ time: String, _ value: String) -> String {
        """
        {"borehole_number":"\(borehole)","instrument":"piezometer","reading":\(value),"timestamp":"2024-05-01T\(time)Z"}

        """
    }

    func produce(_ readings: String...) async throws {
        try await run("produce", "monitoring", stdin: readings.joined())
    }
}
