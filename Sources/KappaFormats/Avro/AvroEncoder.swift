package import KappaCore

/// Why a JSON value cannot be written by a schema: where in the value, and what stands there.
package struct AvroEncodingError: Error, Equatable, CustomStringConvertible {
    var path: [String] = []
    var reason: String

    package var description: String { path.isEmpty ? reason : "\(path.joined(separator: ".")): \(reason)" }

    func at(_ step: String) -> AvroEncodingError { AvroEncodingError(path: [step] + path, reason: reason) }
}

/// Writes JSON values as Avro's binary encoding.
package struct AvroEncoder: Sendable {
    package enum Form: Sendable {
        /// JSON as people write it: a union's branch is the first that fits, times and decimals may be text.
        case plain
        /// The specification's JSON encoding: a union's branch is named.
        case avro
        /// The form of a default: as `avro`, but a union's branch is the first that fits, and is not named.
        case fallback
    }

    package let schema: AvroSchema
    package let form: Form

    package init(_ schema: AvroSchema, form: Form = .plain) {
        self.schema = schema
        self.form = form
    }

    /// Appends one value. Nothing is left of it where it does not fit.
    package func append(_ value: JSONValue, to writer: inout ByteWriter) throws(AvroEncodingError) {
        let start = writer.count
        var state = State(attempts: Int(value.length) * 16 + 10_000)
        do { try append(value, schema.root, to: &writer, &state) } catch {
            writer.truncate(to: start)
            throw error
        }
    }

    /// Bounds the branches that are tried in vain, and the depth.
    struct State {
        var attempts: Int
        var depth = 0
    }

    func append(
        _ value: JSONValue, _ place: Int, to writer: inout ByteWriter, _ state: inout State
    ) throws(AvroEncodingError) {
        state.attempts -= 1
        guard state.attempts > 0 else { throw AvroEncodingError(reason: "the value fits unions in too many ways") }
        let type = schema.types[place]
        switch type.kind {
        case .null: try check(value.kind == .null, value, type)
        case .boolean:
            try check(value.kind == .true || value.kind == .false, value, type)
            writer.append(value.kind == .true ? 1 : 0 as UInt8)
        case .int, .long: writer.append(zigzag: try whole(value, type))
        case .float: writer.append(littleEndian: Float(try number(value, type)).bitPattern)
        case .double: writer.append(littleEndian: try number(value, type).bitPattern)
        case .string:
            try check(value.kind == .string, value, type)
            writer.append(sized: Array(value.text.utf8))
        case .bytes: writer.append(sized: try bytes(value, type))
        case .fixed: try appendFixed(value, type, to: &writer)
        case .enumeration:
            guard value.kind == .string, let index = type.symbols.firstIndex(of: value.text) else {
                throw mismatch(value, "a symbol of the enum \(type.label)")
            }
            writer.append(zigzag: Int64(index))
        default: try append(nested: value, place, to: &writer, &state)
        }
    }

    private func append(
        nested value: JSONValue, _ place: Int, to writer: inout ByteWriter, _ state: inout State
    ) throws(AvroEncodingError) {
        state.depth += 1
        defer { state.depth -= 1 }
        guard state.depth <= AvroCursor.depthLimit else { throw AvroEncodingError(reason: "it is nested too deep") }
        let type = schema.types[place]
        switch type.kind {
        case .array: try appendArray(value, type, to: &writer, &state)
        case .map: try appendMap(value, type, to: &writer, &state)
        case .union: try appendUnion(value, type, to: &writer, &state)
        default: try appendRecord(value, type, to: &writer, &state)
        }
    }

    private func check(_ holds: Bool, _ value: JSONValue, _ type: AvroType) throws(AvroEncodingError) {
        guard holds else { throw mismatch(value, type.label) }
    }

    func mismatch(_ value: JSONValue, _ wanted: String) -> AvroEncodingError {
        let text = value.text
        let shown = text.utf8.count > 60 ? text.prefix(60) + "…" : text[...]
        return AvroEncodingError(reason: "\(AvroPlanBuilder.quoted(String(shown))) is not \(wanted)")
    }
}

// MARK: Single values

