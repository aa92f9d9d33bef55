package import KappaCore

/// Fields picked out of nested JSON, renamed and, where that is wished, of a type:
///
///     id=login.uuid:text,age:whole?,email
///
/// Without a name of its own a field is called by its path, joined by `_`. Without a type it is whatever comes, and
/// null where it is not there. What is not of its type makes its record a dead letter.
package struct Selection: Sendable {
    struct Field: Sendable {
        let name: String
        let path: FieldPath
        /// nil takes whatever comes.
        let kind: ResultField.Kind?
        /// A field with a type may be missing or null.
        let isOptional: Bool

        init(_ word: Substring) throws(WordError) {
            let parts = word.split(separator: Character("="), maxSplits: 1, omittingEmptySubsequences: false)
            var rest = parts[parts.count - 1]
            var kind: ResultField.Kind?
            let hasMark = rest.hasSuffix("?")
            if let colon = rest.lastIndex(of: ":") {
                kind = try Field.kind(
                    hasMark ? rest[colon...].dropFirst().dropLast() : rest[colon...].dropFirst(), word)
                rest = rest[..<colon]
            }
            guard let path = FieldPath(rest), parts[0] != "" else {
                throw WordError("'\(word)' is not a field such as name.first, id=login.uuid or age:whole?")
            }
            self.path = path
            self.kind = kind
            isOptional = kind != nil && hasMark
            name = parts.count == 2 ? String(parts[0]) : path.components.joined(separator: "_")
        }

        /// `string` is the word for a text where `process` reads fields.
        private static func kind(_ text: Substring, _ word: Substring) throws(WordError) -> ResultField.Kind {
            if text == "string" { return .text }
            guard let kind = ResultField.Kind(rawValue: String(text)) else {
                let known = ResultField.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw WordError("'\(word)': a field is of type \(known), not '\(text)'")
            }
            return kind
        }
    }

    package let text: String
    private let fields: [Field]
    private let isTyped: Bool

    package init(_ text: String) throws(WordError) {
        self.text = text
        var fields: [Field] = []
        for word in text.split(separator: Character(","), maxSplits: .max, omittingEmptySubsequences: false) {
            let field = try Field(word)
            guard !fields.contains(where: { $0.name == field.name }) else {
                throw WordError("'\(field.name)' is selected twice; NAME=PATH gives one of them another name")
            }
            fields.append(field)
        }
        self.fields = fields
        isTyped = fields.contains { $0.kind != nil }
    }

    /// What the results are. The first time that is always there is the time of the result.
    var schema: ResultSchema {
        var hasTime = false
        return ResultSchema(
            distinct: fields.map { field in
                guard let kind = field.kind else { return ResultField(field.name, .any) }
                let isRequired = !field.isOptional && kind != .any
                let isTime = kind == .time && isRequired && !hasTime
                if isTime { hasTime = true }
                return ResultField(field.name, kind, isRequired: isRequired, role: isTime ? .time : nil)
            })
    }

    /// What is wrong with a field that has a type, the first of them; nil where nothing is.
    func fault(of value: JSONValue) -> Rejection? {
        guard isTyped else { return nil }
        for field in fields {
            guard let kind = field.kind else { continue }
            let found = field.path.find(in: value)
            if let reason = Selection.fault(of: found, kind, isOptional: field.isOptional || kind == .any) {
                return Rejection(reason, field: "\(field.path)")
            }
        }
        return nil
    }

    private static func fault(
        of value: JSONValue, _ kind: ResultField.Kind, isOptional: Bool
    ) -> Rejection.Reason? {
        switch (value.kind, kind) {
        case (.absent, _): isOptional ? nil : .missing
        case (.null, _): isOptional ? nil : .null
        case (_, .any), (.string, .text): nil
        case (.number, .number): value.double == nil ? .wrongType : nil
        case (.number, .whole): value.double.flatMap { Int64(exactly: $0) } == nil ? .wrongType : nil
        case (.string, .time): Timestamp(rfc3339: value.content) == nil ? .badTime : nil
        default: .wrongType
        }
    }

    /// A field that is not there becomes null.
    func write(_ value: JSONValue, to writer: inout ByteWriter) {
        for (index, field) in fields.enumerated() {
            writer.append(UInt8(ascii: index == 0 ? "{" : ","))
            writer.append(quoted: field.name)
            writer.append(literal: ":")
            let found = field.path.find(in: value)
            if found.kind == .absent { writer.append(literal: "null") } else { writer.append(found.raw) }
        }
        writer.append(literal: "}")
    }
}
