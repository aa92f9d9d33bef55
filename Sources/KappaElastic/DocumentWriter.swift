import KappaCore
import KappaStores

/// Writes the lines of a bulk request: which document, with which version, and what it holds. No String is made of a
/// row, but for the name of its index where there are several.
struct DocumentWriter {
    let batch: RowBatch
    let target: ViewTarget
    private let names: IndexNames
    /// `"name":` of each field.
    private let prefixes: [[UInt8]]
    private let keys: [Int]
    /// The base of each of the batch's sources.
    private let bases: [Int64]
    private let isMany: Bool

    init(_ batch: RowBatch, _ target: ViewTarget, _ names: IndexNames, bases: [Int64]) {
        self.batch = batch
        self.target = target
        self.names = names
        self.bases = bases
        isMany = names.only == nil
        let columns = target.shape == .results ? batch.schema.fields.map(\.column) : []
        prefixes = columns.map { Array(",\(String(decoding: JSONTree.text($0).bytes, as: UTF8.self)):".utf8) }
        keys = batch.schema.fields.indices.filter { batch.schema.fields[$0].isKey }
    }

    private func version(of row: BatchRow) -> Int64 { bases[row.source] + row.offset }

    func write(_ row: BatchRow, into writer: inout ByteWriter) {
        writer.append(literal: "{\"index\":{")
        writeTarget(row, into: &writer)
        writer.append(literal: "}}\n{\"id\":")
        writer.append(decimal: version(of: row))
        target.shape == .results ? writeCells(row, into: &writer) : writeRaw(row, into: &writer)
        writer.append(literal: "}\n")
    }

    func writeDelete(_ row: BatchRow, into writer: inout ByteWriter) {
        writer.append(literal: "{\"delete\":{")
        writeTarget(row, into: &writer)
        writer.append(literal: "}}\n")
    }

    private func writeTarget(_ row: BatchRow, into writer: inout ByteWriter) {
        if isMany {
            writer.append(literal: "\"_index\":")
            writer.append(quoted: names.name(of: row, in: batch))
            writer.append(UInt8(ascii: ","))
        }
        writer.append(literal: "\"_id\":")
        writeID(row, into: &writer)
        writer.append(literal: ",\"version\":")
        writer.append(decimal: version(of: row))
        writer.append(literal: ",\"version_type\":\"external_gte\"")
    }

    // MARK: The id

    /// A server refuses a whole request for an id beyond this.
    private static let longestID = 512

    /// The values of the key between bars, or where the record lies where there is no key. It is JSON text.
    private func writeID(_ row: BatchRow, into writer: inout ByteWriter) {
        let start = writer.count
        writer.append(UInt8(ascii: "\""))
        if target.shape == .results, !keys.isEmpty {
            let cells = batch.cells(of: row)
            for (place, key) in keys.enumerated() {
                if place > 0 { writer.append(UInt8(ascii: "|")) }
                switch batch.schema.fields[key].kind {
                case .text, .any: DocumentWriter.writePart(batch.arena.bytes(cells[key].slice), into: &writer)
                case .number: writer.append(number: cells[key].double)
                case .whole, .time: writer.append(decimal: cells[key].whole)
                }
            }
        } else {
            DocumentWriter.writePart(batch.arena.bytes(batch.topics[row.source]), into: &writer)
            writer.append(UInt8(ascii: "|"))
            writer.append(decimal: Int64(batch.sources[row.source].partition))
            writer.append(UInt8(ascii: "|"))
            writer.append(decimal: row.offset)
        }
        if writer.count - start - 1 > DocumentWriter.longestID {
            let digest = SHA256.hex(writer.bytes(start + 1..<writer.count))
            writer.truncate(to: start + 1)
            writer.append(text: digest)
        }
        writer.append(UInt8(ascii: "\""))
    }

    /// Bars, and what JSON would escape, stand as percent signs, so that no two keys have one id.
    private static func writePart(_ bytes: UnsafeRawBufferPointer, into writer: inout ByteWriter) {
        let digits: StaticString = "0123456789ABCDEF"
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "|"), UInt8(ascii: "%"), UInt8(ascii: "\""), UInt8(ascii: "\\"), 0..<0x20:
                writer.append(UInt8(ascii: "%"))
                writer.append(digits.utf8Start[Int(byte >> 4)])
                writer.append(digits.utf8Start[Int(byte & 15)])
            default: writer.append(byte)
            }
        }
    }

    // MARK: The document

    private func writeCells(_ row: BatchRow, into writer: inout ByteWriter) {
        let cells = batch.cells(of: row)
        let fields = batch.schema.fields
        for index in fields.indices where !cells[index].isNull {
            prefixes[index].withUnsafeBytes { writer.append($0) }
            let cell = cells[index]
            switch fields[index].kind {
            case .number: writer.append(number: cell.double)
            case .whole: writer.append(decimal: cell.whole)
            case .time:
                writer.append(UInt8(ascii: "\""))
                writer.append(time: Timestamp(milliseconds: cell.whole))
                writer.append(UInt8(ascii: "\""))
            case .text, .any: writer.append(quoted: batch.arena.bytes(cell.slice))
            }
        }
        writer.append(literal: ",\"source_topic\":")
        writeSource(row, into: &writer, "source_partition", "source_offset")
    }

    private func writeRaw(_ row: BatchRow, into writer: inout ByteWriter) {
        writer.append(literal: ",\"ts\":\"")
        writer.append(time: Timestamp(milliseconds: row.milliseconds))
        writer.append(UInt8(ascii: "\""))
        if let key = row.key {
            writer.append(literal: ",\"key\":")
            writer.append(quoted: batch.arena.bytes(key))
        }
        if let value = row.value { writeJSON(value, ",\"value\":", into: &writer) }
        if let headers = row.headers { writeJSON(headers, ",\"headers\":", into: &writer) }
        writer.append(literal: ",\"topic\":")
        writeSource(row, into: &writer, "partition", "offset")
    }

    /// A line ends where a document does, so the ends of lines within it, which JSON takes for blanks, become blanks.
    private func writeJSON(_ slice: ByteArena.Slice, _ name: StaticString, into writer: inout ByteWriter) {
        writer.append(literal: name)
        for byte in batch.arena.bytes(slice) { writer.append(byte == 10 || byte == 13 ? 32 : byte) }
    }

    private func writeSource(
        _ row: BatchRow, into writer: inout ByteWriter, _ partition: StaticString, _ offset: StaticString
    ) {
        writer.append(quoted: batch.arena.bytes(batch.topics[row.source]))
        writer.append(literal: ",\"")
        writer.append(literal: partition)
        writer.append(literal: "\":")
        writer.append(decimal: Int64(batch.sources[row.source].partition))
        writer.append(literal: ",\"")
        writer.append(literal: offset)
        writer.append(literal: "\":")
        writer.append(decimal: row.offset)
    }
}