extension AvroEncoder {
    private func whole(_ value: JSONValue, _ type: AvroType) throws(AvroEncodingError) -> Int64 {
        let found: Int64?
        if value.kind == .string, form == .plain, let moment = type.logical.flatMap(AvroMoment.init) {
            found = moment.read(value.text)
        } else {
            // 7.0 and 7e2 are whole numbers too.
            found =
                value.wholeNumber
                ?? value.double.flatMap { $0.magnitude < 9_007_199_254_740_992 ? Int64(exactly: $0) : nil }
        }
        guard let found, type.kind == .long || Int32(exactly: found) != nil else { throw mismatch(value, type.label) }
        return found
    }

    private func number(_ value: JSONValue, _ type: AvroType) throws(AvroEncodingError) -> Double {
        if let number = value.double { return number }
        switch value.kind == .string ? value.text : "" {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default: throw mismatch(value, type.label)
        }
    }

    /// Text whose code points are the bytes; for a decimal, its digits.
    private func bytes(_ value: JSONValue, _ type: AvroType) throws(AvroEncodingError) -> [UInt8] {
        if form == .plain, case .decimal(let precision, let scale) = type.logical {
            let isText = value.kind == .string || value.kind == .number
            guard isText, let bytes = AvroDecimal.bytes(of: value.text, precision: precision, scale: scale) else {
                throw mismatch(value, "a decimal of \(precision) digits, \(scale) of them behind the point")
            }
            return bytes
        }
        var bytes: [UInt8] = []
        guard value.kind == .string else { throw mismatch(value, type.label) }
        for scalar in value.text.unicodeScalars {
            guard scalar.value < 256 else { throw mismatch(value, "\(type.label), whose code points end at U+00FF") }
            bytes.append(UInt8(scalar.value))
        }
        return bytes
    }

    private func appendFixed(
        _ value: JSONValue, _ type: AvroType, to writer: inout ByteWriter
    ) throws(AvroEncodingError) {
        var found: [UInt8]? = try bytes(value, type)
        if form == .plain, case .decimal = type.logical { found = AvroDecimal.widened(found ?? [], to: type.size) }
        guard let found, found.count == type.size else { throw mismatch(value, "\(type.label) of \(type.size) bytes") }
        found.withUnsafeBytes { writer.append($0) }
    }
}

// MARK: Values that hold others

extension AvroEncoder {
    private func appendArray(
        _ value: JSONValue, _ type: AvroType, to writer: inout ByteWriter, _ state: inout State
    ) throws(AvroEncodingError) {
        try check(value.kind == .array, value, type)
        var items: [JSONValue] = []
        var iterator = JSONItems(value)
        while let item = iterator.next() { items.append(item) }
        if !items.isEmpty { writer.append(zigzag: Int64(items.count)) }
        for (index, item) in items.enumerated() {
            do { try append(item, type.element, to: &writer, &state) } catch { throw error.at("\(index)") }
        }
        writer.append(0 as UInt8)
    }

