import KappaCore
import KappaFormats
import KappaHTTP

/// A success, as JSON.
struct RegistryAnswer: Sendable {
    var body: [UInt8]

    static func json(_ text: String) -> RegistryAnswer { RegistryAnswer(body: Array(text.utf8)) }

    private static func written(_ write: (inout ByteWriter) -> Void) -> RegistryAnswer {
        var writer = ByteWriter()
        write(&writer)
        return RegistryAnswer(body: Array(writer.bytes))
    }

    static func strings(_ texts: [String]) -> RegistryAnswer {
        written { $0.append(list: texts) { $0.append(quoted: $1) } }
    }

    static func numbers(_ numbers: [Int]) -> RegistryAnswer {
        written { $0.append(list: numbers) { $0.append(decimal: Int64($1)) } }
    }

    static func setting(_ name: String, _ value: String) -> RegistryAnswer {
        json("{\"\(name)\":\"\(value)\"}")
    }

    static func version(_ version: SchemaVersion) -> RegistryAnswer { written { $0.append(version) } }

    static func versions(_ versions: [SchemaVersion]) -> RegistryAnswer {
        written { $0.append(list: versions) { $0.append($1) } }
    }

    /// Where an id stands.
    static func places(_ versions: [SchemaVersion]) -> RegistryAnswer {
        written { writer in
            writer.append(list: versions) { writer, version in
                writer.append(literal: "{\"subject\":")
                writer.append(quoted: version.subject)
                writer.append(literal: ",\"version\":")
                writer.append(decimal: Int64(version.number))
                writer.append(literal: "}")
            }
        }
    }

    static func registered(_ version: SchemaVersion) -> RegistryAnswer {
        written { writer in
            writer.append(literal: "{\"id\":")
            writer.append(decimal: Int64(version.id))
            writer.append(literal: ",\"version\":")
            writer.append(decimal: Int64(version.number))
            writer.append(guidOf: version.schema)
            writer.append(literal: "}")
        }
    }

    static func schema(_ schema: StoredSchema) -> RegistryAnswer {
        written { writer in
            writer.append(literal: "{\"schema\":")
            writer.append(quoted: schema.text)
            var members = ByteWriter()
            members.append(members: StoredSchema(kind: schema.kind, text: "", references: schema.references))
            // All but the text, which stands in front already.
            let others = members.bytes.dropLast(",\"schema\":\"\"".utf8.count)
            writer.append(UnsafeRawBufferPointer(rebasing: others))
            writer.append(guidOf: schema)
            writer.append(literal: "}")
        }
    }

    static func compatibility(_ problems: [String], isVerbose: Bool) -> RegistryAnswer {
        written { writer in
            writer.append(literal: problems.isEmpty ? "{\"is_compatible\":true" : "{\"is_compatible\":false")
            if isVerbose {
                writer.append(literal: ",\"messages\":")
                writer.append(list: problems) { $0.append(quoted: $1) }
            }
            writer.append(literal: "}")
        }
    }

    static func refusal(_ refusal: RegistryRefusal) -> HTTPResponse {
        let answer = written { writer in
            writer.append(literal: "{\"error_code\":")
            writer.append(decimal: Int64(refusal.code))
            writer.append(literal: ",\"message\":")
            writer.append(quoted: refusal.message)
            writer.append(literal: "}")
        }
        return HTTPResponse(status: refusal.status, contentType: RegistryCall.contentType, body: answer.body)
    }
}

extension ByteWriter {
    mutating func append<Item>(list: [Item], _ write: (inout ByteWriter, Item) -> Void) {
        append(literal: "[")
        for (index, item) in list.enumerated() {
            if index > 0 { append(literal: ",") }
            write(&self, item)
        }
        append(literal: "]")
    }

    fileprivate mutating func append(_ version: SchemaVersion) {
        append(literal: "{\"subject\":")
        append(quoted: version.subject)
        append(literal: ",\"id\":")
        append(decimal: Int64(version.id))
        append(literal: ",\"version\":")
        append(decimal: Int64(version.number))
        append(guidOf: version.schema)
        append(members: version.schema)
        append(literal: "}")
    }

    fileprivate mutating func append(guidOf schema: StoredSchema) {
        append(literal: ",\"guid\":")
        append(quoted: SchemaBook.guid(of: schema))
    }
}
