/// The way to a field inside nested objects and arrays: `login.uuid`, `items.0.reading`.
package struct FieldPath: Hashable, Sendable, CustomStringConvertible {
    package var components: [String]

    /// Nil for an empty path or an empty step in it.
    package init?(_ text: some StringProtocol) {
        components = text.split(separator: Character("."), maxSplits: .max, omittingEmptySubsequences: false).map {
            String($0)
        }
        guard components.allSatisfy({ !$0.isEmpty }) else { return nil }
    }

    package var description: String { components.joined(separator: ".") }

    /// The field in a checked value, `.absent` where a step leads nowhere.
    package func find(in value: JSONValue) -> JSONValue {
        var value = value
        for component in components {
            value = value.member(component)
        }
        return value
    }
}

extension JSONValue {
    /// The named field of an object, or the item of an array at a position; the last of several with the same name.
    package func member(_ name: String) -> JSONValue {
        switch kind {
        case .object: field(name)
        case .array: Int(name).map(item) ?? .absent
        default: .absent
        }
    }

    private func item(_ position: Int) -> JSONValue {
        var items = JSONItems(self)
        var index = 0
        while let item = items.next() {
            if index == position { return item }
            index += 1
        }
        return .absent
    }

    private func field(_ name: String) -> JSONValue {
        var found = JSONValue.absent
        try? forEachField { key, value in
            if key.says(name) { found = value }
        }
        return found
    }

    /// Calls the body with each name (a string value) and value of an object, in their order.
    package func forEachField(_ body: (JSONValue, JSONValue) -> Void) throws(JSONFault) {
        guard kind == .object, let start else { return }
        var cursor = JSONCursor(start + 1)
        cursor.skipSpace()
        guard !cursor.take("}") else { return }
        while true {
            let key = try cursor.skipValue()
            try cursor.skipColon()
            body(key, try cursor.skipValue())
            if try !cursor.skipComma(or: "}") { return }
        }
    }

    /// Whether a string, decoded, is this text.
    package func says(_ text: String) -> Bool {
        guard kind == .string else { return false }
        guard isEscaped else { return content.elementsEqual(text.utf8) }
        return self.text == text
    }
}
