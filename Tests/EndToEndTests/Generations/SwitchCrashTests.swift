import Glibc
import KappaTestSupport
import Testing

/// Whatever step the program dies at, a reader of the view sees one generation, whole.
@Suite struct SwitchCrashTests {
    /// Another program looks a hundred times a second and prints each change of what it sees.
    static let reader = """
        import sqlite3, subprocess, sys, time
        store, last = sys.argv[1], None
        seconds = ('strftime("%s", window_end) - strftime("%s", window_start)' if store.startswith("sqlite:") else
                   'extract(epoch from window_end - window_start)::int')
        query = ('select count(*), count(distinct boreholenumber || instrument || window_start), sum("count"), '
                 f'min({seconds}), max({seconds}) from record')
        if store.startswith("sqlite:"):
            db = sqlite3.connect("file:" + store[7:] + "?mode=ro", uri=True, timeout=10)
            look = lambda: db.execute(query).fetchone()
        else:
            psql = subprocess.Popen(["psql", "-XqAt", "-F", " ", "-d", store], text=True, stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE)
            def look():
                psql.stdin.write(query + ";\\n")
                psql.stdin.flush()
                return psql.stdout.readline().split()
        while True:
            seen = look()
            if seen != last:
                print(*seen, flush=True)
                last = seen
            time.sleep(0.01)
        """

    @Test(arguments: [nil, "switched"])
    func aReaderSeesOneGenerationWhole(database: String?) async throws {
        let scene = try await GenerationScene(
            readings: try await GenerationScene.simulated(3000), database: database)
        try await scene.processLive()
        let reader = try ChildProcess(
            ["/usr/bin/env", "python3", "-c", Self.reader, scene.store],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], directory: scene.broker.folder.path)
        try await reader.waitForOutput("10 10\n")
        for point in ["start-recorded", "after-commit", "start-processed"] {
            try await scene.start("--window", "20s", status: 86, failing: point)
        }
        try await scene.start("--window", "20s")
        try await scene.run("replay", "diff")
        let words = ["--store", scene.store]
        for point in ["switch-checked", "switch-pointed"] {
            try await scene.run(["replay", "switch"] + words, status: 86, failing: point)
        }
        // Whoever has no store at hand says what is left to do, and the same command does it.
        let left = try await scene.run("replay", "list")
        #expect(left.errors.contains("the switch to generation 2"), "\(left.errors)")
        try await scene.run(["replay", "switch"] + words)
        try await reader.waitForOutput("20 20\n")
        #expect(try await scene.run("replay", "current", "piezometer").output == "piezometer.g2\n")
        try await healRollback(scene, reader)
        try await scene.run(["replay", "switch", "2"] + words, status: 86, failing: "switch-shown")
        try await scene.run(["replay", "switch"] + words)
        try await expectShown(2, scene)
        try await scene.run(["replay", "rollback"] + words)
        // A sink of the second generation leaves a group behind, which goes with it.
        try await scene.run(["sink", scene.kind, "--generation", "2", "--drain"] + words)
        #expect(try await scene.run("groups", "list").output.contains("kappa.sink.record__g2."))
        for point in ["drop-stored", "drop-topics"] {
            try await scene.run(["replay", "drop", "2", "--yes"] + words, status: 86, failing: point)
        }
        try await scene.run(["replay", "drop", "2", "--yes"] + words)
        let topics = try await scene.run("topics", "list").output
        let groups = try await scene.run("groups", "list").output
        #expect(!topics.contains(".g2") && !groups.contains("g2"), "\(topics) \(groups)")
        reader.signal(SIGTERM)
        let seen = try await reader.finish()
        #expect(seen.errors.isEmpty, "\(seen.errors)")
        // By turns the first generation and the second one, each as it was.
        #expect(seen.lines.count >= 3 && seen.lines.first == seen.lines.last, "\(seen.lines)")
        #expect(Set(seen.lines).count == 2, "\(seen.lines)")
        for line in seen.lines {
            let numbers = line.split(separator: " ")
            #expect(numbers[0] == numbers[1] && numbers[3] == numbers[4], "\(line)")
        }
    }

    /// The pointer has moved and the view has not: whoever looks next with the store at hand mends it, a sink too.
    private func healRollback(_ scene: GenerationScene, _ reader: ChildProcess) async throws {
        let words = ["--store", scene.store]
        try await scene.run(["replay", "rollback"] + words, status: 86, failing: "switch-pointed")
        let healed = try await scene.run(["replay", "status"] + words)
        #expect(healed.errors.contains("generation 1 of 'monitoring' was interrupted"), "\(healed.errors)")
        try await expectShown(1, scene)
        #expect(try await scene.run(["replay", "list"] + words).errors.isEmpty)
        // It was done, so doing it again changes nothing.
        try await scene.run(["replay", "rollback"] + words)
        #expect(try await scene.run("replay", "current", "piezometer").output == "piezometer\n")
        try await scene.run(["replay", "switch", "2"] + words, status: 86, failing: "switch-pointed")
        try await scene.run(["sink", scene.kind, "--drain"] + words)
        try await expectShown(2, scene)
        try await scene.run(["replay", "rollback"] + words)
    }

    private func expectShown(_ generation: Int, _ scene: GenerationScene) async throws {
        let status = try await scene.run("store", "status", "--json", "--store", scene.store)
        #expect(status.output.contains("\"generation\":\(generation)"), "\(status.output)")
    }
}
