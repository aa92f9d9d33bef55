import Glibc
import KappaCore
import KappaTestSupport
import Testing

/// The live screen in a real terminal, by tmux.
@Suite(.serialized, .enabled(if: access("/usr/bin/tmux", X_OK) == 0)) struct UpScreenTests {
    /// A terminal of its own, gone with the last reference.
    final class Pane: Sendable {
        let socket = "kappa-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"

        init(columns: Int, rows: Int, _ command: String) throws {
            _ = try tmux("-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", command)
        }

        deinit { _ = try? tmux("kill-server") }

        func tmux(_ words: String...) throws -> String {
            try Subprogram.output(of: "/usr/bin/tmux", ["-L", socket] + words)
        }

        var lines: [String] { get throws { try tmux("capture-pane", "-p").split(separator: "\n").map(String.init) } }

        func wait(for text: String) async throws -> [String] {
            let deadline = ContinuousClock.now + .seconds(60)
            while true {
                let lines = try lines
                if lines.contains(where: { $0.contains(text) }) { return lines }
                guard ContinuousClock.now < deadline else {
                    throw ChildProcess.Trouble("no '\(text)' in:\n\(lines.joined(separator: "\n"))")
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    static func start(_ folder: TemporaryDirectory, columns: Int, rows: Int, _ words: String = "") throws -> Pane {
        let command = "\(Kappa.path) up --data \(folder.path)/data --listen :0 -w 1s --grace 0s --rate 300/s \(words)"
        return try Pane(
            columns: columns, rows: rows, "trap : INT; HOME=\(folder.path) \(command); echo the end: $?; sleep 30")
    }

    @Test func theScreenFitsResizesAndGoes() async throws {
        let folder = try TemporaryDirectory()
        let pane = try Self.start(folder, columns: 80, rows: 24)
        _ = try await pane.wait(for: " produced = ")
        let small = try await pane.wait(for: "water_standpipe")
        #expect(small[0].hasPrefix("kappa up  00:00:") && small[0].hasSuffix("Ctrl-C stops"))
        #expect(small.contains { $0.hasPrefix("STAGE    STATE          RATE       LAG             TOTAL  NOTE") })
        for stage in ["broker", "source", "process", "sink"] {
            #expect(small.contains { $0.hasPrefix(stage) && $0.contains(" running ") }, "\(stage)")
        }
        #expect(small.contains { $0.contains(" produced = ") })
        #expect(small.contains { $0.hasPrefix("  kappa query --store sqlite:") })
        #expect(small.count <= 24)

        _ = try pane.tmux("resize-window", "-x", "200", "-y", "50")
        let large = try await pane.wait(for: "UNITS")
        #expect(large[0].count == 200 && large[0].hasSuffix("Ctrl-C stops"))
        #expect(large.contains { $0.contains(" kPa ") })
        #expect(large.contains { $0.contains("process: processing monitoring") })
        #expect(large.filter { $0.hasPrefix("STAGE") }.count == 1, "nothing of the smaller screen is left")

        _ = try pane.tmux("send-keys", "C-c")
        let end = try await pane.wait(for: "the end: 130")
        #expect(!end.contains { $0.contains("STAGE") }, "the usual screen is back")
        #expect(end.contains { $0.hasPrefix("kappa up  00:") } && end.contains { $0.hasPrefix("balance  ") })
    }

    /// In a shell with job control, as people have it.
    @Test func ctrlZGivesTheTerminalBackAndFgPaintsItAnew() async throws {
        let folder = try TemporaryDirectory()
        let pane = try Pane(columns: 90, rows: 24, "env -i PATH=/usr/bin:/bin TERM=xterm bash --norc --noprofile -i")
        let words = "\(Kappa.path) up --data \(folder.path)/data --listen :0 -w 1s --grace 0s --rate 300/s"
        _ = try pane.tmux("send-keys", "HOME=\(folder.path) \(words)", "Enter")
        _ = try await pane.wait(for: "STAGE")
        _ = try await pane.wait(for: " produced = ")
        _ = try pane.tmux("send-keys", "C-z")
        let stopped = try await pane.wait(for: "Stopped")
        #expect(!stopped.contains { $0.hasPrefix("STAGE") }, "the usual screen is back")
        _ = try pane.tmux("send-keys", "echo in bet''ween", "Enter")
        _ = try await pane.wait(for: "in between")
        _ = try pane.tmux("send-keys", "fg", "Enter")
        let again = try await pane.wait(for: "STAGE")
        #expect(again[0].hasPrefix("kappa up  00:") && !again.contains { $0.contains("in between") })
        #expect(again.filter { $0.hasPrefix("STAGE") }.count == 1)
        _ = try pane.tmux("send-keys", "C-c")
        let end = try await pane.wait(for: "stopped; the next run")
        #expect(!end.contains { $0.hasPrefix("STAGE") })
        // The last totals are whole, on as many lines as they need.
        #expect(end.contains { $0.hasPrefix("balance  ") && !$0.hasSuffix("…") }, "\(end)")
    }

    @Test func onlyWhatChangesIsWritten() async throws {
        let folder = try TemporaryDirectory()
        let child = try Kappa.start(
            ["up", "--data", "\(folder.path)/data", "--listen", ":0", "--source", "none"], directory: folder.path,
            terminal: TerminalSize())
        try await child.waitForOutput("running")
        try await Task.sleep(for: .seconds(3))
        let before = child.output.utf8.count
        try await Task.sleep(for: .seconds(2))
        let written = child.output.utf8.count - before
        child.signal(SIGTERM)
        let result = try await child.finish()
        // Nothing happens but the clock: its line, about 100 bytes, once a second.
        #expect(written > 0 && written < 600)
        #expect(result.output.components(of: "\u{1B}[2J") == 1, "the whole screen is cleared once")
        #expect(result.output.contains("\u{1B}[?25h\u{1B}[?1049l"), "the terminal is left as it was")
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
