package import KappaCore

/// Text with places to fill in: `{value}`, `{key}`, `{offset}`, `{timestamp}`, `{.name.first}` for a field of a JSON
/// value, and `{{` for a brace.
package struct Template: Sendable {
    private enum Piece: Sendable {
        case text(String)
        case value
        case key
        case offset
        case timestamp
        case field(FieldPath)
    }

    package let text: String
    private var pieces: [Piece] = []

    package init(_ text: String) throws(WordError) {
        self.text = text
        var plain = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            if (character == "{" || character == "}") && rest.first == character {
                rest.removeFirst()
                plain.append(character)
            } else if character == "{" {
                guard let end = rest.firstIndex(of: "}") else {
                    throw WordError("'\(text)': a '{' has no '}' (a brace itself is written '{{')")
                }
                if !plain.isEmpty { pieces.append(.text(plain)) }
                plain = ""
                pieces.append(try Template.piece(rest[..<end]))
                rest = rest[rest.index(after: end)...]
            } else {
                plain.append(character)
            }
        }
        if !plain.isEmpty { pieces.append(.text(plain)) }
    }

    private static func piece(_ name: Substring) throws(WordError) -> Piece {
        switch name {
        case "value": return .value
        case "key": return .key
        case "offset": return .offset
        case "timestamp": return .timestamp
        default:
            guard name.hasPrefix("."), let path = FieldPath(name.dropFirst()) else {
                let known = "{value}, {key}, {offset}, {timestamp} or {.field}"
                throw WordError("'{\(name)}' is not \(known)")
            }
            return .field(path)
        }
    }

    var readsFields: Bool {
        pieces.contains { if case .field = $0 { true } else { false } }
    }

    func fill(_ record: SourceRecord, _ value: JSONValue, to writer: inout ByteWriter) {
        for piece in pieces {
            switch piece {
            case .text(let text): writer.append(text: text)
            case .value: if let value = record.value { writer.append(value) }
            case .key: if let key = record.key { writer.append(key) }
            case .offset: writer.append(decimal: record.offset)
            case .timestamp: writer.append(time: Timestamp(milliseconds: record.timestamp))
            case .field(let path):
                let field = path.find(in: value)
                if field.kind == .string { writer.append(decoded: field) } else { writer.append(field.raw) }
            }
        }
    }
}
