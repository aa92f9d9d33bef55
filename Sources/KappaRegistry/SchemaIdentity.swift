import KappaCore

/// When two texts are the same schema: white space, the order of an object's members and `{"type":"string"}` for
/// `"string"` make no difference; names, documentation and defaults do.
enum SchemaIdentity {
    /// Deeper JSON is not a schema that anybody wrote.
    private static let depthLimit = 200

    /// The text without white space, as it is kept and given out; nil for what is no JSON.
    static func compact(_ text: String) -> String? { written(text, sorts: false) }

    /// Equal for equal schemas, for comparing only. What is no JSON (Protobuf) is its own text.
    static func key(_ schema: StoredSchema) -> String {
        guard schema.kind != "PROTOBUF", let text = written(schema.text, sorts: true) else { return schema.text }
        return text
    }

    private static func written(_ text: String, sorts: Bool) -> String? {
        let bytes = Array(text.utf8)
        var buffer = JSONBuffer(capacity: bytes.count)
        bytes.withUnsafeBytes { buffer.load($0) }
        guard let value = try? JSONValue(checking: buffer) else { return nil }
        var writer = ByteWriter(capacity: bytes.count)
        guard write(value, sorts: sorts, depth: 0, to: &writer) else { return nil }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func write(_ value: JSONValue, sorts: Bool, depth: Int, to writer: inout ByteWriter) -> Bool {
        guard depth < depthLimit else { return false }
        switch value.kind {
        case .array:
            writer.append(literal: "[")
            var items = JSONItems(value)
            var isFirst = true
            while let item = items.next() {
                if !isFirst { writer.append(literal: ",") }
                isFirst = false
                guard write(item, sorts: sorts, depth: depth + 1, to: &writer) else { return false }
            }
            writer.append(literal: "]")
            return true
        case .object: return write(object: value, sorts: sorts, depth: depth, to: &writer)
        default:
            writer.append(value.raw)
            return true
        }
    }

    private static func write(
        object value: JSONValue, sorts: Bool, depth: Int, to writer: inout ByteWriter
    ) -> Bool {
        var fields: [(name: String, raw: UnsafeRawBufferPointer, value: JSONValue)] = []
        try? value.forEachField { fields.append(($0.text, $0.raw, $1)) }
        if sorts, fields.count == 1, fields[0].name == "type", fields[0].value.kind == .string {
            writer.append(fields[0].value.raw)
            return true
        }
        if sorts { fields.sort { $0.name < $1.name } }
        writer.append(literal: "{")
        for (index, field) in fields.enumerated() {
            if index > 0 { writer.append(literal: ",") }
            writer.append(field.raw)
            writer.append(literal: ":")
            guard write(field.value, sorts: sorts, depth: depth + 1, to: &writer) else { return false }
        }
        writer.append(literal: "}")
        return true
    }
}
