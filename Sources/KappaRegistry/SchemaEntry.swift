import KappaCore
package import KappaFormats

/// What a registry remembers, one entry for each record of its topic, in the form of Confluent's registry: another
/// registry can take the topic over.
package enum SchemaEntry: Sendable, Equatable {
    /// A version of a subject, also one that is deleted but not for good.
    case version(SchemaVersion)
    /// A version is gone for good.
    case gone(subject: String, version: Int)
    /// All versions up to this one are deleted, but not for good.
    case deletedSubject(String, upTo: Int)
    /// A level; nil goes back to the default. Without a subject it is everybody's.
    case level(subject: String?, CompatibilityLevel?)
    case mode(subject: String?, RegistryMode?)
}

/// Whether a registry takes schemas.
package enum RegistryMode: String, Sendable, CaseIterable {
    case readWrite = "READWRITE"
    case readOnly = "READONLY"
    case importing = "IMPORT"
}

/// A version of a subject.
package struct SchemaVersion: Sendable, Equatable {
    package var subject: String
    package var number: Int
    package var id: Int
    package var schema: StoredSchema
    package var isDeleted = false
}

/// A schema as it is kept.
package struct StoredSchema: Sendable, Hashable {
    /// `AVRO`, `JSON`, `PROTOBUF`.
    package var kind: String
    package var text: String
    package var references: [RegisteredSchema.Reference]

    package init(kind: String = "AVRO", text: String, references: [RegisteredSchema.Reference] = []) {
        self.kind = kind
        self.text = text
        self.references = references
    }
}
