/// Values by two keys, in the order of the keys.
struct PivotTable {
    let rowSide: ViewAnswers.Side
    let columnSide: ViewAnswers.Side
    private var cells: [String: [String: Double]] = [:]
    private var columnNames: Set<String> = []
    private var count = 0

    /// More is more than anybody reads, and more than a page should hold.
    static let mostCells = 100_000

    init(rowSide: ViewAnswers.Side, columnSide: ViewAnswers.Side) {
        self.rowSide = rowSide
        self.columnSide = columnSide
    }

    mutating func add(_ value: Double, row: String, column: String) throws {
        count += 1
        guard count <= PivotTable.mostCells else {
            throw BadRequest(
                message: "that is more than \(PivotTable.mostCells) cells: choose a longer time or fewer names")
        }
        cells[row, default: [:]][column] = value
        columnNames.insert(column)
    }

    private static func sorted(_ names: some Sequence<String>, _ side: ViewAnswers.Side) -> [String] {
        side == .time ? names.sorted { Int64($0) ?? 0 < Int64($1) ?? 0 } : names.sorted()
    }

    var rows: [String] { PivotTable.sorted(cells.keys, rowSide) }
    var columns: [String] { PivotTable.sorted(columnNames, columnSide) }

    subscript(row: String, column: String) -> Double? { cells[row]?[column] }

    var json: [UInt8] {
        var json = JSONWriter()
        let (rows, columns) = (rows, columns)
        func names(_ names: [String], _ side: ViewAnswers.Side, _ json: inout JSONWriter) {
            json.array { for name in names { side == .time ? $0.number(Int64(name)) : $0.string(name) } }
        }
        json.object { json in
            json.key("rows")
            names(rows, rowSide, &json)
            json.key("columns")
            names(columns, columnSide, &json)
            json.key("cells")
            json.array { json in
                for row in rows { json.array { for column in columns { $0.number(self[row, column]) } } }
            }
        }
        return json.bytes
    }
}
