import KappaCore
import KappaHTTP
import KappaStores

/// Files by address for other programs: exactly what is shown, of any length, in constant memory.
struct DataFiles: Sendable {
    enum Form: String { case csv, ndjson, xlsx }

    let answers: ViewAnswers

    /// The results of a range, the oldest first.
    func readings(_ request: HTTPRequest, _ form: Form) throws -> HTTPResponse {
        let (from, to) = try request.range(standard: 86_400_000)
        var query = ViewQuery(
            borehole: request.parameter("borehole"), instrument: request.parameter("instrument"), from: from, to: to)
        query.oldestFirst = true
        return file("readings", form) { [query] writer in try write(query, writer) }
    }

    func latest(_ request: HTTPRequest, _ form: Form) throws -> HTTPResponse {
        var query = ViewQuery(borehole: request.parameter("borehole"), instrument: request.parameter("instrument"))
        query.latestOnly = true
        return file("latest", form) { [query] writer in try write(query, writer) }
    }

    func pivot(_ request: HTTPRequest, _ form: Form, _ zone: SiteZone) throws -> HTTPResponse {
        let table = try answers.pivot(request)
        @Sendable func name(_ word: String, _ side: ViewAnswers.Side) -> DataCell {
            side == .time ? Int64(word).map(DataCell.time) ?? .text(word) : .text(word)
        }
        return file("pivot", form) { writer in
            let columns = table.columns
            let names = columns.map { word -> String in
                table.columnSide == .time ? Int64(word).map { Timestamp(milliseconds: $0).rfc3339 } ?? word : word
            }
            try writer.head([table.rowSide.rawValue] + names)
            for row in table.rows {
                let cells = columns.map { table[row, $0].map(DataCell.number) ?? .empty }
                try writer.row([name(row, table.rowSide)] + cells)
            }
        }
    }

    private static let columns = [
        "ts", "boreholenumber", "instrument", "reading", "units", "min", "max", "sum", "count", "window_start",
        "window_end", "surfacelevel", "northing", "easting", "source_topic", "source_partition", "source_offset",
    ]

    private func write(_ query: ViewQuery, _ writer: any RowSink) throws {
        try answers.ask { view in
            let cursor = try view.rows(query, Self.columns)
            try writer.head(Self.columns)
            guard let fast = writer as? any CellSink else {
                while let row = try cursor.next() { try writer.row(row.map(DataCell.init)) }
                return
            }
            while let row = try cursor.next() { try fast.row(cells: row) }
        }
    }

    /// A file that is written while it is sent; whatever goes wrong breaks it off, so that no part is taken for it.
    private func file(
        _ name: String, _ form: Form, _ body: @escaping @Sendable (any RowSink) throws -> Void
    ) -> HTTPResponse {
        let pipe = BodyPipe { pipe in
            let sink: any RowSink =
                switch form {
                case .csv: CSVSink(pipe)
                case .ndjson: NDJSONSink(pipe)
                case .xlsx: XLSXSink(pipe)
                }
            do {
                try body(sink)
                try sink.finish()
            } catch is ReaderLeft { return }
        }
        let types: [Form: String] = [
            .csv: "text/csv; charset=utf-8", .ndjson: "application/x-ndjson",
            .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ]
        return HTTPResponse(contentType: types[form] ?? "", body: .stream(pipe))
            .with("Content-Disposition", "attachment; filename=\"\(name).\(form.rawValue)\"")
    }
}

/// A value of a file.
enum DataCell {
    case empty
    case text(String)
    case number(Double)
    case whole(Int64)
    /// In milliseconds since 1970.
    case time(Int64)

    init(_ cell: StoreCell) {
        switch cell {
        case .null: self = .empty
        case .integer(let value): self = .whole(value)
        case .real(let value): self = .number(value)
        case .number: self = cell.real.map(DataCell.number) ?? .empty
        case .time: self = cell.milliseconds.map(DataCell.time) ?? .empty
        case .boolean, .text, .json: self = .text(cell.words ?? "")
        }
    }
}

/// Nobody takes the file any more.
struct ReaderLeft: Error {}

/// Takes the rows of a file.
protocol RowSink: AnyObject {
    func head(_ names: [String]) throws
    func row(_ cells: [DataCell]) throws
    func finish() throws
}

/// Takes a row as the store has it: nothing is made of a cell but its bytes in the file.
protocol CellSink: RowSink {
    func row(cells: UnsafeBufferPointer<StoreCell>) throws
}

extension ByteWriter {
    /// A number as JSON and spreadsheets read it.
    fileprivate mutating func append(plain value: Double) {
        if abs(value) < 1e15, let whole = Int64(exactly: value) { return append(decimal: whole) }
        append(number: value)
    }
}

/// RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe before it: what an instrument is
/// called must not run in anybody's Excel.
final class CSVSink: CellSink {
    private let pipe: BodyPipe
    private var bytes: [UInt8] = []
    private var fast = ByteWriter(capacity: 40_000)

