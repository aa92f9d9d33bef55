import CZlib
import KappaHTTP

/// A workbook as Excel reads it (ECMA-376), written while it is sent: the sheet is stored in the archive as it comes,
/// its length and checksum after it (a "data descriptor" of the ZIP format).
final class XLSXSink: RowSink {
    private struct Entry {
        var name: String
        var checksum: UInt32
        var length: UInt32
        var offset: UInt32
    }

    /// An archive of this kind ends at 4 GiB.
    struct TooLong: Error {}

    private let pipe: BodyPipe
    private var entries: [Entry] = []
    private var written: UInt32 = 0
    private var bytes: [UInt8] = []
    private var sheet = 0
    private var rows = 0
    private var names: [String] = []
    private var checksum: UInt = 0
    private var length: UInt32 = 0
    private var begin: UInt32 = 0

    /// A sheet has no more rows; what follows goes to the next.
    static let mostRows = 1_048_576

    init(_ pipe: BodyPipe) { self.pipe = pipe }

    func head(_ names: [String]) throws {
        self.names = names
        try openSheet()
    }

    func row(_ cells: [DataCell]) throws {
        if rows >= XLSXSink.mostRows {
            try closeSheet()
            try openSheet()
        }
        rows += 1
        var xml = "<row>"
        for cell in cells { xml += XLSXSink.xml(cell) }
        try put(xml + "</row>")
    }

    func finish() throws {
        try closeSheet()
        let sheets = 1...sheet
        let types = sheets.map {
            "<Override PartName=\"/xl/worksheets/sheet\($0).xml\" ContentType=\"\(XLSXSink.type).worksheet+xml\"/>"
        }
        try whole(
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" "
                + "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" "
                + "ContentType=\"\(XLSXSink.type).sheet.main+xml\"/><Override PartName=\"/xl/styles.xml\" "
                + "ContentType=\"\(XLSXSink.type).styles+xml\"/>\(types.joined())</Types>")
        let package = "http://schemas.openxmlformats.org/package/2006/relationships"
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        try whole(
            "_rels/.rels",
            "<Relationships xmlns=\"\(package)\"><Relationship Id=\"r1\" Type=\"\(office)/officeDocument\" "
                + "Target=\"xl/workbook.xml\"/></Relationships>")
        let links = sheets.map {
            "<Relationship Id=\"r\($0)\" Type=\"\(office)/worksheet\" Target=\"worksheets/sheet\($0).xml\"/>"
        }
        try whole(
            "xl/_rels/workbook.xml.rels",
            "<Relationships xmlns=\"\(package)\">\(links.joined())<Relationship Id=\"s\" Type=\"\(office)/styles\" "
                + "Target=\"styles.xml\"/></Relationships>")
        let list = sheets.map { "<sheet name=\"kappa \($0)\" sheetId=\"\($0)\" r:id=\"r\($0)\"/>" }
        try whole(
            "xl/workbook.xml",
            "<workbook xmlns=\"\(XLSXSink.main)\" xmlns:r=\"\(office)\"><sheets>\(list.joined())</sheets></workbook>")
        try whole(
            "xl/styles.xml",
            "<styleSheet xmlns=\"\(XLSXSink.main)\"><numFmts count=\"1\"><numFmt numFmtId=\"164\" "
                + "formatCode=\"yyyy\\-mm\\-dd hh:mm:ss\"/></numFmts><fonts count=\"2\"><font/><font><b/></font></fonts>"
                + "<fills count=\"1\"><fill/></fills><borders count=\"1\"><border/></borders><cellStyleXfs count=\"1\"><xf/>"
                + "</cellStyleXfs><cellXfs count=\"3\"><xf/><xf numFmtId=\"164\" applyNumberFormat=\"1\"/>"
                + "<xf fontId=\"1\" applyFont=\"1\"/></cellXfs></styleSheet>")
        try closeArchive()
    }

    private static let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    private static let type = "application/vnd.openxmlformats-officedocument.spreadsheetml"

