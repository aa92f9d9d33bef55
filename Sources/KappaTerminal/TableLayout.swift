/// The widths of a table's columns, chosen so that it fits the terminal where that can be done.
struct TableLayout {
    let columns: [Column]
    private(set) var widths: [Int]

    /// For rows that are not known yet.
    init(streaming columns: [Column], terminal: Terminal) {
        self.columns = columns
        widths = columns.map { max(TextWidth.of($0.title), $0.minimum) }
        if let width = terminal.width { shrink(to: width) }
    }

    init(columns: [Column], rows: [[Cell]], terminal: Terminal) {
        self.columns = columns
        widths = columns.map { TextWidth.of($0.title) }
        for row in rows {
            for (index, cell) in row.enumerated() {
                widths[index] = max(widths[index], TextWidth.of(cell.text(.plain)))
            }
        }
        if let width = terminal.width { shrink(to: width) }
    }

    /// Takes from the widest column that may shrink, one place at a time, and never below eight.
    private mutating func shrink(to width: Int) {
        let gaps = 2 * (columns.count - 1)
        while widths.reduce(gaps, +) > width {
            let candidates = widths.indices.filter { columns[$0].canShrink && widths[$0] > 8 }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
        }
    }

    /// Whether a line is longer than the terminal is wide.
    func overflows(_ terminal: Terminal) -> Bool {
        guard let width = terminal.width else { return false }
        return widths.reduce(2 * (columns.count - 1), +) > width
    }

    func head(_ terminal: Terminal) -> String {
        joined(columns.indices.map { place(columns[$0].title, TextWidth.of(columns[$0].title), $0, isLast: $0) })
            .styled(.bold, terminal)
    }

    func line(_ cells: [Cell], _ terminal: Terminal) -> String {
        joined(
            cells.indices.map { index in
                let plain = cells[index].text(.plain)
                let cut = TextWidth.cut(plain, to: widths[index])
                let text = cut == plain ? cells[index].text(terminal) : cut
                return place(text, TextWidth.of(cut), index, isLast: index)
            })
    }

    private func joined(_ parts: [String]) -> String { parts.joined(separator: "  ") }

    private func place(_ text: String, _ width: Int, _ index: Int, isLast: Int) -> String {
        let space = String(repeating: " ", count: max(0, widths[index] - width))
        if columns[index].alignment == .right { return space + text }
        return index == columns.count - 1 ? text : text + space
    }
}

extension String {
    fileprivate func styled(_ style: Style, _ terminal: Terminal) -> String { terminal.style(self, style) }
}
