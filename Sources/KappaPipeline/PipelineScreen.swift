import KappaCore
import KappaTerminal

/// The live screen: a snapshot and a size in, lines out. No line is wider than the screen, and there are never more
/// lines than it has.
struct PipelineScreen {
    let terminal: Terminal
    let columns: Int
    let rows: Int

    func lines(_ snapshot: PipelineSnapshot) -> [String] {
        var blocks = [header(snapshot), stageTable(snapshot), [bookLine(snapshot)]]
        if !snapshot.latest.isEmpty { blocks.append(latestTable(snapshot)) }
        if let count = snapshot.alarmCount { blocks.append(alarmTable(count, snapshot.alarms)) }
        if !snapshot.hints.isEmpty { blocks.append(hintLines(snapshot)) }
        let blanks = blocks.count
        let used = blocks.map(\.count).reduce(0, +)
        // On a low screen the blank lines go first, then the log, then the hints.
        let isTight = used + blanks > rows
        var lines = isTight ? Array(blocks.joined()) : Array(blocks.joined(separator: [""]))
        let room = rows - lines.count - (isTight ? 0 : 1)
        if room > 0, !snapshot.log.isEmpty {
            if !isTight { lines.append("") }
            lines += snapshot.log.suffix(room).map { dim(Terminal.printable($0)) }
        }
        return Array(lines.prefix(rows))
    }

    /// What stays when the screen goes.
    func totals(_ snapshot: PipelineSnapshot) -> [String] {
        [cut("kappa up  \(PipelineScreen.clock(snapshot.elapsed))  \(snapshot.title)", nil), bookLine(snapshot)]
    }

    private func header(_ snapshot: PipelineSnapshot) -> [String] {
        let right = "Ctrl-C stops"
        let left = "kappa up  \(PipelineScreen.clock(snapshot.elapsed))  \(snapshot.title)"
        let width = columns - right.count - 2
        guard width > 10 else { return [cut(left, .bold)] }
        let padded = TextWidth.padded(TextWidth.cut(left, to: width), to: width)
        return [terminal.style(padded, .bold) + "  " + terminal.style(right, .dim)]
    }

    private func stageTable(_ snapshot: PipelineSnapshot) -> [String] {
        let head = row(["STAGE", "STATE", "RATE", "LAG", "TOTAL", "NOTE"])
        return [dim(head)]
            + snapshot.stages.map { stage in
                let total = stage.total.map { "\($0.grouped) \(stage.unit)" } ?? ""
                let restarts = stage.restarts == 0 ? "" : "restarted \(stage.restarts)×  "
                let line = row([
                    stage.name, stage.state, stage.rate.map(PipelineScreen.rate) ?? "",
                    stage.lag.map(\.grouped) ?? "", total, restarts + Terminal.printable(stage.note),
                ])
                return PipelineScreen.isCalm(stage.state) ? line : terminal.style(line, .yellow)
            }
    }

    private func row(_ cells: [String]) -> String {
        let widths = [9, 10, 10, 10, 18]
        var line = ""
        for (index, cell) in cells.enumerated() {
            guard index < widths.count else {
                line += cell
                continue
            }
            let text = TextWidth.cut(cell, to: widths[index] - 1)
            let blank = String(repeating: " ", count: widths[index] - 1 - TextWidth.of(text))
            // Figures stand on the right of their column.
            line += index < 2 ? text + blank + " " : blank + text + (index == 4 ? "  " : " ")
        }
        return TextWidth.cut(line, to: columns)
    }

    private func bookLine(_ snapshot: PipelineSnapshot) -> String {
        cut("balance  \(snapshot.books.sentence)", nil)
    }

    private func latestTable(_ snapshot: PipelineSnapshot) -> [String] {
        let wide = columns >= 100
        let width = max(8, min(40, columns - (wide ? 82 : 60)))
        return [
            dim(cut("LATEST            \(wide ? "UNITS               " : "") VALUE  BOREHOLE  TIME      TREND", nil))
        ]
            + snapshot.latest.map { latest in
                let units = wide ? TextWidth.padded(TextWidth.cut(latest.units, to: 19), to: 20) : ""
                let value = Double.fixed(latest.value, decimals: 2)
                let blank = String(repeating: " ", count: max(0, (wide ? 6 : 6) - value.count))
                let line =
                    TextWidth.padded(latest.instrument, to: 18) + units + blank + value + "  "
                    + TextWidth.padded(latest.borehole, to: 10) + TextWidth.padded(latest.time, to: 10)
                return cut(line + Sparkline.of(latest.trend, width: width), nil)
            }
    }

    private func alarmTable(_ count: Int, _ alarms: [PipelineSnapshot.Alarm]) -> [String] {
        guard count > 0 else { return [dim("ALARMS            none active")] }
        let others = count > alarms.count ? ", the \(alarms.count) worst" : ""
        let head = cut("ALARMS            \(count) active\(others)", nil)
        return [dim(head)]
            + alarms.map { alarm in
                let level = TextWidth.padded(TextWidth.cut(Terminal.printable(alarm.level), to: 16), to: 18)
                let name = TextWidth.padded(TextWidth.cut(Terminal.printable(alarm.name), to: 36), to: 38)
                let value =
                    alarm.value.map { "\(Double.fixed($0, decimals: 2)) \(Terminal.printable(alarm.unit))" } ?? ""
                let since = "since " + alarm.since.prefix(19)
                let line = level + name + TextWidth.padded(value, to: 16) + since
                return cut(line, .ofLevel(severity: alarm.severity))
            }
    }

    private func hintLines(_ snapshot: PipelineSnapshot) -> [String] {
        [dim("LOOK NEXT")] + snapshot.hints.map { cut("  \($0)", nil) }
    }

    private func dim(_ text: String) -> String { terminal.style(TextWidth.cut(text, to: columns), .dim) }

    private func cut(_ text: String, _ style: Style?) -> String {
        let text = TextWidth.cut(text, to: columns)
        return style.map { terminal.style(text, $0) } ?? text
    }

    private static func isCalm(_ state: String) -> Bool {
        ["running", "done", "starting", "draining", "waiting"].contains(state)
    }

    /// `00:01:23`, and days before it when there are any.
    static func clock(_ elapsed: Duration) -> String {
        let seconds = elapsed.components.seconds
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let clock = "\(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
        return seconds < 86_400 ? clock : "\(seconds / 86_400)d \(clock)"
    }

    /// `168/s`, `0.3/s`.
    static func rate(_ perSecond: Double) -> String {
        perSecond >= 10 || perSecond == 0
            ? "\(Int64(perSecond.rounded()).grouped)/s" : "\(Double.fixed(perSecond, decimals: 1))/s"
    }
}
