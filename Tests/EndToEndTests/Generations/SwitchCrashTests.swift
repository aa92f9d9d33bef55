import Glibc
import KappaTestSupport
import Testing

/// Whatever step the program dies at, a reader of the view sees one generation, whole.
@Suite struct SwitchCrashTests {
    /// Python's own SQLite looks a hundred times a second and prints each change of what it sees.
    static let reader = """
        import sqlite3, sys, time
        db = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True, timeout=10)
        last = None
        while True:
            seen = db.execute('select count(*), count(distinct boreholenumber || instrument || window_start), '
                              'sum("count"), min(strftime("%s", window_end) - strftime("%s", window_start)), '
                              'max(strftime("%s", window_end) - strftime("%s", window_start)) from record').fetchone()
            if seen != last:
                print(*seen, flush=True)
                last = seen
            time.sleep(0.01)
        """

    @Test func aReaderSeesOneGenerationWhole() async throws {
        let scene = try await GenerationScene(readings: try await GenerationScene.simulated(3000))
        try await scene.processLive()
        let reader = try ChildProcess(
            ["/usr/bin/env", "python3", "-c", Self.reader, "\(scene.broker.folder.path)/views.db"],
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
        try await scene.run(["replay", "switch"] + words)
        try await reader.waitForOutput("20 20\n")
        #expect(try await scene.run("replay", "current", "piezometer").output == "piezometer.g2\n")
        try await scene.run(["replay", "rollback"] + words, status: 86, failing: "switch-pointed")
        // The pointer and the view say different things: that is seen, and finished by the same command.
        let warned = try await scene.run(["replay", "list"] + words)
        #expect(warned.errors.contains("the store shows generation 2"), "\(warned.errors)")
        try await scene.run(["replay", "rollback"] + words)
        #expect(try await scene.run("replay", "current", "piezometer").output == "piezometer\n")
        for point in ["drop-stored", "drop-topics"] {
            try await scene.run(["replay", "drop", "2", "--yes"] + words, status: 86, failing: point)
        }
        try await scene.run(["replay", "drop", "2", "--yes"] + words)
        #expect(!(try await scene.run("topics", "list").output.contains(".g2")))
        reader.signal(SIGTERM)
        let seen = try await reader.finish()
        // Of the first generation, then the second one, then the first one again; each as it was.
        #expect(seen.errors.isEmpty, "\(seen.errors)")
        #expect(seen.lines.count == 3 && seen.lines.first == seen.lines.last, "\(seen.lines)")
        for line in seen.lines {
            let numbers = line.split(separator: " ")
            #expect(numbers[0] == numbers[1] && numbers[3] == numbers[4], "\(line)")
        }
    }
}