    private func appendMap(
        _ value: JSONValue, _ type: AvroType, to writer: inout ByteWriter, _ state: inout State
    ) throws(AvroEncodingError) {
        try check(value.kind == .object, value, type)
        let members = value.members
        if !members.isEmpty { writer.append(zigzag: Int64(members.count)) }
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            writer.append(sized: Array(name.utf8))
            do { try append(member, type.element, to: &writer, &state) } catch { throw error.at(name) }
        }
        writer.append(0 as UInt8)
    }

    private func appendRecord(
        _ value: JSONValue, _ type: AvroType, to writer: inout ByteWriter, _ state: inout State
    ) throws(AvroEncodingError) {
        try check(value.kind == .object, value, type)
        let members = value.members
        if form != .fallback,
            let stray = members.keys.sorted().first(where: { name in
                !type.fields.contains { $0.name == name }
            })
        {
            throw AvroEncodingError(reason: "the schema's \(type.label) has no field \(AvroPlanBuilder.quoted(stray))")
        }
        for field in type.fields {
            do throws(AvroEncodingError) {
                if let member = members[field.name] {
                    try append(member, field.type, to: &writer, &state)
                } else if let text = field.fallback {
                    try append(fallback: text, field.type, to: &writer, &state)
                } else {
                    throw AvroEncodingError(reason: "it is missing, and the schema has no default for it")
                }
            } catch {
                throw error.at(field.name)
            }
        }
    }

    func append(
        fallback text: [UInt8], _ place: Int, to writer: inout ByteWriter, _ state: inout State
    ) throws(AvroEncodingError) {
        var buffer = JSONBuffer(capacity: text.count)
        text.withUnsafeBytes { buffer.load($0) }
        let value: JSONValue
        do { value = try JSONValue(checking: buffer) } catch { throw AvroEncodingError(reason: "\(error)") }
        try AvroEncoder(schema, form: .fallback).append(value, place, to: &writer, &state)
    }

    private func appendUnion(
        _ value: JSONValue, _ type: AvroType, to writer: inout ByteWriter, _ state: inout State
    ) throws(AvroEncodingError) {
        guard form != .avro || value.kind == .null else { return try appendTagged(value, type, to: &writer, &state) }
        let start = writer.count
        var last: AvroEncodingError?
        // Nearly every text would do as bytes, so those come last.
        let isRaw = { (branch: Int) in [.bytes, .fixed].contains(schema.types[branch].kind) && form == .plain }
        let order = type.branches.indices.filter { !isRaw(type.branches[$0]) }
        for index in order + type.branches.indices.filter({ isRaw(type.branches[$0]) }) {
            do {
                writer.append(zigzag: Int64(index))
                return try append(value, type.branches[index], to: &writer, &state)
            } catch {
                writer.truncate(to: start)
                guard state.attempts > 0 else { throw error }
                if schema.types[type.branches[index]].kind != .null { last = error }
            }
        }
        // With one branch that can be meant its own words say more.
        let others = type.branches.filter { schema.types[$0].kind != .null }
        if others.count == 1, value.kind != .null, let last { throw last }
        throw mismatch(value, "one of \(type.branches.map { schema.types[$0].label }.joined(separator: ", "))")
    }

    private func appendTagged(
        _ value: JSONValue, _ type: AvroType, to writer: inout ByteWriter, _ state: inout State
    ) throws(AvroEncodingError) {
        let members = value.kind == .object ? value.members : [:]
        guard members.count == 1, let (label, inner) = members.first,
            let index = type.branches.firstIndex(where: { schema.types[$0].label == label })
        else {
            let labels = type.branches.map { schema.types[$0].label }.joined(separator: ", ")
            throw mismatch(value, "an object that names one of \(labels)")
        }
        writer.append(zigzag: Int64(index))
        do { try append(inner, type.branches[index], to: &writer, &state) } catch { throw error.at(label) }
    }
}

/// A default of a reader's field.
struct AvroDefault {
    let schema: AvroSchema
    let place: Int
    let text: [UInt8]

    init(_ schema: AvroSchema, _ place: Int, _ text: [UInt8]) {
        self.schema = schema
        self.place = place
        self.text = text
    }

    /// As it would be read if the writer had written it.
    func json(_ style: AvroPlan.Style) throws -> [UInt8] {
        var bytes = ByteWriter()
        var state = AvroEncoder.State(attempts: 10_000 + text.count * 16)
        try AvroEncoder(schema, form: .fallback).append(fallback: text, place, to: &bytes, &state)
        var part = schema
        part.root = place
        var json = ByteWriter()
        try AvroPlan(part, style: style).appendJSON(bytes.bytes, to: &json)
        return Array(json.bytes)
    }

    /// What is wrong with it, if anything is.
    var fault: String? {
        do {
            _ = try json(.avro)
            return nil
        } catch {
            return "\(error)"
        }
    }
}

extension ByteWriter {
    package mutating func append(zigzag value: Int64) {
        var rest = UInt64(bitPattern: value << 1 ^ value >> 63)
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    mutating func append(sized bytes: [UInt8]) {
        append(zigzag: Int64(bytes.count))
        bytes.withUnsafeBytes { append($0) }
    }

    mutating func append(littleEndian value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { append($0) }
    }
}
