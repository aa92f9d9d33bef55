import KappaCore
import KappaFormats
import KappaHTTP

/// A request with its body read as JSON, where it has one.
struct RegistryQuestion: ~Copyable {
    let request: HTTPRequest
    private let values: [String: String]
    private let buffer: JSONBuffer

    init(_ request: HTTPRequest, values: [String: String]) {
        self.request = request
        self.values = values
        var buffer = JSONBuffer(capacity: request.body.count)
        request.body.withUnsafeBytes { buffer.load($0) }
        self.buffer = buffer
    }

    /// What stands in the path under this name.
    subscript(name: String) -> String { values[name] ?? "" }

    func parameter(_ name: String) -> String? { request.parameter(name) }

    /// Python's clients write `True`.
    func flag(_ name: String) -> Bool { parameter(name)?.lowercased() == "true" }

    /// From `offset` on, `limit` of them.
    func page<Item>(_ items: [Item]) -> [Item] {
        let start = parameter("offset").flatMap { Int($0) }.map { max(0, $0) } ?? 0
        let limit = parameter("limit").flatMap { Int($0) } ?? -1
        let rest = items.dropFirst(start)
        return Array(limit < 0 ? rest : rest.prefix(limit))
    }

    func id() throws(RegistryRefusal) -> Int {
        guard let id = Int32(self["id"]) else { throw .schema }
        return Int(id)
    }

    func schema(byIdIn book: SchemaBook) throws(RegistryRefusal) -> StoredSchema {
        guard let schema = book.schemas[try id()] else { throw .schema }
        return schema
    }

    // MARK: The body

    private func body() throws(RegistryRefusal) -> JSONValue {
        guard let value = try? JSONValue(checking: buffer), value.kind == .object else { throw .invalidBody }
        return value
    }

    func schema() throws(RegistryRefusal) -> StoredSchema {
        let body = try body()
        guard let schema = RegisteredSchema(body) else {
            throw body.member("schema").kind == .string
                ? .invalidBody : RegistryRefusal.invalidSchema("there is no \"schema\" text in the body")
        }
        return StoredSchema(kind: schema.kind, text: schema.text, references: schema.references)
    }

    /// The id and version that an import wants.
    func wantedIds() throws(RegistryRefusal) -> (id: Int?, number: Int?) {
        let body = try body()
        return (
            body.member("id").wholeNumber.flatMap { Int(exactly: $0) },
            body.member("version").wholeNumber.flatMap { Int(exactly: $0) }
        )
    }

    func level() throws(RegistryRefusal) -> CompatibilityLevel {
        let body = try body()
        let word = [body.member("compatibility"), body.member("compatibilityLevel")].first { $0.kind == .string }
        guard let level = word.flatMap({ CompatibilityLevel(rawValue: $0.text.uppercased()) }) else {
            throw .invalidLevel
        }
        return level
    }

    func mode() throws(RegistryRefusal) -> RegistryMode {
        guard let mode = RegistryMode(rawValue: try body().member("mode").text.uppercased()) else {
            throw .invalidMode
        }
        return mode
    }
}
