import KappaCore
import KappaFormats

/// All that a registry knows: a pure function of the entries that its topic holds.
///
/// What changes it is asked first (`SchemaBook+Changes`), which says the entries to write; once they are in the topic
/// they are taken in, as at a start.
package struct SchemaBook: Sendable {
    /// By subject, each in the order of its numbers.
    private(set) var subjects: [String: [SchemaVersion]] = [:]
    /// What each id stands for. It outlives the deletion of its versions for good as long as the registry runs, so that
    /// no other schema gets a number that records bear.
    private(set) var schemas: [Int: StoredSchema] = [:]
    private var ids: [String: Int] = [:]
    private(set) var levels: [String: CompatibilityLevel] = [:]
    private(set) var modes: [String: RegistryMode] = [:]
    private(set) var level = CompatibilityLevel.backward
    private(set) var mode = RegistryMode.readWrite
    private(set) var lastId = 0

    package init() {}

    package mutating func take(_ entry: SchemaEntry) {
        switch entry {
        case .version(let version): take(version)
        case .gone(let subject, let number):
            subjects[subject]?.removeAll { $0.number == number }
            if subjects[subject]?.isEmpty == true { subjects[subject] = nil }
        case .deletedSubject(let subject, let last):
            guard var versions = subjects[subject] else { return }
            for index in versions.indices where versions[index].number <= last { versions[index].isDeleted = true }
            subjects[subject] = versions
        case .level(.none, let level): self.level = level ?? .backward
        case .level(.some(let subject), let level): levels[subject] = level
        case .mode(.none, let mode): self.mode = mode ?? .readWrite
        case .mode(.some(let subject), let mode): modes[subject] = mode
        }
    }

    private mutating func take(_ version: SchemaVersion) {
        var versions = subjects[version.subject] ?? []
        if let index = versions.firstIndex(where: { $0.number >= version.number }) {
            if versions[index].number == version.number {
                versions[index] = version
            } else {
                versions.insert(version, at: index)
            }
        } else {
            versions.append(version)
        }
        subjects[version.subject] = versions
        schemas[version.id] = version.schema
        // The first id of a schema is the one that it is given out under.
        let identity = SchemaBook.identity(version.schema)
        ids[identity] = min(ids[identity] ?? version.id, version.id)
        lastId = max(lastId, version.id)
    }

    static func identity(_ schema: StoredSchema) -> String {
        let references = schema.references.map { "\($0.name)\u{1}\($0.subject)\u{1}\($0.version)" }
        return ([schema.kind] + references + [SchemaIdentity.key(schema)]).joined(separator: "\u{2}")
    }

    func id(of schema: StoredSchema) -> Int? { ids[SchemaBook.identity(schema)] }
}

// MARK: Looking up

extension SchemaBook {
    /// Sixteen bytes that stand for a schema wherever it is registered.
    static func guid(of schema: StoredSchema) -> String {
        SchemaFraming.guid(MD5.digest(Array(identity(schema).utf8)))
    }

    func schema(guid: String) -> (id: Int, schema: StoredSchema)? {
        schemas.sorted { $0.key < $1.key }.first { SchemaBook.guid(of: $0.value) == guid }
            .map { ($0.key, $0.value) }
    }

    package func names(prefix: String = "", deleted: Bool = false, onlyDeleted: Bool = false) -> [String] {
        subjects.filter { name, versions in
            let isLive = versions.contains { !$0.isDeleted }
            return name.hasPrefix(prefix) && (onlyDeleted ? !isLive : deleted || isLive)
        }.keys.sorted()
    }

    func versions(_ subject: String, deleted: Bool = false) throws(RegistryRefusal) -> [SchemaVersion] {
        let found = (subjects[subject] ?? []).filter { deleted || !$0.isDeleted }
        guard !found.isEmpty else { throw .subject(subject) }
        return found
    }

    /// By its number, or `latest`.
    func version(_ subject: String, _ word: String, deleted: Bool = false) throws(RegistryRefusal) -> SchemaVersion {
        let number = try SchemaBook.number(word)
        let found = try versions(subject, deleted: deleted)
        guard let number else { return found[found.count - 1] }
        guard let version = found.first(where: { $0.number == number }) else { throw .version(word) }
        return version
    }

    /// Nil for the latest.
    static func number(_ word: String) throws(RegistryRefusal) -> Int? {
        if word == "latest" || word == "-1" { return nil }
        guard let number = Int32(word), number > 0 else { throw .invalidVersion(word) }
        return Int(number)
    }

    /// The versions that bear an id.
    func versions(id: Int, deleted: Bool = false) -> [SchemaVersion] {
        subjects.values.flatMap { $0 }.filter { $0.id == id && (deleted || !$0.isDeleted) }
            .sorted { ($0.subject, $0.number) < ($1.subject, $1.number) }
    }

    /// The ids of those that refer to a version.
    func referrers(_ subject: String, _ version: Int) -> [Int] {
        let all = subjects.values.flatMap { $0 }.filter { candidate in
            !candidate.isDeleted
                && candidate.schema.references.contains { $0.subject == subject && $0.version == version }
        }
        return Set(all.map(\.id)).sorted()
    }

    func level(of subject: String) -> CompatibilityLevel { levels[subject] ?? level }
    func mode(of subject: String) -> RegistryMode { modes[subject] ?? mode }

    /// A schema with all it refers to.
    func parsed(_ schema: StoredSchema) throws(RegistryRefusal) -> AvroSchema {
        var texts: [[UInt8]] = []
        var seen: Set<RegisteredSchema.Reference> = []
        try collect(schema.references, into: &texts, &seen, depth: 0)
        do { return try AvroSchema(parsing: Array(schema.text.utf8), knowing: texts) } catch {
            throw .invalidSchema("\(error)")
        }
    }

    private func collect(
        _ references: [RegisteredSchema.Reference], into texts: inout [[UInt8]],
        _ seen: inout Set<RegisteredSchema.Reference>, depth: Int
    ) throws(RegistryRefusal) {
        guard depth < 32 else { throw .invalidSchema("references are nested too deep") }
        for reference in references where seen.insert(reference).inserted {
            let versions = subjects[reference.subject] ?? []
            guard let found = versions.first(where: { $0.number == reference.version && !$0.isDeleted }) else {
                throw .invalidSchema(
                    "the reference '\(reference.name)' is to '\(reference.subject)' version \(reference.version),"
                        + " which is not there"
                )
            }
            try collect(found.schema.references, into: &texts, &seen, depth: depth + 1)
            texts.append(Array(found.schema.text.utf8))
        }
    }
}
