import Glibc
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

    @Test func sinksShowWhereTheyAreOrHowMuchWaits() async throws {
        let (_, topic) = try await Self.log.value
        let folder = try TemporaryDirectory()
        let store = ["--store", "sqlite:\(folder.path)/view.db"]
        let drained = try await shown(["sink", "sqlite", "--raw", topic, "--drain"] + store, in: folder)
        #expect(drained.contains("storing ") && drained.contains(Self.place), "\(drained)")
        let (log, _) = try await Self.log.value
        let endless = try log.start(
            ["sink", "sqlite", "--raw", topic, "--table", "other"] + store, in: folder, terminal: TerminalSize())
        try await endless.waitForOutput("storing 150000, ")
        endless.signal(SIGINT)
        let output = try await endless.finish().output
        #expect(output.contains(#/storing \d+, \d+\/s, lag \d+/#), "\(output)")
        #expect(!output.contains(" left"))
        let piped = try log.start(
            ["sink", "sqlite", "--raw", topic, "--drain", "--table", "third"] + store, in: folder)
        let quiet = try await piped.finish(timeout: .seconds(180))
        #expect(quiet.status == 0 && !quiet.errors.contains("storing "), "\(quiet.errors)")
    }

    @Test func deadLettersShowWhereTheyAre() async throws {
        let (log, _) = try await Self.log.value
        let (folder, topic) = (try TemporaryDirectory(), LogSuite.name("dead"))
        let lines = String(repeating: "no reading\n", count: 100_000)
        let made = try await log.kappa("produce", topic, "--create", "-q", stdin: lines)
        #expect(made.status == 0)
        let words = ["process", "-i", topic, "-o", topic + "-out", "--route", "", "--name", topic, "--drain", "-q"]
        _ = try await shown(words, in: folder)
        let counted = try await shown(["replay", "dead", topic + ".dead", "--dry-run"], in: folder)
        #expect(counted.contains("reading ") && counted.contains(Self.place), "\(counted)")
        let sent = try await shown(["replay", "dead", topic + ".dead"], in: folder)
        #expect(sent.contains("reading ") && sent.contains(Self.place), "\(sent)")
    }

    /// A window for almost every reading, so that there is something to compare.
    @Test func aComparisonShowsWhereItIs() async throws {
        let (_, topic) = try await Self.log.value
        let folder = try TemporaryDirectory()
        let name = LogSuite.name("compared")
        let rules = ["-i", topic, "-o", name + "-out", "--route", "", "-w", "1s", "--drain", "-q"]
        _ = try await shown(["process", "--name", name] + rules, in: folder)
        _ = try await shown(["replay", "start", "--job", name, "--grace", "5s"] + rules, in: folder)
        let compared = try await shown(["replay", "diff", "--job", name], in: folder)
        #expect(compared.contains("comparing ") && compared.contains(Self.place), "\(compared)")
    }
}
