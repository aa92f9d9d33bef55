/// The form in which a schema travels: `NAME KIND FLAG…` for each field, with commas between them. Names and units keep
/// letters, digits and `_ . -`, everything else is written as in a URL.
extension ResultSchema {
    package var text: String {
        fields.map { field in
            var words = [ResultSchema.escaped(field.name), field.kind.rawValue]
            if field.isKey { words.append("key") } else if field.isRequired { words.append("required") }
            if let role = field.role { words.append(role.rawValue) }
            if field.isLater { words.append("later") }
            if let unit = field.unit { words.append("unit=\(ResultSchema.escaped(unit))") }
            if field.column != ResultField.column(for: field.name) { words.append("column=\(field.column)") }
            return words.joined(separator: " ")
        }.joined(separator: ",")
    }

    /// nil for a text that is no schema. Words that are not known are left out: they are of a later version.
    package init?(text: String) {
        var fields: [ResultField] = []
        for part in text.split(separator: Character(","), omittingEmptySubsequences: false) {
            guard let field = ResultField(words: part.split(separator: Character(" ")).map(String.init)) else {
                return nil
            }
            fields.append(field)
        }
        let names = Set(fields.map(\.name))
        guard names.count == fields.count, Set(fields.map(\.column)).count == fields.count, fields.count <= 500 else {
            return nil
        }
        self.init(fields: fields)
    }

    fileprivate static func escaped(_ name: String) -> String {
        name.utf8.reduce(into: "") { text, byte in
            if isPlain(byte) {
                text.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    fileprivate static func plain(_ word: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(word.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard rest.count >= 2, let value = UInt8(digits, radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension ResultField {
    fileprivate init?(words: [String]) {
        guard words.count >= 2, let name = ResultSchema.plain(words[0]), !name.isEmpty,
            let kind = Kind(rawValue: words[1])
        else { return nil }
        self.init(name, kind)
        for word in words.dropFirst(2) {
            if word == "key" { (isKey, isRequired) = (true, true) }
            if word == "required" { isRequired = true }
            if word == "later" { isLater = true }
            if let role = Role(rawValue: word) { self.role = role }
            if word.hasPrefix("unit=") { unit = ResultSchema.plain(String(word.dropFirst(5))) }
            if word.hasPrefix("column=") { column = ResultField.column(for: String(word.dropFirst(7))) }
        }
    }
}

/// One schema and another, brought together.
extension ResultSchema {
    package enum Meeting: Equatable, Sendable {
        /// All fields of the other one are here already.
        case same
        /// With these fields more, what both of them give has a place.
        case wider(ResultSchema, added: [ResultField])
        /// Results of the two are not rows of one table.
        case apart(String)
    }

    /// What becomes of this schema when results of another one come to it.
    package func meet(_ other: ResultSchema) -> Meeting {
        guard key.map(\.name) == other.key.map(\.name) else {
            return .apart("their key is \(ResultSchema.list(other.key)), and not \(ResultSchema.list(key))")
        }
        var added: [ResultField] = []
        for var field in other.fields {
            if let mine = fields.first(where: { $0.name == field.name }) {
                guard mine.kind == field.kind else {
                    return .apart("their '\(field.name)' is a \(field.kind.rawValue), and not a \(mine.kind.rawValue)")
                }
            } else if fields.contains(where: { $0.column == field.column }) {
                return .apart("their '\(field.name)' would be a second column '\(field.column)'")
            } else {
                // Older rows are without it.
                (field.isRequired, field.isLater, field.role) = (false, true, nil)
                added.append(field)
            }
        }
        if let missing = fields.first(where: { $0.isRequired && !other.fields.map(\.name).contains($0.name) }) {
            return .apart("they have no '\(missing.name)', which every row needs")
        }
        return added.isEmpty ? .same : .wider(ResultSchema(fields: fields + added), added: added)
    }

    private static func list(_ fields: [ResultField]) -> String {
        fields.isEmpty ? "their place in the topic" : fields.map(\.name).joined(separator: ", ")
    }
}
