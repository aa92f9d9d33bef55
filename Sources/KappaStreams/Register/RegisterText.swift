/// The cells of a register's text: comma-separated, quoted as RFC 4180 has it; a line that begins with # is a comment.
///
/// Spreadsheets in countries with a decimal comma write semicolons; a header line with semicolons and no comma says so.
struct RegisterText {
    struct Row {
        /// The line of the file that the row begins at, from one.
        var line: Int
        var cells: [String]

        /// Whether nothing stands in it: the tail that a spreadsheet leaves behind its rows.
        var isBlank: Bool { cells.allSatisfy(\.isEmpty) }
    }

    private var rest: Substring.UnicodeScalarView
    private var line = 1
    private(set) var separator: Unicode.Scalar = ","

    var hasDecimalComma: Bool { separator == ";" }

    init(_ text: String) {
        rest = Substring(text).unicodeScalars
        if rest.first == "\u{FEFF}" { rest.removeFirst() }
    }

    /// All rows, the header's first.
    mutating func rows() throws(RegisterProblem) -> [Row] {
        var rows: [Row] = []
        while !rest.isEmpty {
            if rest.first == "#" {
                skipLine()
                continue
            }
            if rows.isEmpty { separator = guessSeparator() }
            let row = try row()
            if !row.isBlank { rows.append(row) }
        }
        return rows
    }

    private func guessSeparator() -> Unicode.Scalar {
        let header = rest.prefix { $0 != "\n" && $0 != "\r" }
        return !header.contains(",") && header.contains(";") ? ";" : ","
    }

    private mutating func skipLine() {
        while let scalar = rest.popFirst(), scalar != "\n" {}
        line += 1
    }

    private mutating func row() throws(RegisterProblem) -> Row {
        var row = Row(line: line, cells: [])
        while true {
            row.cells.append(rest.first == "\"" ? try quotedCell() : plainCell())
            switch rest.popFirst() {
            case separator: continue
            case "\r":
                if rest.first == "\n" { rest.removeFirst() }
                line += 1
                return row
            case "\n":
                line += 1
                return row
            case nil: return row
            default: throw RegisterProblem(line: line, "something stands behind a closing quotation mark")
            }
        }
    }

    private mutating func plainCell() -> String {
        let cell = rest.prefix { $0 != separator && $0 != "\n" && $0 != "\r" }
        rest = rest[cell.endIndex...]
        return RegisterText.trimmed(cell)
    }

    private mutating func quotedCell() throws(RegisterProblem) -> String {
        let start = line
        rest.removeFirst()
        var cell = Substring.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == "\n" { line += 1 }
            guard scalar == "\"" else {
                cell.append(scalar)
                continue
            }
            guard rest.first == "\"" else {
                // Blanks between the quotation mark and the separator are no one's content.
                while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
                return RegisterText.trimmed(cell)
            }
            cell.append("\"")
            rest.removeFirst()
        }
        throw RegisterProblem(line: start, "a quotation mark is opened here and never closed")
    }

    private static func trimmed(_ cell: Substring.UnicodeScalarView) -> String {
        var cell = cell
        while let last = cell.last, last == " " || last == "\t" { cell.removeLast() }
        while let first = cell.first, first == " " || first == "\t" { cell.removeFirst() }
        return String(cell)
    }
}
