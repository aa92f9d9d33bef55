import Glibc
import KappaTestSupport
import Testing

/// A reader of a stable topic goes from one generation to the other and back: each stretch of time is told once,
/// whatever step the switch dies at.
@Suite struct FollowCrashTests {
    /// Two boreholes, a reading a second each.
    private static func readings(_ seconds: Range<Int>) -> String {
        seconds.map { GenerationTests.reading(1, $0, 1) + GenerationTests.reading(2, $0, 2) }.joined()
    }

    /// The windows that were printed, borehole by borehole: begin and length in seconds.
    private static func windows(_ lines: [String]) -> [String: [String]] {
        lines.reduce(into: [:]) { found, line in
            func second(_ name: String) -> Int {
                let text = line.components(after: "\"\(name)\":\"").prefix(19).suffix(5)
                let parts = text.split(separator: ":").compactMap { Int($0) }
                return parts.count == 2 ? parts[0] * 60 + parts[1] : -1
            }
            let borehole = String(line.components(after: "\"borehole_number\":\"").prefix(4))
            let (start, end) = (second("window_start"), second("window_end"))
            found[borehole, default: []].append("\(start)+\(end - start)")
        }
    }

    private static func spans(_ parts: [(Range<Int>, Int)]) -> [String] {
        parts.flatMap { range, size in
            stride(from: range.lowerBound, to: range.upperBound, by: size).map { "\($0)+\(size)" }
        }
    }

    private static func wait(for count: Int, from reader: ChildProcess) async throws {
        let deadline = ContinuousClock.now + .seconds(15)
        while reader.output.split(separator: "\n").count < count {
            guard ContinuousClock.now < deadline else {
                throw ChildProcess.Trouble("no \(count) lines came: \(reader.output) \(reader.errors)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func aReaderThatStaysHearsEveryStretchOfTimeOnce() async throws {
        let scene = try await GenerationScene(readings: Self.readings(0..<30), partitions: 2)
        let live = ["process", "--drain"] + GenerationScene.far
        let replay = ["replay", "start", "--window", "5s", "--drain"] + GenerationScene.far
        try await scene.run(live)
        let readers = try (0..<2).map { _ in
            try Kappa.start(["consume", "piezometer", "-b", scene.broker.address], directory: scene.broker.folder.path)
        }
        for reader in readers { try await Self.wait(for: 6, from: reader) }
        try await scene.run(replay)
        try await scene.run("replay", "diff")
        try await scene.run(["replay", "switch"], status: 86, failing: "switch-checked")
        try await scene.run(["replay", "switch"], status: 86, failing: "switch-pointed")
        for reader in readers { try await reader.waitForOutput("read from 'piezometer.g2'") }
        try await scene.run("produce", "monitoring", stdin: Self.readings(30..<50))
        try await scene.run(live)
        try await scene.run(replay + ["--generation", "2"])
        for reader in readers { try await Self.wait(for: 14, from: reader) }
        try await scene.run(["replay", "rollback"], status: 86, failing: "switch-pointed")
        for reader in readers { try await reader.waitForOutput("read from 'piezometer'") }
        try await scene.run("produce", "monitoring", stdin: Self.readings(50..<60))
        try await scene.run(replay + ["--generation", "2"])
        try await scene.run(live)
        let wanted = Self.spans([(0..<30, 10), (30..<50, 5), (50..<60, 10)])
        for reader in readers {
            try await Self.wait(for: 16, from: reader)
            reader.signal(SIGINT)
            let seen = Self.windows(try await reader.finish().lines)
            #expect(seen == ["BH-1": wanted, "BH-2": wanted])
        }
    }
}

extension String {
    /// What comes after a text's first occurrence.
    fileprivate func components(after text: String) -> Substring {
        var rest = self[...]
        while !rest.isEmpty, !rest.hasPrefix(text) { rest = rest.dropFirst() }
        return rest.dropFirst(text.count)
    }
}