    private static func xml(_ cell: DataCell, style: Int? = nil) -> String {
        switch cell {
        case .empty: "<c/>"
        case .number(let value): value.isFinite ? "<c><v>\(value)</v></c>" : "<c/>"
        case .whole(let value): "<c><v>\(value)</v></c>"
        // Days since the last of 1899, which is where Excel's calendar begins for all but its first two months.
        case .time(let value): "<c s=\"1\"><v>\(Double(value) / 86_400_000 + 25_569)</v></c>"
        case .text(let text):
            "<c t=\"inlineStr\"\(style.map { " s=\"\($0)\"" } ?? "")><is><t xml:space=\"preserve\">\(escaped(text))</t></is></c>"
        }
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            // XML 1.0 has no other control characters, not even escaped.
            case _ where scalar.value < 0x20 && scalar != "\t" && scalar != "\n": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    // MARK: Sheets

    private func openSheet() throws {
        sheet += 1
        rows = 1
        try open("xl/worksheets/sheet\(sheet).xml")
        try put(
            "<worksheet xmlns=\"\(XLSXSink.main)\"><sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" "
                + "topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews>"
                + "<cols><col min=\"1\" max=\"\(max(1, names.count))\" width=\"20\"/></cols><sheetData><row>")
        for name in names { try put(XLSXSink.xml(.text(name), style: 2)) }
        try put("</row>")
    }

    private func closeSheet() throws {
        try put("</sheetData></worksheet>")
        try close()
    }

    // MARK: The archive

    private func whole(_ name: String, _ xml: String) throws {
        try open(name)
        try put("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + xml)
        try close()
    }

    private func open(_ name: String) throws {
        (checksum, length) = (crc32(0, nil, 0), 0)
        begin = written + UInt32(bytes.count)
        // Signature, version 2.0, a descriptor follows and names are UTF-8, stored, 1980-01-01.
        bytes += XLSXSink.little(0x0403_4B50) + XLSXSink.little16([20, 0x0808, 0, 0, 33])
        bytes += XLSXSink.little(0) + XLSXSink.little(0) + XLSXSink.little(0)
        bytes += XLSXSink.little16([UInt16(name.utf8.count), 0]) + Array(name.utf8)
        entries.append(Entry(name: name, checksum: 0, length: 0, offset: begin))
    }

    private func put(_ text: String) throws {
        let piece = Array(text.utf8)
        guard written < 0xE000_0000 else { throw TooLong() }
        checksum = crc32(checksum, piece, UInt32(piece.count))
        length += UInt32(piece.count)
        bytes += piece
        if bytes.count > 65_536 { try flush() }
    }

    private func close() throws {
        entries[entries.count - 1].checksum = UInt32(truncatingIfNeeded: checksum)
        entries[entries.count - 1].length = length
        let sum = XLSXSink.little(UInt32(truncatingIfNeeded: checksum))
        bytes += XLSXSink.little(0x0807_4B50) + sum + XLSXSink.little(length) + XLSXSink.little(length)
        try flush()
    }

    private func closeArchive() throws {
        let start = written
        for entry in entries {
            bytes += XLSXSink.little(0x0201_4B50) + XLSXSink.little16([20, 20, 0x0808, 0, 0, 33])
            bytes += XLSXSink.little(entry.checksum) + XLSXSink.little(entry.length) + XLSXSink.little(entry.length)
            bytes += XLSXSink.little16([UInt16(entry.name.utf8.count), 0, 0, 0, 0])
            bytes += XLSXSink.little(0) + XLSXSink.little(entry.offset) + Array(entry.name.utf8)
        }
        let size = UInt32(bytes.count)
        let count = UInt16(entries.count)
        bytes += XLSXSink.little(0x0605_4B50) + XLSXSink.little16([0, 0, count, count])
        bytes += XLSXSink.little(size) + XLSXSink.little(start) + XLSXSink.little16([0])
        try flush()
    }

    private func flush() throws {
        written += UInt32(bytes.count)
        guard pipe.write(bytes) else { throw ReaderLeft() }
        bytes.removeAll(keepingCapacity: true)
    }

    private static func little(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func little16(_ values: [UInt16]) -> [UInt8] {
        values.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    }
}
