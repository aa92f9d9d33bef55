import KappaCore

/// An answer's JSON, checked as a whole; its values live as long as it does.
final class JSONDocument {
    private let buffer: JSONBuffer
    let root: JSONValue

    init?(_ bytes: [UInt8]) {
        var buffer = JSONBuffer(capacity: bytes.count)
        bytes.withUnsafeBytes { buffer.load($0) }
        guard let value = try? JSONValue(checking: buffer) else { return nil }
        root = value
        self.buffer = consume buffer
    }
}

extension JSONValue {
    /// A whole number with all its digits, which a double may not have.
    var whole: Int64? {
        guard kind == .number else { return nil }
        var value: Int64 = 0
        var digits = raw[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else {
                return double.flatMap { Int64(exactly: $0) }
            }
            let (product, isOver) = value.multipliedReportingOverflow(by: 10)
            let (sum, isBeyond) = product.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            guard !isOver, !isBeyond else { return nil }
            value = sum
        }
        return isNegative ? -value : value
    }
}

/// JSON that is kept: what is sent and answered now and then.
indirect enum JSONTree: Sendable {
    case text(String)
    case whole(Int64)
    case real(Double)
    case flag(Bool)
    case null
    case list([JSONTree])
    case object([(String, JSONTree)])
    /// JSON as it is.
    case raw([UInt8])

    static func one(_ name: String, _ value: JSONTree) -> JSONTree { .object([(name, value)]) }

    func write(into writer: inout ByteWriter) {
        switch self {
        case .text(let text): writer.append(quoted: text)
        case .whole(let value): writer.append(decimal: value)
        case .real(let value): writer.append(number: value)
        case .flag(let value): writer.append(literal: value ? "true" : "false")
        case .null: writer.append(literal: "null")
        case .raw(let bytes): bytes.withUnsafeBytes { writer.append($0) }
        case .list(let items):
            writer.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { writer.append(UInt8(ascii: ",")) }
                item.write(into: &writer)
            }
            writer.append(UInt8(ascii: "]"))
        case .object(let fields):
            writer.append(UInt8(ascii: "{"))
            for (index, (name, value)) in fields.enumerated() {
                if index > 0 { writer.append(UInt8(ascii: ",")) }
                writer.append(quoted: name)
                writer.append(UInt8(ascii: ":"))
                value.write(into: &writer)
            }
            writer.append(UInt8(ascii: "}"))
        }
    }

    init(_ value: JSONValue) {
        switch value.kind {
        case .absent, .null: self = .null
        case .true: self = .flag(true)
        case .false: self = .flag(false)
        case .string: self = .text(value.text)
        case .number: self = value.whole.map { .whole($0) } ?? .real(value.double ?? 0)
        case .array:
            var items = JSONItems(value)
            var all: [JSONTree] = []
            while let item = items.next() { all.append(JSONTree(item)) }
            self = .list(all)
        case .object:
            var fields: [(String, JSONTree)] = []
            try? value.forEachField { name, value in fields.append((name.text, JSONTree(value))) }
            self = .object(fields)
        }
    }

    var bytes: [UInt8] {
        var writer = ByteWriter()
        write(into: &writer)
        return Array(writer.bytes)
    }
}

extension JSONTree {
    /// A field of an object; null where there is none.
    func member(_ name: String) -> JSONTree { fields.first { $0.name == name }?.value ?? .null }

    var fields: [(name: String, value: JSONTree)] {
        if case .object(let fields) = self { fields.map { ($0.0, $0.1) } } else { [] }
    }
    var fieldNames: [String] { fields.map(\.name) }
    var items: [JSONTree] { if case .list(let items) = self { items } else { [] } }
    var string: String? { if case .text(let text) = self { text } else { nil } }
    var whole: Int64? { if case .whole(let value) = self { value } else { nil } }
    var isTrue: Bool { if case .flag(true) = self { true } else { false } }
    var isObject: Bool { if case .object = self { true } else { false } }
}

extension JSONTree: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral value: Int64) { self = .whole(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
    init(arrayLiteral items: JSONTree...) { self = .list(items) }
    init(dictionaryLiteral fields: (String, JSONTree)...) { self = .object(fields) }
}
