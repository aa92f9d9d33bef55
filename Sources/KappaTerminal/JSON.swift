import KappaCore

/// Writes JSON, exactly and without spaces.
package enum JSON {
    package static func object(_ columns: [Column], _ cells: [Cell]) -> String {
        "{" + zip(columns, cells).map { "\(string($0.name)):\(value($1))" }.joined(separator: ",") + "}"
    }

    package static func value(_ cell: Cell) -> String {
        switch cell {
        case .text(let text), .styled(let text, _): string(text)
        case .integer(let value): String(value)
        case .number(let value): value.isFinite ? "\(value)" : "null"
        case .bool(let value): value ? "true" : "false"
        case .time(let time): string(time.rfc3339)
        case .duration(let duration): String(duration.wholeMilliseconds)
        case .bytes(let count): String(count.bytes)
        case .list(let words): "[" + words.map(string).joined(separator: ",") + "]"
        case .absent: "null"
        }
    }

    package static func string(_ text: String) -> String {
        var writer = ByteWriter(capacity: text.utf8.count + 16)
        writer.append(quoted: text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
