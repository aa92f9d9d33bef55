import KappaTestSupport
import Testing

/// Long work shows where it is: on a terminal, and nowhere else.
@Suite(.serialized) struct ProgressTests {
    static let log = Task { () -> (LogSuite, String) in
        let log = try await LogSuite()
        let topic = LogSuite.name("long")
        let script = "'\(Kappa.path)' simulate --count 150000 --seed 3 | '\(Kappa.path)' produce \(topic) --create -q"
        let child = try ChildProcess(
            ["/bin/bash", "--norc", "-c", script + " --key-field borehole_number"],
            environment: log.environment.merging(["PATH": "/usr/bin:/bin", "HOME": "/tmp"]) { $1 }, directory: "/tmp")
        let made = try await child.finish(timeout: .seconds(120))
        guard made.status == 0 else { throw ChildProcess.Trouble(made.errors) }
        return (log, topic)
    }

    /// Runs it on a terminal, and says what it showed.
    private func shown(_ words: [String], in folder: TemporaryDirectory) async throws -> String {
        let (log, _) = try await Self.log.value
        let child = try log.start(words, in: folder, terminal: TerminalSize(columns: 100, rows: 30))
        let result = try await child.finish(timeout: .seconds(180))
        #expect(result.status == 0, "\(words): \(result.output)")
        return result.output
    }

    private static nonisolated(unsafe) let place = #/\d+( of \d+)?, \d+ %, \d+\/s, [\dmh s]+ left/#

    @Test func archivesShowWhereTheyAre() async throws {
        let (log, topic) = try await Self.log.value
        let folder = try TemporaryDirectory()
        let archived = try await shown(["archive", topic, "archive"], in: folder)
        #expect(archived.contains("archiving ") && archived.contains(Self.place), "\(archived)")
        let verified = try await shown(["archive", "verify", "archive"], in: folder)
        #expect(verified.contains("verifying ") && verified.contains(Self.place), "\(verified)")
        let restored = try await shown(["archive", "restore", "archive", "--into", topic + "-again"], in: folder)
        #expect(restored.contains("restoring ") && restored.contains(Self.place), "\(restored)")
        // The line goes when the work is done.
        #expect(restored.contains("\r\u{1B}[K"))
        let piped = try await Kappa.run(["archive", "verify", "archive"], directory: folder.path)
        #expect(piped.status == 0 && !piped.errors.contains("%") && !piped.errors.contains("\u{1B}"))
        _ = log
    }

    @Test func replaysAndJobsShowWhereTheyAre() async throws {
        let (_, topic) = try await Self.log.value
        let folder = try TemporaryDirectory()
        let replayed = try await shown(["replay", "topic", topic, "--into", topic + "-copy"], in: folder)
        #expect(replayed.contains("replaying ") && replayed.contains(Self.place), "\(replayed)")
        let words = ["process", "-i", topic, "-o", topic + "-out", "--route", "", "--name", topic, "--drain"]
        let processed = try await shown(words, in: folder)
        // The block comes once a second: a machine that is done before that has nothing to show.
        #expect(processed.contains(#/lag \d+, \d+ %, [\dmh s]+ left/#) || !processed.contains("lag"), "\(processed)")
    }
}
