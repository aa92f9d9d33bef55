import KappaCore
import KappaFormats

/// What a change of the book comes to: the entries to write, all or none, and what is answered then.
package struct SchemaChange<Answer: Sendable>: Sendable {
    package var entries: [SchemaEntry]
    package var answer: Answer
}

extension SchemaBook {
    /// A schema becomes a subject's next version, or is found to be one.
    func register(
        _ schema: StoredSchema, subject: String, id wanted: Int? = nil, number: Int? = nil
    ) throws(RegistryRefusal) -> SchemaChange<SchemaVersion> {
        try SchemaBook.check(subject)
        let schema = try checked(schema)
        let all = subjects[subject] ?? []
        if let same = find(schema, in: all) { return SchemaChange(entries: [], answer: same) }
        let mode = mode(of: subject)
        guard mode != .readOnly else { throw .notPermitted("Subject '\(subject)' is in read-only mode") }
        guard wanted == nil || wanted == -1 || mode == .importing else {
            throw .notPermitted("Subject '\(subject)' is not in import mode")
        }
        let imports = mode == .importing && wanted.map { $0 > 0 } == true
        if !imports {
            let problems = try problems(schema, with: all.filter { !$0.isDeleted }, at: level(of: subject))
            guard problems.isEmpty else { throw .incompatible(problems) }
        }
        if imports, let wanted, let other = schemas[wanted], SchemaBook.identity(other) != SchemaBook.identity(schema) {
            throw .notPermitted("Overwrite new schema with id \(wanted) is not permitted.")
        }
        let next = (all.map(\.number).max() ?? 0) + 1
        let made = SchemaVersion(
            subject: subject, number: imports ? number.map { max(1, $0) } ?? next : next,
            id: imports ? wanted! : id(of: schema) ?? lastId + 1, schema: schema)
        return SchemaChange(entries: [.version(made)], answer: made)
    }

    /// The version of a subject that a schema is.
    func lookUp(
        _ schema: StoredSchema, subject: String, deleted: Bool = false
    ) throws(RegistryRefusal) -> SchemaVersion {
        let versions = try versions(subject, deleted: deleted)
        guard let found = find(try checked(schema), in: versions, deleted: deleted) else { throw .schema }
        return found
    }

    private func find(_ schema: StoredSchema, in versions: [SchemaVersion], deleted: Bool = false) -> SchemaVersion? {
        let identity = SchemaBook.identity(schema)
        return versions.last { (deleted || !$0.isDeleted) && SchemaBook.identity($0.schema) == identity }
    }

    /// What stands against a schema beside a version, or beside all that the level looks at.
    func problems(
        _ schema: StoredSchema, subject: String, against word: String?
    ) throws(RegistryRefusal) -> [String] {
        try SchemaBook.check(subject)
        let schema = try checked(schema)
        guard let word else {
            let live = (subjects[subject] ?? []).filter { !$0.isDeleted }
            return try problems(schema, with: live, at: level(of: subject))
        }
        return try problems(schema, with: [try version(subject, word)], at: level(of: subject))
    }

    private func problems(
        _ schema: StoredSchema, with versions: [SchemaVersion], at level: CompatibilityLevel
    ) throws(RegistryRefusal) -> [String] {
        guard level != .none, let last = versions.last else { return [] }
        if let other = versions.first(where: { $0.schema.kind != schema.kind }) {
            return ["version \(other.number) is \(other.schema.kind), and this one \(schema.kind)"]
        }
        if SchemaBook.identity(last.schema) == SchemaBook.identity(schema), versions.count == 1 { return [] }
        guard schema.kind == "AVRO" else {
            throw .invalidSchema(
                "the compatibility of \(schema.kind) schemas is not checked here; set the subject's level to NONE")
        }
        let new = try parsed(schema)
        var earlier: [(number: Int, schema: AvroSchema)] = []
        for version in versions { earlier.append((version.number, try parsed(version.schema))) }
        return level.problems(new, versions: earlier)
    }

    /// The schema as it is kept, or why it cannot be.
    private func checked(_ schema: StoredSchema) throws(RegistryRefusal) -> StoredSchema {
        switch schema.kind {
        case "AVRO":
            _ = try parsed(schema)
            fallthrough
        case "JSON":
            guard let text = SchemaIdentity.compact(schema.text) else { throw .invalidSchema("it is no JSON") }
            return StoredSchema(kind: schema.kind, text: text, references: schema.references)
        case "PROTOBUF":
            guard !schema.text.allSatisfy(\.isWhitespace) else { throw .invalidSchema("it is empty") }
            return schema
        default: throw .init(422, 422, "Invalid schema type \(schema.kind)")
        }
    }

    static func check(_ subject: String) throws(RegistryRefusal) {
        guard !subject.isEmpty, !subject.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
            throw .invalidSubject
        }
    }

    // MARK: Deleting

    func delete(subject: String, permanently: Bool) throws(RegistryRefusal) -> SchemaChange<[Int]> {
        guard let all = subjects[subject] else { throw .subject(subject) }
        try checkWritable(subject)
        let live = all.filter { !$0.isDeleted }
        if permanently {
            guard live.isEmpty else { throw .isNotDeleted(subject) }
            let gone = all.map { SchemaEntry.gone(subject: subject, version: $0.number) }
            return SchemaChange(entries: gone + forgotten(subject), answer: all.map(\.number))
        }
        guard !live.isEmpty else { throw .isDeleted(subject) }
        for version in live { try checkUnreferred(subject, version.number) }
        return SchemaChange(entries: live.map(SchemaBook.deleted) + forgotten(subject), answer: live.map(\.number))
    }

    func delete(subject: String, version word: String, permanently: Bool) throws(RegistryRefusal) -> SchemaChange<Int> {
        guard subjects[subject] != nil else { throw .subject(subject) }
        try checkWritable(subject)
        let found = try version(subject, word, deleted: try SchemaBook.number(word) != nil)
        if permanently {
            guard found.isDeleted else { throw .versionIsNotDeleted(subject, found.number) }
            return SchemaChange(entries: [.gone(subject: subject, version: found.number)], answer: found.number)
        }
        guard !found.isDeleted else { throw .versionIsDeleted(subject, found.number) }
        try checkUnreferred(subject, found.number)
        return SchemaChange(entries: [SchemaBook.deleted(found)], answer: found.number)
    }

    private static func deleted(_ version: SchemaVersion) -> SchemaEntry {
        var version = version
        version.isDeleted = true
        return .version(version)
    }

    /// A subject that goes takes its level along.
    private func forgotten(_ subject: String) -> [SchemaEntry] {
        levels[subject] == nil ? [] : [.level(subject: subject, nil)]
    }

    private func checkUnreferred(_ subject: String, _ number: Int) throws(RegistryRefusal) {
        guard referrers(subject, number).isEmpty else { throw .isReferredTo(subject, number) }
    }

    private func checkWritable(_ subject: String) throws(RegistryRefusal) {
        guard mode(of: subject) != .readOnly else { throw .notPermitted("Subject '\(subject)' is in read-only mode") }
    }
}
