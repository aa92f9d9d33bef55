import Glibc
import KappaTestSupport
import Testing

/// What was valid at a reading's time, beside PostgreSQL's own answer: a LATERAL query over the same tables.
@Suite(.serialized) struct AsOfLookupTests {
    /// `KAPPA_ASOF_READINGS` and `KAPPA_ASOF_SENSORS` ask for a million of 5,000.
    private static func wanted(_ name: String, _ usual: Int) -> Int {
        getenv(name).flatMap { Int(String(cString: $0)) } ?? usual
    }

    private struct Random {
        var state: UInt64
        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }

    private static func time(_ seconds: Int, _ millis: Int = 0) -> String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let (day, rest) = (seconds / 86_400, seconds % 86_400)
        let clock = "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
        let thousandths = millis < 10 ? "00\(millis)" : millis < 100 ? "0\(millis)" : "\(millis)"
        return "2024-01-\(two(day + 1))T\(clock).\(thousandths)Z"
    }

    @Test func theConversionsEqualPostgresLateralQuery() async throws {
        let sensors = Self.wanted("KAPPA_ASOF_SENSORS", 200)
        let readings = Self.wanted("KAPPA_ASOF_READINGS", 20_000)
        let server = try PostgresServer.shared.get()
        try server.makeDatabase("asof")
        let broker = try await BrokerProcess.start(["--fsync", "os"])
        var random = Random(state: 11)
        // Four versions of each sensor's calibration, each from a second of the day on.
        var register = "borehole_number,instrument,valid_from,valid_to,factor,offset\n"
        var table = ""
        for sensor in 0..<sensors {
            let begins = Set((0..<3).map { _ in random.next(86_400) }).sorted()
            for (index, begin) in ([nil] + begins.map(Optional.some)).enumerated() {
                let end = index < begins.count ? Self.time(begins[index]) : ""
                let from = begin.map { Self.time($0) } ?? ""
                let (factor, offset) = ("\(Double(random.next(10_000)) / 4096)", "\(Double(random.next(9999)) / 1000)")
                register += "S\(sensor),piezometer,\(from),\(end),\(factor),\(offset)\n"
                table += "S\(sensor),\(from.isEmpty ? "-infinity" : from),\(factor),\(offset)\n"
            }
        }
        // In the order of their times, but for two seconds; each a millisecond of its own.
        var lines = ""
        var facts = ""
        for index in 0..<readings {
            let at = max(0, index * 86_000 / readings + random.next(3) - 2)
            let (sensor, raw) = (random.next(sensors), "\(Double(random.next(1_000_000)) / 100)")
            let time = Self.time(at, index % 1000)
            lines += """
                {"borehole_number":"S\(sensor)","instrument":"piezometer","surface_level":1,"northing":1,"easting":1,\
                "reading":\(raw),"timestamp":"\(time)"}

                """
            facts += "S\(sensor),\(time),\(raw)\n"
        }
        for (name, text) in [("site.csv", register), ("versions", table), ("facts", facts)] {
            try broker.folder.write(name, text)
        }
        chmod(broker.folder.path, 0o755)
        try await kappa(["topics", "create", "raw"], broker)
        try await kappa(["produce", "raw"], broker, stdin: lines)
        // Windows of a millisecond leave each reading alone.
        try await kappa(
            ["process", "-i", "raw", "-o", "piezometer", "--register", "site.csv", "--window", "1ms", "--drain"]
                + AlarmScene.far, broker)
        let found = try await kappa(["consume", "piezometer", "-e"], broker).lines.map { line in
            "\(Self.part(line, "borehole_number"))|\(Self.part(line, "timestamp"))|\(Self.part(line, "reading"))"
        }
        let wanted = try answer(server, broker.folder.path)
        #expect(wanted.count > readings * 9 / 10 && found.count >= wanted.count)
        let mine = Dictionary(found.map(Self.sides)) { one, _ in one }
        var wrong = 0
        for (key, value) in wanted.map(Self.sides) where mine[key]?.bitPattern != value.bitPattern { wrong += 1 }
        #expect(wrong == 0, "\(wrong) of \(wanted.count) differ")
        try await broker.stop()
    }

    /// One row for each sensor and millisecond that has a reading of its own.
    private func answer(_ server: PostgresServer, _ folder: String) throws -> [String] {
        try server.psql(
            "asof",
            """
            CREATE TABLE versions (sensor text, valid_from timestamptz, factor float8, zero float8);
            CREATE TABLE facts (sensor text, ts timestamptz, raw float8);
            COPY versions FROM '\(folder)/versions' WITH CSV;
            COPY facts FROM '\(folder)/facts' WITH CSV;
            CREATE INDEX ON versions (sensor, valid_from);
            SELECT f.sensor, to_char(f.ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                   avg(c.factor * f.raw + c.zero)
            FROM facts f, LATERAL (
                SELECT * FROM versions v WHERE v.sensor = f.sensor AND v.valid_from <= f.ts
                ORDER BY v.valid_from DESC LIMIT 1) c
            GROUP BY 1, 2 HAVING count(*) = 1
            """
        ).split(separator: "\n").map(String.init)
    }

    @discardableResult
    private func kappa(_ words: [String], _ broker: BrokerProcess, stdin: String = "") async throws
        -> ChildProcess.Result
    {
        let result = try await Kappa.run(
            words, stdin: stdin, environment: ["KAPPA_BROKERS": broker.address], directory: broker.folder.path,
            timeout: .seconds(300))
        #expect(result.status == 0, "\(words): \(result.errors)")
        return result
    }

    private static func part(_ line: String, _ name: String) -> Substring {
        guard let start = line.firstRange(of: "\"\(name)\":")?.upperBound else { return "" }
        return line[start...].drop { $0 == "\"" }.prefix { $0 != "\"" && $0 != "," && $0 != "}" }
    }

    private static func sides(_ line: String) -> (String, Double) {
        let words = line.split(separator: "|")
        return (words.dropLast().joined(separator: "|"), words.last.flatMap { Double($0) } ?? .nan)
    }
}
