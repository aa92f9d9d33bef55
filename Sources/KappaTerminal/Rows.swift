/// Rows on their way out; made by `Output.rows`.
package struct Rows {
    let output: Output
    let kind: String
    let columns: [Column]
    let streaming: Bool
    var isSingle = false
    /// Where a line would not fit the terminal, each row is written as lines of `name  value`.
    private let unfolds: Bool
    private var held: [[Cell]] = []
    /// Of a table whose rows are written as they come.
    private let streamed: TableLayout
    private var count = 0

    init(output: Output, kind: String, columns: [Column], streaming: Bool, isSingle: Bool = false) {
        self.output = output
        self.kind = kind
        self.columns = columns
        self.streaming = streaming
        self.isSingle = isSingle
        streamed = TableLayout(streaming: columns, terminal: output.terminal)
        unfolds = streaming && streamed.overflows(output.terminal)
    }

    /// One cell for each column.
    package mutating func add(_ cells: [Cell]) throws {
        precondition(cells.count == columns.count, "a row of \(kind) has \(cells.count) cells")
        defer { count += 1 }
        switch output.format {
        case .table where streaming && unfolds: try unfold(cells, isFirst: count == 0)
        case .table where streaming && !streamed.holds(cells): try stretch(cells)
        case .table where streaming: try output.line(streamed.line(cells, output.terminal))
        case .table: held.append(cells)
        case .csv:
            try output.write(
                CSV.line(cells.map { output.terminal.isTerminal ? Terminal.printable(CSV.field($0)) : CSV.field($0) }))
        case .ndjson: try output.write(JSON.object(columns, cells) + "\n")
        case .json: try output.write((count == 0 || isSingle ? "" : ",") + JSON.object(columns, cells))
        }
        if streaming, output.format != .table { try output.flush() }
    }

    mutating func begin() throws {
        switch output.format {
        case .table where streaming && unfolds: break
        case .table where streaming: try output.line(streamed.head(output.terminal))
        case .csv: try output.write(CSV.line(columns.map(\.name)))
        case .json:
            try output.write("{\"version\":1,\"kind\":\(JSON.string(kind)),\(isSingle ? "\"item\":" : "\"items\":[")")
        case .table, .ndjson: break
        }
    }

    mutating func end() throws {
        if output.format == .json { try output.write(isSingle ? "}\n" : "]}\n") }
        guard output.format == .table, !streaming, !held.isEmpty else { return }
        let layout = TableLayout(columns: columns, rows: held, terminal: output.terminal)
        guard !layout.overflows(output.terminal) else {
            for (index, cells) in held.enumerated() { try unfold(cells, isFirst: index == 0) }
            return
        }
        for index in layout.hoisted {
            let title = output.terminal.style(columns[index].title, .dim)
            try output.line("\(title)  \(held[0][index].text(output.terminal))")
        }
        try output.line(layout.head(output.terminal))
        for cells in held { try output.line(layout.line(cells, output.terminal)) }
    }

    /// A row with a longer text than its column has room for: out of line, but whole.
    private func stretch(_ cells: [Cell]) throws {
        let line = cells.map { $0.text(output.terminal) }.joined(separator: "  ")
        let width = cells.reduce(2 * (cells.count - 1)) { $0 + TextWidth.of($1.text(.plain)) }
        guard output.terminal.width.map({ width > $0 }) ?? false else { return try output.line(line) }
        try unfold(cells, isFirst: false)
        try output.line("")
    }

    private func unfold(_ cells: [Cell], isFirst: Bool) throws {
        if !isFirst { try output.line("") }
        let width = columns.map { TextWidth.of($0.title) }.max() ?? 0
        for (column, cell) in zip(columns, cells) {
            let title = TextWidth.padded(column.title, to: width)
            try output.line("\(output.terminal.style(title, .dim))  \(cell.text(output.terminal))")
        }
    }
}
