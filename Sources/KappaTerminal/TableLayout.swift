/// The widths of a table's columns, chosen so that it fits the terminal without a name becoming another's.
///
/// What does not fit is made to in this order: a column with nothing in it goes, a column that says the same in every
/// row stands once above the table, texts are cut as far as they stay apart. A layout that is still too wide says so,
/// and its rows unfold.
struct TableLayout {
    /// The columns that are shown, by their places among all.
    private(set) var shown: [Int]
    /// Those that say the same in every row.
    private(set) var hoisted: [Int] = []
    private let columns: [Column]
    /// Of the shown columns.
    private var widths: [Int]

    /// For rows that are not known yet.
    init(streaming columns: [Column], terminal: Terminal) {
        self.columns = columns
        shown = Array(columns.indices)
        widths = columns.map { max(TextWidth.of($0.title), $0.minimum) }
        guard let width = terminal.width else { return }
        while total > width {
            let candidates = widths.indices.filter { columns[$0].canShrink && widths[$0] > 8 }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
        }
    }

    init(columns: [Column], rows: [[Cell]], terminal: Terminal) {
        self.columns = columns
        shown = Array(columns.indices)
        let texts = columns.indices.map { index in rows.map { $0[index].text(.plain) } }
        widths = columns.indices.map { index in
            texts[index].reduce(TextWidth.of(columns[index].title)) { max($0, TextWidth.of($1)) }
        }
        guard let width = terminal.width, total > width else { return }
        drop { index in rows.allSatisfy { $0[index] == .absent } }
        // The first column names the row, so the others are moved before it.
        for index in Array(columns.indices.dropFirst()) + [0] where total > width {
            let isWide = TextWidth.of(texts[index].first ?? "") > TextWidth.of(columns[index].title)
            guard shown.count > 2, rows.count > 1, isWide, Set(texts[index]).count == 1 else { continue }
            drop { $0 == index }
            hoisted.append(index)
        }
        shrink(to: width, texts.map { TableLayout.least(Set($0)) })
    }

    private mutating func drop(_ isIdle: (Int) -> Bool) {
        let kept = shown.indices.filter { !isIdle(shown[$0]) }
        guard kept.count > 0 else { return }
        (shown, widths) = (kept.map { shown[$0] }, kept.map { widths[$0] })
    }

    private var total: Int { widths.reduce(2 * (widths.count - 1), +) }

    /// Takes from the widest column that may shrink, one place at a time.
    private mutating func shrink(to width: Int, _ least: [Int]) {
        while total > width {
            let candidates = widths.indices.filter {
                let column = columns[shown[$0]]
                return column.canShrink && column.alignment == .left
                    && widths[$0] > max(least[shown[$0]], TextWidth.of(column.title))
            }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
        }
    }

    /// The least width, eight or more, at which no two of the texts become the same.
    private static func least(_ texts: Set<String>) -> Int {
        var width = 8
        let longest = texts.reduce(0) { max($0, TextWidth.of($1)) }
        while width < longest, Set(texts.map { TextWidth.shortened($0, to: width) }).count < texts.count { width += 1 }
        return width
    }

    /// Whether no cell has to be cut. Of rows that are written as they come nobody knows yet what else they would be
    /// taken for.
    func holds(_ cells: [Cell]) -> Bool {
        shown.indices.allSatisfy { TextWidth.of(cells[shown[$0]].text(.plain)) <= widths[$0] }
    }

    /// Whether a line is longer than the terminal is wide.
    func overflows(_ terminal: Terminal) -> Bool { terminal.width.map { total > $0 } ?? false }

    func head(_ terminal: Terminal) -> String {
        terminal.style(
            joined(shown.indices.map { place(columns[shown[$0]].title, TextWidth.of(columns[shown[$0]].title), $0) }),
            .bold)
    }

    func line(_ cells: [Cell], _ terminal: Terminal) -> String {
        joined(
            shown.indices.map { index in
                let cell = cells[shown[index]]
                let plain = cell.text(.plain)
                let cut = TextWidth.shortened(plain, to: widths[index])
                return place(cut == plain ? cell.text(terminal) : cut, TextWidth.of(cut), index)
            })
    }

    private func joined(_ parts: [String]) -> String { parts.joined(separator: "  ") }

    private func place(_ text: String, _ width: Int, _ index: Int) -> String {
        let space = String(repeating: " ", count: max(0, widths[index] - width))
        if columns[shown[index]].alignment == .right { return space + text }
        return index == shown.count - 1 ? text : text + space
    }
}

extension TextWidth {
    /// A sentence loses its end; of a name, whose end tells it from others, the middle goes.
    static func shortened(_ text: String, to width: Int) -> String {
        guard of(text) > width else { return text }
        guard width >= 8, !text.contains(" ") else { return cut(text, to: width) }
        let tail = (width - 1) / 2
        var (end, used) = ([Character](), 0)
        for character in text.reversed() {
            guard used + of(character) <= tail else { break }
            end.append(character)
            used += of(character)
        }
        // `cut` leaves room for the ellipsis that it puts.
        return cut(text, to: width - used) + String(end.reversed())
    }
}
