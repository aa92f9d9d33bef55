import KappaCore
import Synchronization

/// A schema registry that speaks Confluent's API, asked over HTTP by `exchange`, which does the retries.
///
/// What an id stands for never changes, so it is kept for good. That an id is not known is kept for a while: a record
/// is written after its schema is registered, so such an id rarely turns up later.
package final class RegistryClient: Sendable {
    package typealias Exchange = @Sendable (RegistryCall) throws(RegistryError) -> RegistryReply

    /// What records of a schema are read by.
    package enum Language: Sendable {
        case avro(AvroSchema)
        /// The value is JSON text behind its number.
        case json
        /// It has a name, and is not read here.
        case other(String)
    }

    private enum Known {
        case schema(Language)
        case fault(RegistryError, until: ContinuousClock.Instant?)
    }

    private static let unknownFor: Duration = .seconds(30)

    /// The address without secrets, for messages.
    package let name: String
    private let exchange: Exchange
    private let known = Mutex<[SchemaFraming.Reference: Known]>([:])

    package init(name: String, exchange: @escaping Exchange) {
        self.name = name
        self.exchange = exchange
    }

    /// The schema that a record refers to.
    package func schema(_ reference: SchemaFraming.Reference) throws(RegistryError) -> Language {
        switch known.withLock({ $0[reference] }) {
        case .schema(let schema): return schema
        case .fault(let error, let until) where until.map { ContinuousClock.now < $0 } ?? true: throw error
        default: break
        }
        do {
            let schema = try fetch(reference)
            known.withLock { $0[reference] = .schema(schema) }
            return schema
        } catch {
            // What is away now may be back at the next record.
            guard error.reason != .away else { throw error }
            let until = error.reason == .unknown ? ContinuousClock.now + RegistryClient.unknownFor : nil
            known.withLock { $0[reference] = .fault(error, until: until) }
            throw error
        }
    }

    private func fetch(_ reference: SchemaFraming.Reference) throws(RegistryError) -> Language {
        let parts: [String]
        switch reference {
        case .id(let id): parts = ["schemas", "ids", "\(id)"]
        case .guid(let guid): parts = ["schemas", "guids", guid]
        case .fingerprint:
            throw RegistryError(.unknown, "the \(reference.words) cannot be asked for: a registry knows numbers")
        }
        let found = try registered(ask(RegistryCall(parts), reference.words), reference.words)
        switch found.kind {
        case "AVRO": return .avro(try parse(found, what: reference.words))
        case "JSON": return .json
        default: return .other(String(found.kind.prefix(40)))
        }
    }

    /// The schema of an answer with everything it refers to; one in another language is named and not guessed at.
    package func parse(_ found: RegisteredSchema, what: String) throws(RegistryError) -> AvroSchema {
        guard found.kind == "AVRO" else {
            throw RegistryError(.unusable, "\(what) is \(found.kind.prefix(40)), of which only Avro is read here")
        }
        var texts: [[UInt8]] = []
        var seen: Set<RegisteredSchema.Reference> = []
        try collect(found.references, into: &texts, &seen, depth: 0)
        do { return try AvroSchema(parsing: Array(found.text.utf8), knowing: texts) } catch {
            throw RegistryError(.unusable, "\(what) of the registry is no Avro schema: \(error)")
        }
    }

    /// Those that others refer to come first.
    private func collect(
        _ references: [RegisteredSchema.Reference], into texts: inout [[UInt8]],
        _ seen: inout Set<RegisteredSchema.Reference>, depth: Int
    ) throws(RegistryError) {
        guard depth < 32 else { throw RegistryError(.unusable, "references between schemas are nested too deep") }
        for reference in references where seen.insert(reference).inserted {
            let found = try version(reference.subject, "\(reference.version)")
            try collect(found.references, into: &texts, &seen, depth: depth + 1)
            texts.append(Array(found.text.utf8))
        }
    }

    // MARK: Asking

    /// The body of a success.
    @discardableResult
    package func ask(_ call: RegistryCall, _ what: String) throws(RegistryError) -> [UInt8] {
        let reply = try exchange(call)
        guard (200...299).contains(reply.status) else {
            throw RegistryError(status: reply.status, body: reply.body, what: what)
        }
        return reply.body
    }

    private func registered(_ body: [UInt8], _ what: String) throws(RegistryError) -> RegisteredSchema {
        try read(body, what) { RegisteredSchema($0) }
    }

    private func read<Value>(_ body: [UInt8], _ what: String, _ take: (JSONValue) -> Value?) throws(RegistryError)
        -> Value
    {
        var buffer = JSONBuffer(capacity: body.count)
        body.withUnsafeBytes { buffer.load($0) }
        guard let value = try? JSONValue(checking: buffer), let taken = take(value) else {
            throw RegistryError(.unusable, "\(what): what \(name) answered is not what a registry answers")
        }
        return taken
    }
}

// MARK: Subjects

