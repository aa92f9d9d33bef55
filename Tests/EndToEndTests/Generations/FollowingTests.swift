import Glibc
import KappaTestSupport
import Testing

/// A reader of a stable name hears one generation at a time: each up to the event time at which the next one speaks.
@Suite struct FollowingTests {
    /// A result as `consume -f '%t %p %T %k\n'` prints it: its time is its window's end less a millisecond.
    struct Line: Hashable {
        var topic: String
        var partition: Int
        var end: Int
        var key: String

        init?(_ text: Substring) {
            let words = text.split(separator: " ")
            guard words.count == 4, let partition = Int(words[1]), let time = Int(words[2]) else { return nil }
            (topic, self.partition, end, key) = (String(words[0]), partition, time + 1, String(words[3]))
        }
    }

    private static let format = ["-f", "%t %p %T %k\\n"]

    private func reader(_ scene: GenerationScene) throws -> ChildProcess {
        try Kappa.start(
            ["consume", "piezometer", "--timeout", "600s", "-b", scene.broker.address] + Self.format,
            directory: scene.broker.folder.path)
    }

    private func lines(_ text: String) -> [Line] { text.split(separator: "\n").compactMap(Line.init) }

    private func all(_ topic: String, _ scene: GenerationScene) async throws -> [Line] {
        lines(try await scene.run(["consume", topic, "--exact", "-e"] + Self.format).output)
    }

    /// More readings, through both generations or the second one alone.
    private func goOn(_ scene: GenerationScene, minute: Int, both: Bool = true) async throws {
        let readings = try await Kappa.run(
            "simulate", "--seed", "\(minute)", "--count", "2000", "--start", "2022-04-15T00:\(minute):00Z"
        ).output
        try await scene.run("produce", "monitoring", stdin: readings)
        if both { try await scene.run(["process", "--drain"] + GenerationScene.far) }
        try await scene.start("--grace", "11s", "--generation", "2")
    }

    private func wait(_ reader: ChildProcess, _ count: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while lines(reader.output).count < count, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test(arguments: [1, 3])
    func aRunningReaderGoesOverAndBack(partitions: Int) async throws {
        let scene = try await GenerationScene(
            readings: try await GenerationScene.simulated(3000), partitions: partitions)
        try await scene.processLive()
        let reader = try reader(scene)
        let first = Set(try await all("piezometer", scene))
        try await wait(reader, first.count)
        try await scene.start("--grace", "11s")
        try await scene.run("replay", "diff")
        try await scene.run("replay", "switch", "--store", scene.store)
        try await reader.waitForOutput("generation 2 of 'monitoring' is active")
        try await goOn(scene, minute: 10)
        let second = Set(try await all("piezometer.g2", scene).filter { later($0, than: first) })
        try await wait(reader, first.count + second.count)
        try await scene.run("replay", "rollback", "--store", scene.store)
        try await reader.waitForOutput("generation 1 of 'monitoring' is active")
        try await goOn(scene, minute: 20)
        let third = Set(try await all("piezometer", scene).filter { later($0, than: second) })
        try await wait(reader, first.count + second.count + third.count)
        reader.signal(SIGTERM)
        let seen = lines(try await reader.finish().output)
        #expect(Set(seen.prefix(first.count)) == first)
        #expect(Set(seen.dropFirst(first.count).prefix(second.count)) == second)
        #expect(Set(seen.dropFirst(first.count + second.count)) == third)
        #expect(seen.count == first.count + second.count + third.count)
        #expect(!first.isEmpty && !second.isEmpty && !third.isEmpty)
    }

    /// Whether a window ends after all that were heard in its partition.
    private func later(_ line: Line, than heard: Set<Line>) -> Bool {
        line.end > heard.filter { $0.partition == line.partition }.map(\.end).max() ?? 0
    }

    /// It was asleep when the pointer moved: the old generation is read up to where the new one speaks, then the new.
    @Test func aReaderThatLagsMissesNothing() async throws {
        let scene = try await GenerationScene(readings: try await GenerationScene.simulated(3000))
        try await scene.run("topics", "create", "piezometer")
        let reader = try reader(scene)
        try await scene.run("produce", "piezometer", "--timestamp", "1970-01-01T00:00:01Z", stdin: "begin:x\n")
        try await reader.waitForOutput("piezometer 0 1000 ")
        reader.signal(SIGSTOP)
        try await scene.processLive()
        try await scene.start("--grace", "11s")
        try await scene.run("replay", "switch", "--without-diff", "--store", scene.store)
        try await goOn(scene, minute: 10, both: false)
        reader.signal(SIGCONT)
        let old = try await all("piezometer", scene)
        let new = try await all("piezometer.g2", scene)
        let last = try #require(new.last)
        try await reader.waitForOutput("piezometer.g2 0 \(last.end - 1) \(last.key)\n")
        reader.signal(SIGTERM)
        let seen = lines(try await reader.finish().output)
        let turn = try #require(seen.firstIndex { $0.topic == "piezometer.g2" })
        let limit = try #require(seen[..<turn].map(\.end).max())
        #expect(seen[..<turn].elementsEqual(old.filter { $0.end <= limit }))
        #expect(seen[turn...].elementsEqual(new.filter { $0.end > limit }))
    }

    @Test func aNewReaderHearsTheGenerationThatSpeaks() async throws {
        let scene = try await GenerationScene(readings: try await GenerationScene.simulated(1500))
        try await scene.processLive()
        try await scene.start("--grace", "11s")
        try await scene.run("replay", "switch", "--without-diff", "--store", scene.store)
        let heard = try await scene.run(["consume", "piezometer", "-e"] + Self.format)
        #expect(
            heard.errors.contains("'piezometer' is read from 'piezometer.g2': generation 2 of 'monitoring' is active"))
        #expect(lines(heard.output) == (try await all("piezometer.g2", scene)))
        let exact = try await scene.run(["consume", "piezometer", "-e", "--exact"] + Self.format)
        #expect(exact.errors.isEmpty)
        #expect(lines(exact.output).allSatisfy { $0.topic == "piezometer" })
        let stored = try await scene.run("query", "--count", "--store", scene.store, "--csv").output
        #expect(try await scene.run("query", "--count", "--from-log", "--csv").output == stored)
    }
}
