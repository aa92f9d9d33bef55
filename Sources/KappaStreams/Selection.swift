package import KappaCore

/// Fields picked out of nested JSON and renamed: `id=login.uuid,name.first,email`. Without a name of its own a field is
/// called by its path, joined by `_`.
package struct Selection: Sendable {
    package let text: String
    private var fields: [(name: String, path: FieldPath)] = []

    package init(_ text: String) throws(WordError) {
        self.text = text
        for word in text.split(separator: Character(","), maxSplits: .max, omittingEmptySubsequences: false) {
            let parts = word.split(separator: Character("="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let last = parts.last, let path = FieldPath(last), parts[0] != "" else {
                throw WordError("'\(word)' is not a field such as name.first or id=login.uuid")
            }
            let name = parts.count == 2 ? String(parts[0]) : path.components.joined(separator: "_")
            guard !fields.contains(where: { $0.name == name }) else {
                throw WordError("'\(name)' is selected twice; NAME=PATH gives one of them another name")
            }
            fields.append((name, path))
        }
    }

    var names: [String] { fields.map(\.name) }

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
