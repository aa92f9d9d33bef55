extension Plot {
    /// The chart for a terminal `width` places wide; `rows` of dots, or as many as look well.
    ///
    /// Every line fits the width, and none ends in blanks.
    package func text(width: Int, rows: Int? = nil, terminal: Terminal = .plain) -> String {
        let rows = rows ?? min(max(width / 6, 8), 24)
        guard let scales = scales(valueTicks: rows / 3 + 1, timeTicks: max(1, width / 16)) else {
            return Plot.emptyText + "\n"
        }
        let margin = scales.valueTicks.map { $0.label.count }.max()!
        let columns = max(width - margin - 2, 8)
        var lines = heading.isEmpty ? [] : [TextWidth.cut(heading, to: width)]
        lines += picture(scales, columns: columns, rows: rows, margin: margin, terminal: terminal)
        lines += timeAxis(scales, columns: columns, margin: margin)
        if series.count > 1 { lines += legend(width: width, terminal: terminal) }
        return lines.map { Plot.trimmed($0) + "\n" }.joined()
    }

    private func picture(
        _ scales: PlotScales, columns: Int, rows: Int, margin: Int, terminal: Terminal
    ) -> [String] {
        var canvas = BrailleCanvas(columns: columns, rows: rows)
        for (index, series) in series.enumerated() {
            for piece in Plot.pieces(of: series, in: scales) {
                canvas.line(from: piece.from, to: piece.to, series: index)
            }
        }
        var labels: [Int: String] = [:]
        for tick in scales.valueTicks {
            labels[Int(((1 - scales.y(of: tick.value)) * Double(rows * 4 - 1)).rounded()) / 4] = tick.label
        }
        return (0..<rows).map { row in
            let label = labels[row] ?? ""
            let blank = String(repeating: " ", count: margin - label.count)
            let dots = canvas.row(row) { terminal.style($0, Plot.style(of: $1)) }
            return "\(blank)\(label) \(label.isEmpty ? "│" : "┤")\(dots)"
        }
    }

    private func timeAxis(_ scales: PlotScales, columns: Int, margin: Int) -> [String] {
        var axis = Array(repeating: Character("─"), count: columns)
        var labels = Array(repeating: Character(" "), count: margin + 2 + columns)
        var free = 0
        for tick in scales.timeTicks {
            let column = Int((scales.x(of: tick.time) * Double(columns - 1)).rounded())
            axis[column] = "┬"
            let wanted = margin + 2 + column - tick.label.count / 2
            let start = min(max(wanted, 0), labels.count - tick.label.count)
            guard start >= free else { continue }
            labels.replaceSubrange(start..<start + tick.label.count, with: tick.label)
            free = start + tick.label.count + 1
        }
        return [String(repeating: " ", count: margin + 1) + "└" + String(axis), String(labels)]
    }

    private func legend(width: Int, terminal: Terminal) -> [String] {
        var lines = [""], used = 0
        for (index, series) in series.enumerated() {
            let name = TextWidth.cut(series.name, to: width - 2)
            let place = TextWidth.of(name) + 2
            if used > 0, used + 2 + place > width {
                lines.append("")
                used = 0
            }
            lines[lines.count - 1] += (used > 0 ? "  " : "") + terminal.style("⠒", Plot.style(of: index)) + " " + name
            used += place + (used > 0 ? 2 : 0)
        }
        return lines
    }

    private static func style(of series: Int) -> Style {
        let styles: [Style] = [.cyan, .yellow, .green, .red, .blue]
        return styles[series % styles.count]
    }

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }
}