extension RegistryClient {
    package func subjects() throws(RegistryError) -> [String] {
        try read(try ask(RegistryCall(["subjects"]), "the subjects"), "the subjects") { value in
            RegistryClient.items(value)?.map(\.text)
        }
    }

    package func versions(_ subject: String) throws(RegistryError) -> [Int] {
        let what = "the subject '\(subject)'"
        return try read(try ask(RegistryCall(["subjects", subject, "versions"]), what), what) { value in
            RegistryClient.items(value)?.compactMap { $0.wholeNumber.map { Int($0) } }
        }
    }

    private static func items(_ value: JSONValue) -> [JSONValue]? {
        guard value.kind == .array else { return nil }
        var found: [JSONValue] = []
        var items = JSONItems(value)
        while let item = items.next() { found.append(item) }
        return found
    }

    /// A schema by the number that records bear, in whatever language.
    package func registered(id: Int32) throws(RegistryError) -> RegisteredSchema {
        let what = SchemaFraming.Reference.id(id).words
        return try registered(ask(RegistryCall(["schemas", "ids", "\(id)"]), what), what)
    }

    /// A version by its number, or `latest`.
    package func version(_ subject: String, _ version: String) throws(RegistryError) -> RegisteredSchema {
        let what = "version \(version) of the subject '\(subject)'"
        return try registered(ask(RegistryCall(["subjects", subject, "versions", version]), what), what)
    }

    /// Registers a schema, or finds it where it is registered already: its id.
    package func register(_ subject: String, _ text: String, kind: String = "AVRO") throws(RegistryError) -> Int32 {
        let what = "a schema for the subject '\(subject)'"
        let call = RegistryCall(.post, ["subjects", subject, "versions"], body: RegistryClient.body(text, kind))
        return try read(try ask(call, what), what) { $0.member("id").wholeNumber.flatMap { Int32(exactly: $0) } }
    }

    /// The schema as it is registered under a subject; an unknown one is an error.
    package func find(_ subject: String, _ text: String, kind: String = "AVRO") throws(RegistryError)
        -> RegisteredSchema
    {
        let what = "the schema under the subject '\(subject)'"
        return try registered(
            ask(RegistryCall(.post, ["subjects", subject], body: RegistryClient.body(text, kind)), what), what)
    }

    /// What stands against a schema as the next version; nil where it may be registered.
    package func problems(
        _ subject: String, _ text: String, kind: String = "AVRO", version: String = "latest"
    ) throws(RegistryError) -> [String]? {
        let what = "version \(version) of the subject '\(subject)'"
        let parts = ["compatibility", "subjects", subject, "versions"] + (version == "all" ? [] : [version])
        let call = RegistryCall(.post, parts, query: "verbose=true", body: RegistryClient.body(text, kind))
        return try read(try ask(call, what), what) { value -> [String]?? in
            let answer = value.member("is_compatible")
            guard answer.kind == .true || answer.kind == .false else { return nil }
            if answer.kind == .true { return .some(nil) }
            return .some(RegistryClient.items(value.member("messages"))?.map(\.text) ?? [])
        }
    }

    /// The numbers of what was deleted.
    package func delete(_ subject: String, version: String?, permanent: Bool) throws(RegistryError) -> [Int] {
        let what = version.map { "version \($0) of the subject '\(subject)'" } ?? "the subject '\(subject)'"
        let parts = ["subjects", subject] + (version.map { ["versions", $0] } ?? [])
        let call = RegistryCall(.delete, parts, query: permanent ? "permanent=true" : "")
        return try read(try ask(call, what), what) { value in
            if let number = value.wholeNumber { return [Int(number)] }
            return RegistryClient.items(value)?.compactMap { $0.wholeNumber.map { Int($0) } }
        }
    }

    /// The level of a subject, or of all of them.
    package func level(_ subject: String?) throws(RegistryError) -> String {
        let what = subject.map { "the level of the subject '\($0)'" } ?? "the level"
        let query = subject == nil ? "" : "defaultToGlobal=true"
        return try read(try ask(RegistryCall(["config"] + [subject].compactMap { $0 }, query: query), what), what) {
            let level = $0.member("compatibilityLevel")
            return level.kind == .string ? level.text : nil
        }
    }

    package func setLevel(_ level: CompatibilityLevel, _ subject: String?) throws(RegistryError) {
        let body = Array("{\"compatibility\":\"\(level.rawValue)\"}".utf8)
        let parts = ["config"] + [subject].compactMap { $0 }
        try ask(RegistryCall(.put, parts, body: body), subject.map { "the level of '\($0)'" } ?? "the level")
    }

    private static func body(_ text: String, _ kind: String) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(literal: "{\"schema\":")
        writer.append(quoted: text)
        // Registries from before there were other languages do not know the word.
        if kind != "AVRO" {
            writer.append(literal: ",\"schemaType\":")
            writer.append(quoted: kind)
        }
        writer.append(literal: "}")
        return Array(writer.bytes)
    }
}
