import KappaCore

extension AvroSchema {
    /// Reads a schema's JSON.
    package init(parsing text: String) throws(AvroSchemaError) {
        var text = text
        self = try AvroSchema(parsing: Array(text.withUTF8 { Array($0) }))
    }

    package init(parsing bytes: [UInt8]) throws(AvroSchemaError) {
        try self.init(parsing: bytes, knowing: [])
    }

    /// The same where the schema speaks of types that stand in other schemas: the references of a registry.
    package init(parsing bytes: [UInt8], knowing references: [[UInt8]]) throws(AvroSchemaError) {
        var parser = AvroSchemaParser()
        for reference in references { _ = try parser.parse(bytes: reference) }
        let root = try parser.parse(bytes: bytes)
        self.init(types: parser.types, root: root)
    }
}

/// Reads schemas by the rules of Java's parser: names are checked, names stand for types that came before them.
struct AvroSchemaParser {
    /// Deeper ones are not written by people.
    private static let depthLimit = 100

    private(set) var types: [AvroType] = []
    private var known: [AvroName: Int] = [:]
    private var depth = 0

    mutating func parse(bytes: [UInt8]) throws(AvroSchemaError) -> Int {
        var buffer = JSONBuffer(capacity: bytes.count)
        bytes.withUnsafeBytes { buffer.load($0) }
        let value: JSONValue
        do { value = try JSONValue(checking: buffer) } catch {
            throw AvroSchemaError("the schema is not JSON: \(error)")
        }
        return try parse(value, in: "")
    }

    private mutating func parse(_ value: JSONValue, in space: String) throws(AvroSchemaError) -> Int {
        depth += 1
        defer { depth -= 1 }
        guard depth <= AvroSchemaParser.depthLimit else {
            throw AvroSchemaError("the schema is nested deeper than \(AvroSchemaParser.depthLimit) levels")
        }
        switch value.kind {
        case .string: return try find(value.text, in: space)
        case .array: return try parseUnion(value, in: space)
        case .object: return try parse(object: value.members, in: space)
        default: throw AvroSchemaError("\(AvroSchemaParser.shown(value)) is not a schema")
        }
    }

    private mutating func add(_ type: AvroType) -> Int {
        types.append(type)
        return types.count - 1
    }

    /// A primitive by its word, or a type that has been named before.
    private mutating func find(_ word: String, in space: String) throws(AvroSchemaError) -> Int {
        if let kind = AvroType.Kind(rawValue: word), kind.isPrimitive { return add(AvroType(kind)) }
        let name = AvroName(word, in: space)
        if let place = known[name] { return place }
        // Within a namespace a bare name may still be one that has none.
        if !word.contains("."), let place = known[AvroName(space: "", short: word)] { return place }
        throw AvroSchemaError("the type \(AvroSchemaParser.quoted(name.full)) is not known at this place")
    }

    private mutating func parseUnion(_ value: JSONValue, in space: String) throws(AvroSchemaError) -> Int {
        var type = AvroType(.union)
        var labels: Set<String> = []
        var items = JSONItems(value)
        while let item = items.next() {
            let branch = try parse(item, in: space)
            guard types[branch].kind != .union else { throw AvroSchemaError("a union stands inside a union") }
            guard labels.insert(types[branch].label).inserted else {
                throw AvroSchemaError("a union has the type \(AvroSchemaParser.quoted(types[branch].label)) twice")
            }
            type.branches.append(branch)
        }
        return add(type)
    }

    private mutating func parse(object: [String: JSONValue], in space: String) throws(AvroSchemaError) -> Int {
        guard let type = object["type"] else { throw AvroSchemaError("an object of the schema has no \"type\"") }
        guard type.kind == .string else {
            let place = try parse(type, in: space)
            return place
        }
        let word = type.text
        // "error" is a record that a protocol throws.
        guard let kind = AvroType.Kind(rawValue: word == "error" ? "record" : word), kind != .union else {
            return try find(word, in: space)
        }
        switch kind {
        case .record: return try parseRecord(object, in: space)
        case .enumeration: return try parseEnumeration(object, in: space)
        case .fixed: return try parseFixed(object, in: space)
        case .array, .map: return try parseCollection(kind, object, in: space)
        default:
            var type = AvroType(kind)
            type.logical = AvroLogicalType(object, on: kind, size: 0)
            return add(type)
        }
    }

    private mutating func parseCollection(
        _ kind: AvroType.Kind, _ object: [String: JSONValue], in space: String
    ) throws(AvroSchemaError) -> Int {
        let member = kind == .array ? "items" : "values"
        guard let element = object[member] else {
            throw AvroSchemaError("the schema of \(kind == .array ? "an array" : "a map") has no \"\(member)\"")
        }
        var type = AvroType(kind)
        type.element = try parse(element, in: space)
        return add(type)
    }
}

// MARK: Types with names

