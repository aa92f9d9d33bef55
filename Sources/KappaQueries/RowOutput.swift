import KappaCore
package import KappaStores
package import KappaTerminal

/// Writes the rows of an answer as they come, in the wanted format.
package enum RowOutput {
    /// So many rows tell how wide the columns must be; what follows is shown as it comes.
    private static let rowsToMeasure = 500

    package typealias Restyle = (_ columns: [ResultColumn], _ cells: inout [Cell]) -> Void

    /// Where a table would stay empty, `nothing` says so beside it.
    ///
    /// - Parameter restyle: may show the cells of a row in another way, for people.
    package static func show(
        _ cursor: any RowCursor, _ output: Output, restyle: Restyle? = nil, nothing: () -> Void
    ) throws {
        guard output.format == .table else { return try showToPrograms(cursor, "records", output) }
        var first: [[Cell]] = []
        var widths = [Int](repeating: 0, count: cursor.columns.count)
        while first.count < rowsToMeasure, let row = try cursor.next() {
            first.append(cells(row, cursor.columns, restyle))
            for (index, cell) in first[first.count - 1].enumerated() {
                widths[index] = max(widths[index], TextWidth.of(cell.text(.plain)))
            }
        }
        if first.isEmpty { nothing() }
        let isMore = first.count == rowsToMeasure
        let columns = zip(cursor.columns, widths).map { RowOutput.column($0, width: $1) }
        try output.rows("records", columns, streaming: isMore) { rows in
            for row in first { try rows.add(row) }
            while isMore, let row = try cursor.next() { try rows.add(cells(row, cursor.columns, restyle)) }
        }
    }

    private static func cells(
        _ row: UnsafeBufferPointer<StoreCell>, _ columns: [ResultColumn], _ restyle: Restyle?
    ) -> [Cell] {
        var cells = row.map(RowOutput.cell)
        restyle?(columns, &cells)
        return cells
    }

    private static func showToPrograms(_ cursor: any RowCursor, _ kind: String, _ output: Output) throws {
        var writer = RowWriter(output.format, cursor.columns)
        if output.format == .csv { try output.write(writer.header()) }
        if output.format == .json {
            try output.write("{\"version\":1,\"kind\":\(JSON.string(kind)),\"items\":[")
        }
        var isFirst = true
        while let row = try cursor.next() {
            writer.write(row, isFirst: isFirst)
            try output.write(writer.bytes)
            if isFirst { try output.flush() }
            isFirst = false
        }
        if output.format == .json { try output.write("]}\n") }
        try output.flush()
    }

    private static let titles = ["boreholenumber": "BOREHOLE", "ts": "TIME"]

    static func title(of column: String) -> String? { titles[column] }

    /// The widths of a table whose rows are yet to come.
    private static let usualWidths = [
        "ts": 24, "window_start": 24, "window_end": 24, "bucket": 24, "boreholenumber": 8, "instrument": 17,
        "reading": 8, "alarm": 7, "event": 9, "level": 6, "unit": 5, "units": 5, "min": 8, "max": 8,
        "mean": 8, "sum": 10, "count": 5,
    ]

    /// As many of the columns as the terminal has room for: what a window was made of goes first, then the unit; of an
    /// alarm its numbers, which its level says in one word.
    static func fitting(_ names: [String], _ width: Int) -> [String] {
        var names = names
        func total() -> Int { names.reduce(2 * (names.count - 1)) { $0 + (usualWidths[$1] ?? 8) } }
        let ofAlarm = names.contains("event") ? [["limit_value"], ["value"]] : []
        for group in [["min", "max"], ["count"], ["units", "unit"]] + ofAlarm where total() > width {
            names.removeAll(where: group.contains)
        }
        return names
    }

    static func column(_ column: ResultColumn, width: Int? = nil) -> Column {
        Column(
            column.name, title: titles[column.name], align: column.kind == .number ? .right : .left,
            minimum: width ?? usualWidths[column.name] ?? 8, canShrink: column.kind == .text || column.kind == .json)
    }

    static func cell(_ cell: StoreCell) -> Cell {
        switch cell {
        case .null: return .absent
        case .integer(let number): return .integer(number)
        case .real(let number):
            guard abs(number) < 1e15, let whole = Int64(exactly: number) else { return .number(number) }
            return .integer(whole)
        case .boolean(let value): return .bool(value)
        case .number(let bytes):
            let text = String(decoding: bytes, as: UTF8.self)
            return Int64(text).map(Cell.integer) ?? Double(text).map(Cell.number) ?? .text(text)
        case .time(let bytes), .text(let bytes), .json(let bytes):
            return .text(String(decoding: bytes, as: UTF8.self))
        }
    }
}
