import KappaCore
import KappaFormats
import KappaStores
import KappaTerminal

/// Rows as CSV or JSON, put together from the store's own bytes: no String is made of a field.
struct RowWriter: ~Copyable {
    private let format: OutputFormat
    private let names: [String]
    /// `"name":` of each column, with the comma or brace before it.
    private let prefixes: [[UInt8]]
    private var writer = ByteWriter(capacity: 1024)

    init(_ format: OutputFormat, _ columns: [ResultColumn]) {
        self.format = format
        names = columns.map(\.name)
        prefixes = columns.enumerated().map { index, column in
            Array("\(index == 0 ? "{" : ",")\(JSON.string(column.name)):".utf8)
        }
    }

    var bytes: UnsafeRawBufferPointer { writer.bytes }

    func header() -> String { CSV.line(names) }

    mutating func write(_ row: UnsafeBufferPointer<StoreCell>, isFirst: Bool) {
        writer.removeAll()
        if format == .csv {
            writeCSV(row)
        } else {
            if format == .json, !isFirst { writer.append(UInt8(ascii: ",")) }
            writeJSON(row)
            if format == .ndjson { writer.append(UInt8(ascii: "\n")) }
        }
    }

    private mutating func writeCSV(_ row: UnsafeBufferPointer<StoreCell>) {
        for index in row.indices {
            if index > 0 { writer.append(UInt8(ascii: ",")) }
            switch row[index] {
            case .null: break
            case .integer(let number): writer.append(decimal: number)
            case .real(let number): write(real: number)
            case .boolean(let value): writer.append(literal: value ? "true" : "false")
            case .number(let bytes), .time(let bytes): writer.append(bytes)
            case .text(let bytes), .json(let bytes): writeCSV(text: bytes)
            }
        }
        writer.append(UInt8(ascii: "\n"))
    }

    /// A whole number without a point, as PostgreSQL writes it: the same answer from every store.
    private mutating func write(real number: Double) {
        if abs(number) < 1e15, let whole = Int64(exactly: number) {
            writer.append(decimal: whole)
        } else {
            writer.append(number: number)
        }
    }

    /// An empty text is quoted, so that it is not taken for a field that is absent, and one that looks like a number
    /// so that it is not taken for one.
    private mutating func writeCSV(text: UnsafeRawBufferPointer) {
        guard text.isEmpty || text.contains(where: RowWriter.needsQuotes) || CSVText.looksTyped(text) else {
            return writer.append(text)
        }
        writer.append(UInt8(ascii: "\""))
        for byte in text {
            if byte == UInt8(ascii: "\"") { writer.append(byte) }
            writer.append(byte)
        }
        writer.append(UInt8(ascii: "\""))
    }

    @inline(__always)
    private static func needsQuotes(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == 10 || byte == 13
    }

    private mutating func writeJSON(_ row: UnsafeBufferPointer<StoreCell>) {
        for index in row.indices {
            prefixes[index].withUnsafeBytes { writer.append($0) }
            switch row[index] {
            case .null: writer.append(literal: "null")
            case .integer(let number): writer.append(decimal: number)
            case .real(let number): write(real: number)
            case .boolean(let value): writer.append(literal: value ? "true" : "false")
            case .number(let bytes), .json(let bytes): writer.append(bytes)
            case .time(let bytes), .text(let bytes): writer.append(quoted: bytes)
            }
        }
        if row.isEmpty { writer.append(UInt8(ascii: "{")) }
        writer.append(UInt8(ascii: "}"))
    }
}
