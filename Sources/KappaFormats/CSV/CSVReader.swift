import Glibc
import KappaCore

/// Makes a JSON object of each row of a CSV text that is handed in piece by piece.
package struct CSVReader: ~Copyable {
    /// What is borrowed stays as it is until `settled`.
    package enum Event {
        case record(value: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer?, line: Int)
        /// The line that makes none, and why.
        case bad(piece: UnsafeRawBufferPointer, line: Int, why: String)
        /// Everything borrowed before this goes.
        case settled
    }

    private struct Made {
        var value: Range<Int>
        var key: Range<Int>?
        var line: Int
    }

    /// So many records are made before they are given out; it is also what a producer takes at once.
    private static let batch = 1000

    private let settings: CSVSettings
    private var cutter: CSVCutter
    private var writer: CSVRowWriter?
    private var columns = 0
    private var skipped = 0
    /// The line that comes next, as an editor counts.
    private var line = 1
    private var text = ByteWriter(capacity: 1 << 18)
    private var made: [Made] = []

    package init(_ settings: CSVSettings) throws(CSVHeaderFault) {
        self.settings = settings
        cutter = CSVCutter(delimiter: settings.delimiter)
        made.reserveCapacity(CSVReader.batch)
        if let names = settings.names { try begin(names) }
    }

    /// Takes as many whole rows as `bytes` hold and says how many bytes they were.
    package mutating func take(
        _ bytes: UnsafeRawBufferPointer, isAtEnd: Bool, _ body: (Event) throws -> Void
    ) throws -> Int {
        var here = 0
        while here < bytes.count {
            if skipped < settings.skippedLines {
                guard let next = skipLine(bytes, here, isAtEnd) else { break }
                here = next
                continue
            }
            switch cutter.cut(bytes, from: here, isAtEnd: isAtEnd) {
            case .incomplete:
                try giveOut(body)
                return here
            case .whole(let end, let lines):
                try take(UnsafeRawBufferPointer(rebasing: bytes[here..<end]), body)
                (here, line) = (end, line + lines)
            case .bad(let why):
                // Only its own line is lost, whatever a stray quote would have swallowed.
                let end = CSVReader.lineEnd(bytes, here)
                if bytes[end - 1] != UInt8(ascii: "\n"), !isAtEnd, end - here <= CSVCutter.longestRow {
                    try giveOut(body)
                    return here
                }
                try spoil(UnsafeRawBufferPointer(rebasing: bytes[here..<end]), why, body)
                (here, line) = (end, line + 1)
            }
        }
        try giveOut(body)
        return here
    }

    private mutating func skipLine(_ bytes: UnsafeRawBufferPointer, _ here: Int, _ isAtEnd: Bool) -> Int? {
        let end = CSVReader.lineEnd(bytes, here)
        guard isAtEnd || bytes[end - 1] == UInt8(ascii: "\n") else { return nil }
        (skipped, line) = (skipped + 1, line + 1)
        return end
    }

    private static func lineEnd(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        let base = bytes.baseAddress!
        guard let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start) else {
            return bytes.count
        }
        return UnsafeRawPointer(found) - base + 1
    }

    /// Takes the row that has been cut.
    private mutating func take(_ row: UnsafeRawBufferPointer, _ body: (Event) throws -> Void) throws {
        if cutter.count == 1, isBlankLine(cutter[0]) { return }
        guard writer != nil else { return try begin(try header()) }
        guard cutter.count == columns else {
            let fields = cutter.count == 1 ? "1 field" : "\(cutter.count) fields"
            return try spoil(row, "\(fields), where the header has \(columns)", body)
        }
        let start = text.count
        do {
            let key = try writer!.write(cutter, into: &text)
            made.append(Made(value: start..<(key?.lowerBound ?? text.count), key: key, line: line))
        } catch {
            text.truncate(to: start)
            return try spoil(row, error.message, body)
        }
        if made.count == CSVReader.batch { try giveOut(body) }
    }

    /// A line of blanks is a row only of a table with one column.
    private func isBlankLine(_ field: CSVField) -> Bool {
        guard !field.traits.contains(.quoted) else { return false }
        return field.bytes.isEmpty || (columns != 1 && field.bytes.trimmingBlanks.isEmpty)
    }

    private mutating func giveOut(_ body: (Event) throws -> Void) throws {
        guard !made.isEmpty else { return }
        for record in made {
            try body(
                .record(value: text.bytes(record.value), key: record.key.map { text.bytes($0) }, line: record.line))
        }
        try body(.settled)
        made.removeAll(keepingCapacity: true)
        text.removeAll()
    }

    /// What stands before the line goes out first.
    private mutating func spoil(
        _ row: UnsafeRawBufferPointer, _ why: String, _ body: (Event) throws -> Void
    ) throws {
        try giveOut(body)
        var piece = row
        while let last = piece.last, last == 10 || last == 13 {
            piece = UnsafeRawBufferPointer(rebasing: piece.dropLast())
        }
        try body(.bad(piece: piece, line: line, why: why))
    }

    private func header() throws(CSVHeaderFault) -> [String] {
        var names: [String] = []
        for index in 0..<cutter.count {
            var plain = ByteWriter()
            guard settings.encoding.decode(cutter[index], into: &plain) else {
                throw CSVHeaderFault(
                    "line \(line): the header is not UTF-8", hint: "--csv-encoding windows-1252 may read it")
            }
            let name = ForeignText.line(String(decoding: plain.bytes, as: UTF8.self))
            names.append(cutter[index].traits.contains(.quoted) ? name : name.trimmingBlanks)
        }
        if names.count == 1, !cutter[0].traits.contains(.quoted),
            let other = ([";", "\t", ",", "|"] as [Character]).first(where: { names[0].contains($0) })
        {
            throw CSVHeaderFault(
                "line \(line): the header is one field, '\(names[0])'",
                hint: "--csv-delimiter '\(other == "\t" ? "\\t" : String(other))' would cut it")
        }
        return names
    }

    private mutating func begin(_ names: [String]) throws(CSVHeaderFault) {
        writer = try CSVRowWriter(names, settings)
        columns = names.count
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        var rest = self[...]
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
