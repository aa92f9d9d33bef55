package import KappaCore

/// A column of a table: the name that programs read, the title that people read.
package struct Column: Sendable {
    package enum Alignment: Sendable { case left, right }

    /// `snake_case`, stable: the JSON field and the CSV header.
    package let name: String
    package let title: String
    package let alignment: Alignment
    /// The least width in a streamed table.
    package let minimum: Int
    /// Whether its text may be cut where the terminal is too narrow.
    package let canShrink: Bool

    package init(
        _ name: String, title: String? = nil, align alignment: Alignment = .left, minimum: Int = 0,
        canShrink: Bool = true
    ) {
        self.name = name
        self.title = title ?? name.split(separator: "_").joined(separator: " ").uppercased()
        self.alignment = alignment
        self.minimum = minimum
        self.canShrink = canShrink
    }
}

/// One value of a row. Programs get the exact value, people a readable one.
package enum Cell: Sendable, Equatable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case text(String)
    case integer(Int64)
    case number(Double)
    case bool(Bool)
    case time(Timestamp)
    /// Milliseconds for programs, `10s` for people.
    case duration(Duration)
    case bytes(ByteCount)
    case list([String])
    case absent
    /// A text with a colour, where there are colours.
    case styled(String, Style)

    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package static func integer(_ value: Int) -> Cell { .integer(Int64(value)) }
    package static func integer(_ value: Int32) -> Cell { .integer(Int64(value)) }
    package static func optional(_ text: String?) -> Cell { text.map(Cell.text) ?? .absent }

    /// For people.
    package func text(_ terminal: Terminal) -> String {
        switch self {
        case .text(let text): Terminal.printable(text)
        case .integer(let value): String(value)
        case .number(let value): Cell.short(value)
        case .bool(let value): value ? "yes" : "no"
        case .time(let time): time.rfc3339
        case .duration(let duration): duration.word
        case .bytes(let count): count.description
        case .list(let words): words.isEmpty ? "-" : Terminal.printable(words.joined(separator: ","))
        case .absent: "-"
        case .styled(let text, let style): terminal.style(Terminal.printable(text), style)
        }
    }

    /// Three decimals, or of a small number three digits, without zeros at the end.
    static func short(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        var scale = 1000.0
        while value != 0, abs(value) * scale < 100, scale < 1e15 { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() ? String(Int64(rounded)) : "\(rounded)"
    }
}
