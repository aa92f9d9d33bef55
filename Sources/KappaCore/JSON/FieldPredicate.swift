/// A test of one field, as `--where` gives it: `reading > 100`, `instrument = piezometer`, `name.first ~ 'An'`.
///
/// A number is compared as a number, and what is no number is neither more nor less than one; in quotes, and where the
/// test names no number, everything is compared as text. RFC 3339 times in UTC therefore compare as times. A field that
/// is missing or null satisfies nothing but `= null`.
package struct FieldPredicate: Sendable, CustomStringConvertible {
    package enum Comparison: String, CaseIterable, Sendable {
        case notEqual = "!="
        case atMost = "<="
        case atLeast = ">="
        case equal = "="
        case less = "<"
        case greater = ">"
        case contains = "~"
    }

    package let path: FieldPath
    package let comparison: Comparison
    package let operand: String
    private let number: Double?

    package init(_ expression: String) throws(WordError) {
        let wrong = WordError(
            "'\(expression)' is not a test such as 'reading > 100' or 'instrument = piezometer'")
        guard let (comparison, field, operand) = FieldPredicate.split(expression),
            let path = FieldPath(FieldPredicate.trim(field))
        else { throw wrong }
        self.path = path
        self.comparison = comparison
        let trimmed = FieldPredicate.trim(operand)
        guard !trimmed.isEmpty else { throw wrong }
        let isQuoted =
            trimmed.count >= 2 && trimmed.first == trimmed.last && (trimmed.first == "'" || trimmed.first == "\"")
        self.operand = isQuoted ? String(trimmed.dropFirst().dropLast()) : String(trimmed)
        number = isQuoted ? nil : Double(trimmed).flatMap { $0.isFinite ? $0 : nil }
    }

    package var description: String { "\(path) \(comparison.rawValue) \(operand)" }

    /// At the first place where an operator stands, the longest one; `==` is taken for `=`.
    private static func split(_ text: String) -> (Comparison, Substring, Substring)? {
        for index in text.indices {
            let rest = text[index...]
            guard let found = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }) else { continue }
            let width = rest.hasPrefix("==") ? 2 : found.rawValue.count
            return (found, text[..<index], rest.dropFirst(width))
        }
        return nil
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }

    /// Whether the field of a checked record passes.
    package func accepts(_ record: JSONValue) -> Bool {
        let value = path.find(in: record)
        switch value.kind {
        case .absent: return false
        case .null: return comparison == .equal && operand == "null"
        case .number:
            guard let number, let field = value.double else { return accepts(text: value.text) }
            return comparison == .contains ? accepts(text: value.text) : accepts(order(field, number))
        default: return accepts(word: value.text)
        }
    }

    /// Whether the test is for more or less than a number, which no other text passes.
    package var ordersNumbers: Bool {
        switch comparison {
        case .less, .atMost, .greater, .atLeast: number != nil
        case .equal, .notEqual, .contains: false
        }
    }

    private func accepts(word: String) -> Bool {
        guard let number, ordersNumbers else { return accepts(text: word) }
        guard let field = Double(word), field.isFinite else { return false }
        return accepts(order(field, number))
    }

    private func accepts(text: String) -> Bool {
        guard comparison != .contains else { return FieldPredicate.holds(Array(text.utf8), Array(operand.utf8)) }
        let left = Array(text.utf8)
        let right = Array(operand.utf8)
        return accepts(left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1)
    }

    private static func holds(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard !part.isEmpty, part.count <= text.count else { return part.isEmpty }
        return (0...(text.count - part.count)).contains { text[$0..<($0 + part.count)].elementsEqual(part) }
    }

    private func order(_ left: Double, _ right: Double) -> Int { left == right ? 0 : left < right ? -1 : 1 }

    private func accepts(_ order: Int) -> Bool {
        switch comparison {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .atMost: order <= 0
        case .greater: order > 0
        case .atLeast: order >= 0
        case .contains: false
        }
    }
}

/// Tests single records outside the hot paths: loads, checks and compares in one call.
package struct RecordFilter: ~Copyable {
    package let predicates: [FieldPredicate]
    private var buffer = JSONBuffer()

    package init(_ predicates: [FieldPredicate]) { self.predicates = predicates }

    /// False also for a record that is not JSON.
    package mutating func accepts(_ bytes: UnsafeRawBufferPointer) -> Bool {
        buffer.load(bytes)
        guard let record = try? JSONValue(checking: buffer) else { return false }
        return predicates.allSatisfy { $0.accepts(record) }
    }
}

extension JSONValue {
    /// The whole text as one value, or why it is not JSON.
    package init(checking buffer: borrowing JSONBuffer) throws(JSONFault) {
        var reader = JSONFieldReader(fields: [])
        self.init(whole: buffer.bytes, kind: try reader.read(buffer))
    }

    /// The whole of a text that has been checked, with the spaces after it.
    package init(whole text: UnsafeRawBufferPointer, kind: JSONKind) {
        guard let start = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
            self = .absent
            return
        }
        var cursor = JSONCursor(start)
        cursor.skipSpace()
        let length = UInt32(truncatingIfNeeded: text.count - (cursor.here - start))
        self.init(start: cursor.here, length: length, kind: kind, isEscaped: false)
        // A string's end is where its quote is; nothing else minds the spaces.
        if kind == .string || kind == .number { self = (try? cursor.skipValue()) ?? .absent }
    }
}