extension AvroSchemaParser {
    /// A type with its name, known from here on by it, so that it may hold itself.
    private mutating func begin(
        _ kind: AvroType.Kind, _ object: [String: JSONValue], in space: String
    ) throws(AvroSchemaError) -> (place: Int, space: String) {
        guard let given = object["name"], given.kind == .string else {
            throw AvroSchemaError("a type of kind \(kind.rawValue) has no \"name\"")
        }
        var enclosing = space
        if let own = object["namespace"], own.kind == .string { enclosing = own.text }
        let name = AvroName(given.text, in: enclosing)
        guard name.isValid, !(AvroType.Kind(rawValue: name.full)?.isPrimitive ?? false) else {
            throw AvroSchemaError("\(AvroSchemaParser.quoted(given.text)) is not a name for a type")
        }
        guard known[name] == nil else {
            throw AvroSchemaError("the type \(AvroSchemaParser.quoted(name.full)) is defined twice")
        }
        var type = AvroType(kind)
        type.name = name
        for alias in try AvroSchemaParser.words(object["aliases"], of: "the aliases of \(name.full)") {
            type.aliases.append(AvroName(alias, in: name.space))
        }
        let place = add(type)
        known[name] = place
        return (place, name.space)
    }

    private mutating func parseRecord(_ object: [String: JSONValue], in space: String) throws(AvroSchemaError) -> Int {
        let (place, inner) = try begin(.record, object, in: space)
        let name = types[place].name.full
        guard let list = object["fields"], list.kind == .array else {
            throw AvroSchemaError("the record \(name) has no list of \"fields\"")
        }
        var names: Set<String> = []
        var items = JSONItems(list)
        while let item = items.next() {
            let field = try parseField(item.members, of: name, in: inner)
            guard names.insert(field.name).inserted else {
                throw AvroSchemaError("the record \(name) has the field \"\(field.name)\" twice")
            }
            types[place].fields.append(field)
        }
        return place
    }

    private mutating func parseField(
        _ object: [String: JSONValue], of record: String, in space: String
    ) throws(AvroSchemaError) -> AvroField {
        guard let given = object["name"], given.kind == .string, AvroName.isWord(given.text) else {
            throw AvroSchemaError("a field of the record \(record) has no name, or one that is no name")
        }
        guard let type = object["type"] else {
            throw AvroSchemaError("the field \(record).\(given.text) has no \"type\"")
        }
        let aliases = try AvroSchemaParser.words(object["aliases"], of: "the aliases of \(record).\(given.text)")
        return AvroField(
            name: given.text, aliases: aliases, type: try parse(type, in: space),
            fallback: object["default"].map { Array($0.raw) })
    }

    private mutating func parseEnumeration(
        _ object: [String: JSONValue], in space: String
    ) throws(AvroSchemaError) -> Int {
        let (place, _) = try begin(.enumeration, object, in: space)
        let name = types[place].name.full
        guard object["symbols"]?.kind == .array else { throw AvroSchemaError("the enum \(name) has no \"symbols\"") }
        let symbols = try AvroSchemaParser.words(object["symbols"], of: "the symbols of \(name)")
        guard Set(symbols).count == symbols.count else { throw AvroSchemaError("the enum \(name) has a symbol twice") }
        if let wrong = symbols.first(where: { !AvroName.isWord($0) }) {
            throw AvroSchemaError("\(AvroSchemaParser.quoted(wrong)) is not a name for a symbol of the enum \(name)")
        }
        types[place].symbols = symbols
        guard let fallback = object["default"], fallback.kind != .null else { return place }
        guard fallback.kind == .string, symbols.contains(fallback.text) else {
            throw AvroSchemaError("the default of the enum \(name) is none of its symbols")
        }
        types[place].symbolDefault = fallback.text
        return place
    }

    private mutating func parseFixed(_ object: [String: JSONValue], in space: String) throws(AvroSchemaError) -> Int {
        let (place, _) = try begin(.fixed, object, in: space)
        guard let size = object["size"]?.wholeNumber, (0...(1 << 24)).contains(size) else {
            throw AvroSchemaError("the fixed \(types[place].name.full) has no \"size\" between 0 and 16777216")
        }
        types[place].size = Int(size)
        types[place].logical = AvroLogicalType(object, on: .fixed, size: Int(size))
        return place
    }

    private static func words(_ list: JSONValue?, of what: String) throws(AvroSchemaError) -> [String] {
        guard let list, list.kind != .null else { return [] }
        guard list.kind == .array else { throw AvroSchemaError("\(what) are not a list") }
        var words: [String] = []
        var items = JSONItems(list)
        while let item = items.next() {
            guard item.kind == .string else { throw AvroSchemaError("\(what) are not all strings") }
            words.append(item.text)
        }
        return words
    }

    static func quoted(_ text: String) -> String { shown(text.utf8.count > 60 ? text.prefix(60) + "…" : text[...]) }

    private static func shown(_ value: JSONValue) -> String { quoted(value.text) }

    /// Foreign text inside a sentence: quoted, with its control characters escaped.
    private static func shown(_ text: Substring) -> String {
        var writer = ByteWriter()
        writer.append(quoted: String(text))
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