    init(_ pipe: BodyPipe) { self.pipe = pipe }

    func head(_ names: [String]) throws { try row(names.map(DataCell.text)) }

    func row(_ cells: [DataCell]) throws {
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(cell)
        }
        bytes += [13, 10]
        if bytes.count > 32_768 { try flush() }
    }

    func finish() throws { try flush() }

    private func flush() throws {
        if fast.count > 0 { bytes += fast.bytes }
        fast.removeAll()
        guard pipe.write(bytes) else { throw ReaderLeft() }
        bytes.removeAll(keepingCapacity: true)
    }

    func row(cells: UnsafeBufferPointer<StoreCell>) throws {
        if !bytes.isEmpty { try flush() }
        for index in cells.indices {
            if index > 0 { fast.append(UInt8(ascii: ",")) }
            switch cells[index] {
            case .null: break
            case .integer(let value): fast.append(decimal: value)
            case .real(let value): fast.append(plain: value)
            case .boolean(let value): fast.append(literal: value ? "true" : "false")
            case .number(let bytes), .time(let bytes): fast.append(bytes)
            case .text(let bytes), .json(let bytes): append(text: bytes)
            }
        }
        fast.append(13)
        fast.append(10)
        if fast.count > 32_768 { try flush() }
    }

    private func append(text: UnsafeRawBufferPointer) {
        let isFormula = text.first.map { CSVSink.formulas.contains($0) } ?? false
        let needsQuotes = text.contains { $0 == 34 || $0 == 44 || $0 == 10 || $0 == 13 }
        if needsQuotes { fast.append(34) }
        if isFormula { fast.append(39) }
        if needsQuotes {
            for byte in text {
                if byte == 34 { fast.append(byte) }
                fast.append(byte)
            }
            fast.append(34)
        } else {
            fast.append(text)
        }
    }

    private static let formulas = Array("=+-@\t\r".utf8)

    private func append(_ cell: DataCell) {
        switch cell {
        case .empty: break
        case .number(let value): bytes += Array("\(value)".utf8)
        case .whole(let value): bytes += Array(String(value).utf8)
        case .time(let value): bytes += Array(Timestamp(milliseconds: value).rfc3339.utf8)
        case .text(let text):
            let isFormula = text.utf8.first.map { "=+-@\t\r".utf8.contains($0) } ?? false
            let shown = isFormula ? "'" + text : text
            guard shown.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return bytes += Array(shown.utf8) }
            bytes.append(UInt8(ascii: "\""))
            for byte in shown.utf8 { bytes += byte == UInt8(ascii: "\"") ? [byte, byte] : [byte] }
            bytes.append(UInt8(ascii: "\""))
        }
    }
}

/// One object a line.
final class NDJSONSink: CellSink {
    private let pipe: BodyPipe
    private var names: [String] = []
    /// `"name":` of each column, with the comma or brace before it.
    private var prefixes: [[UInt8]] = []
    private var bytes: [UInt8] = []
    private var fast = ByteWriter(capacity: 40_000)

    init(_ pipe: BodyPipe) { self.pipe = pipe }

    func head(_ names: [String]) throws {
        self.names = names
        prefixes = names.enumerated().map { index, name in
            var prefix = ByteWriter(capacity: 64)
            prefix.append(UInt8(ascii: index == 0 ? "{" : ","))
            prefix.append(quoted: name)
            prefix.append(UInt8(ascii: ":"))
            return Array(prefix.bytes)
        }
    }

    func row(cells: UnsafeBufferPointer<StoreCell>) throws {
        for index in cells.indices {
            prefixes[index].withUnsafeBytes { fast.append($0) }
            switch cells[index] {
            case .null: fast.append(literal: "null")
            case .integer(let value): fast.append(decimal: value)
            case .real(let value) where value.isFinite: fast.append(plain: value)
            case .real: fast.append(literal: "null")
            case .boolean(let value): fast.append(literal: value ? "true" : "false")
            case .number(let bytes), .json(let bytes): fast.append(bytes)
            case .time(let bytes), .text(let bytes): fast.append(quoted: bytes)
            }
        }
        fast.append(UInt8(ascii: "}"))
        fast.append(10)
        if fast.count > 32_768 { try finish() }
    }

    func row(_ cells: [DataCell]) throws {
        var json = JSONWriter()
        json.object { json in
            for (name, cell) in zip(names, cells) {
                json.key(name)
                switch cell {
                case .empty: json.string(nil)
                case .number(let value): json.number(value)
                case .whole(let value): json.number(value)
                case .time(let value): json.string(Timestamp(milliseconds: value).rfc3339)
                case .text(let text): json.string(text)
                }
            }
        }
        bytes += json.bytes + [10]
        if bytes.count > 32_768 { try finish() }
    }

    func finish() throws {
        if fast.count > 0 { bytes += fast.bytes }
        fast.removeAll()
        guard pipe.write(bytes) else { throw ReaderLeft() }
        bytes.removeAll(keepingCapacity: true)
    }
}
