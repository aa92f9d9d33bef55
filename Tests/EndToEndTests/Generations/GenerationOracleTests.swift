import Glibc
import KappaTestSupport
import Testing

/// Each generation is what the oracle makes of the log by its rules, and their difference what another program counts.
@Suite struct GenerationOracleTests {
    @Test func otherRulesDifferAsTheOracleSays() async throws {
        let bench = try await ProcessBench.start(partitions: 2)
        try await bench.load(3000)
        try await bench.drain()
        try await bench.verify()
        try await Self.calibrate(bench)
        let changes: [(flags: [String], oracle: [String])] = [
            ([], []), (["--window", "20s"], ["--window", "20000"]), (["--grace", "1s"], ["--grace", "1000"]),
            (["--calibration", "factors.csv"], ["--calibration", "factors.csv"]),
        ]
        for (place, change) in changes.enumerated() {
            try await bench.kappa(["replay", "start", "--drain"] + change.flags)
            try await bench.verify(change.oracle, generation: place + 2)
            let wanted = try await Self.difference(bench, "out.json", "out\(place + 2).json")
            let told = try await bench.kappa("replay", "diff", "\(place + 2)", "--csv", "--samples", "0")
            let counts = told.split(separator: "\n").dropFirst().map { line in
                line.split(separator: ",", omittingEmptySubsequences: false).prefix(5).joined(separator: ",")
            }
            #expect(counts.sorted() == wanted, "\(change.flags)")
            #expect(change.flags.isEmpty == counts.allSatisfy { $0.hasSuffix(",0,0,0") }, "\(change.flags): \(counts)")
        }
    }

    /// A factor and an offset for the boreholes of piezometers, which are the keys of their results.
    private static func calibrate(_ bench: ProcessBench) async throws {
        let keys = try await bench.kappa("consume", "piezometer", "-e", "-f", "%k\\n").split(separator: "\n")
        let lines = Set(keys).sorted().enumerated().map { "\($1),piezometer,1.0\($0 + 1),-0.\($0)5" }
        #expect(lines.count > 2)
        try bench.write(lines.joined(separator: "\n") + "\n", to: "factors.csv")
    }

    private static func difference(_ bench: ProcessBench, _ old: String, _ new: String) async throws -> [String] {
        let program = Kappa.packageRoot + "/Tests/EndToEndTests/Generations/difference.py"
        let child = try ChildProcess(
            ["/usr/bin/env", "python3", program, old, new], environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"],
            directory: bench.folder.path)
        let result = try await child.finish()
        #expect(result.status == 0, "\(result.errors)")
        return result.lines
    }
}
