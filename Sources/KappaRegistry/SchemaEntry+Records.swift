import KappaCore
import KappaFormats

// The bytes of the topic. The members of a key stand in one order only: compaction compares bytes, and the same key in
// another order would live beside its own deletion.
extension SchemaEntry {
    package var key: [UInt8] {
        switch self {
        case .version(let version): SchemaEntry.schemaKey(version.subject, version.number)
        case .gone(let subject, let version): SchemaEntry.schemaKey(subject, version)
        case .deletedSubject(let subject, _): SchemaEntry.key("DELETE_SUBJECT", subject)
        case .level(let subject, _): SchemaEntry.key("CONFIG", subject)
        case .mode(let subject, _): SchemaEntry.key("MODE", subject)
        }
    }

    /// Nil is the key's deletion.
    package var value: [UInt8]? {
        var writer = ByteWriter()
        switch self {
        case .gone, .level(_, nil), .mode(_, nil): return nil
        case .deletedSubject(let subject, let last):
            writer.append(literal: "{\"subject\":")
            writer.append(quoted: subject)
            writer.append(literal: ",\"version\":")
            writer.append(decimal: Int64(last))
        case .level(let subject, .some(let level)):
            writer.append(setting: "compatibilityLevel", level.rawValue, subject)
        case .mode(let subject, .some(let mode)): writer.append(setting: "mode", mode.rawValue, subject)
        case .version(let version):
            writer.append(literal: "{\"subject\":")
            writer.append(quoted: version.subject)
            writer.append(literal: ",\"version\":")
            writer.append(decimal: Int64(version.number))
            writer.append(literal: ",\"id\":")
            writer.append(decimal: Int64(version.id))
            writer.append(members: version.schema)
            writer.append(literal: version.isDeleted ? ",\"deleted\":true" : ",\"deleted\":false")
        }
        writer.append(literal: "}")
        return Array(writer.bytes)
    }

    private static func schemaKey(_ subject: String, _ version: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(literal: "{\"keytype\":\"SCHEMA\",\"subject\":")
        writer.append(quoted: subject)
        writer.append(literal: ",\"version\":")
        writer.append(decimal: Int64(version))
        writer.append(literal: ",\"magic\":1}")
        return Array(writer.bytes)
    }

    private static func key(_ kind: String, _ subject: String?) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(literal: "{\"keytype\":\"")
        writer.append(text: kind)
        writer.append(literal: "\",\"subject\":")
        if let subject { writer.append(quoted: subject) } else { writer.append(literal: "null") }
        writer.append(literal: ",\"magic\":0}")
        return Array(writer.bytes)
    }
}

extension ByteWriter {
    fileprivate mutating func append(setting name: String, _ value: String, _ subject: String?) {
        append(literal: "{")
        if let subject {
            append(literal: "\"subject\":")
            append(quoted: subject)
            append(literal: ",")
        }
        append(quoted: name)
        append(literal: ":")
        append(quoted: value)
    }

    /// The schema's own members, each with a comma before it. What is Avro says so nowhere: registries from before
    /// there were other languages do not know the word.
    mutating func append(members schema: StoredSchema) {
        if schema.kind != "AVRO" {
            append(literal: ",\"schemaType\":")
            append(quoted: schema.kind)
        }
        if !schema.references.isEmpty {
            append(literal: ",\"references\":[")
            for (index, reference) in schema.references.enumerated() {
                append(literal: index == 0 ? "{\"name\":" : ",{\"name\":")
                append(quoted: reference.name)
                append(literal: ",\"subject\":")
                append(quoted: reference.subject)
                append(literal: ",\"version\":")
                append(decimal: Int64(reference.version))
                append(literal: "}")
            }
            append(literal: "]")
        }
        append(literal: ",\"schema\":")
        append(quoted: schema.text)
    }
}

// MARK: Reading

extension SchemaEntry {
    /// A record of the topic read back; nil for kinds that change nothing here (`NOOP`). What is no record of a
    /// registry is thrown with the reason.
    package init?(key: [UInt8], value: [UInt8]?) throws(SchemaRecordError) {
        var buffer = JSONBuffer(capacity: key.count)
        key.withUnsafeBytes { buffer.load($0) }
        guard let whole = try? JSONValue(checking: buffer), whole.kind == .object else {
            throw SchemaRecordError("its key is no JSON object")
        }
        let subject = whole.member("subject").kind == .string ? whole.member("subject").text : nil
        switch whole.member("keytype").text {
        case "SCHEMA":
            guard let subject, let number = whole.member("version").wholeNumber.flatMap({ Int(exactly: $0) }) else {
                throw SchemaRecordError("its key names no subject and version")
            }
            guard let value else {
                self = .gone(subject: subject, version: number)
                return
            }
            self = .version(try SchemaEntry.version(subject, number, value))
        case "DELETE_SUBJECT":
            guard let subject, let value else { return nil }
            let last = try SchemaEntry.read(value) { $0.member("version").wholeNumber.flatMap { Int(exactly: $0) } }
            self = .deletedSubject(subject, upTo: last)
        case "CONFIG":
            self = .level(
                subject: subject,
                try value.map { bytes throws(SchemaRecordError) in
                    try SchemaEntry.read(bytes) { CompatibilityLevel(rawValue: $0.member("compatibilityLevel").text) }
                })
        case "MODE":
            self = .mode(
                subject: subject,
                try value.map { bytes throws(SchemaRecordError) in
                    try SchemaEntry.read(bytes) { RegistryMode(rawValue: $0.member("mode").text) }
                })
        default: return nil
        }
    }

    private static func version(
        _ subject: String, _ number: Int, _ value: [UInt8]
    ) throws(SchemaRecordError) -> SchemaVersion {
        try read(value) { value in
            guard let schema = RegisteredSchema(value), let id = schema.id else { return nil }
            return SchemaVersion(
                subject: subject, number: number, id: Int(id),
                schema: StoredSchema(kind: schema.kind, text: schema.text, references: schema.references),
                isDeleted: value.member("deleted").kind == .true)
        }
    }

    private static func read<Result>(
        _ bytes: [UInt8], _ take: (JSONValue) -> Result?
    ) throws(SchemaRecordError) -> Result {
        var buffer = JSONBuffer(capacity: bytes.count)
        bytes.withUnsafeBytes { buffer.load($0) }
        guard let whole = try? JSONValue(checking: buffer), let taken = take(whole) else {
            throw SchemaRecordError("its value is not what a registry writes")
        }
        return taken
    }
}

/// Why a record of the topic is not read.
package struct SchemaRecordError: Error, Equatable {
    package var reason: String

    init(_ reason: String) { self.reason = reason }
}
