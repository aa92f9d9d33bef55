import KappaTerminal
import Testing

@testable import KappaPipeline

@Suite struct PipelineScreenTests {
    static var snapshot: PipelineSnapshot {
        var snapshot = PipelineSnapshot()
        snapshot.elapsed = .seconds(83)
        snapshot.title = "data in /var/lib/kappa"
        snapshot.stages = [
            .init(name: "broker", state: "running", note: "127.0.0.1:9092"),
            .init(name: "source", state: "running", rate: 168.4, total: 14_230, unit: "readings", note: "simulated"),
            .init(name: "process", state: "resting", restarts: 2, rate: 0, lag: 312, total: 1420, unit: "windows"),
            .init(name: "sink", state: "running", rate: 0.25, lag: 0, total: 1420, unit: "rows", note: "sqlite:/x.db"),
        ]
        snapshot.books = PipelineBooks(produced: 14_230, stored: 13_900, windows: 1420, late: 10, dead: 8)
        snapshot.latest = [
            .init(
                instrument: "piezometer", borehole: "BH-9483", value: 113.957, units: "pore pressure (kPa)",
                time: "22:06:38", trend: [1, 2, 3, 2, 1]),
            .init(
                instrument: "water_standpipe", borehole: "BH-1", value: -4.1, units: "water level (m)",
                time: "22:06:38", trend: [5]),
        ]
        snapshot.hints = ["kappa query --latest", "kappa consume monitoring.dead"]
        snapshot.log = (1...60).map { "22:06:\($0) process: line \($0)" }
        return snapshot
    }

    @Test func eightyByTwentyFour() {
        let lines = PipelineScreen(terminal: .plain, columns: 80, rows: 24).lines(Self.snapshot)
        let expected = """
            kappa up  00:01:23  data in /var/lib/kappa                          Ctrl-C stops

            STAGE    STATE          RATE       LAG             TOTAL  NOTE
            broker   running                                          127.0.0.1:9092
            source   running       168/s             14,230 readings  simulated
            process  resting         0/s       312     1,420 windows  restarted 2×
            sink     running       0.3/s         0        1,420 rows  sqlite:/x.db

            balance  14,230 produced = 13,900 stored + 10 late + 8 dead + 312 open

            LATEST             VALUE  BOREHOLE  TIME      TREND
            piezometer        113.96  BH-9483   22:06:38  ▁▅█▅▁
            water_standpipe    -4.10  BH-1      22:06:38  ▄

            LOOK NEXT
              kappa query --latest
              kappa consume monitoring.dead

            22:06:55 process: line 55
            22:06:56 process: line 56
            22:06:57 process: line 57
            22:06:58 process: line 58
            22:06:59 process: line 59
            22:06:60 process: line 60
            """
        #expect(lines.map(Self.trimmed).joined(separator: "\n") == expected)
    }

    @Test(arguments: [(80, 24), (200, 50), (60, 12), (40, 10), (20, 5), (300, 100), (1, 1)])
    func everyScreenFits(columns: Int, rows: Int) {
        let lines = PipelineScreen(terminal: .plain, columns: columns, rows: rows).lines(Self.snapshot)
        #expect(lines.count <= rows)
        for line in lines { #expect(TextWidth.of(line) <= columns, "\(line)") }
    }

    @Test func theBooksSayWhatIsMissingOrTooMuch() {
        var books = PipelineBooks(produced: 1_000_000, stored: 999_000, windows: 5000, late: 600, dead: 400)
        #expect(books.addUp)
        #expect(books.sentence == "1,000,000 produced = 999,000 stored + 600 late + 400 dead")
        books.stored += 7
        #expect(!books.addUp && books.sentence.hasSuffix("− 7 too many"))
    }

    static func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }
}
