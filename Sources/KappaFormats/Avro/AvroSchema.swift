// KappaFormats/Avro: Apache Avro 1.11/1.12 by its specification. Schemas and their canonical form, what stands in bytes
// and how it is read by another schema, container files, single objects. No I/O; what comes in is hostile.

/// A schema: a tree of types in one array, so that a type that holds itself is only a number.
package struct AvroSchema: Sendable {
    package internal(set) var types: [AvroType]
    package internal(set) var root: Int

    /// The type at the top.
    package var top: AvroType { types[root] }
}

/// One type of a schema; which of the fields mean something depends on the kind.
package struct AvroType: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case null, boolean, int, long, float, double, bytes, string
        case record
        case enumeration = "enum"
        case array, map, union, fixed

        /// Whether types of this kind have a name by which they are found.
        package var isNamed: Bool { self == .record || self == .enumeration || self == .fixed }

        /// Whether the word alone is a schema.
        var isPrimitive: Bool {
            switch self {
            case .record, .enumeration, .array, .map, .union, .fixed: false
            default: true
            }
        }
    }

    package internal(set) var kind: Kind
    package internal(set) var name = AvroName.none
    package internal(set) var aliases: [AvroName] = []
    package internal(set) var fields: [AvroField] = []
    /// The items of an array, the values of a map.
    package internal(set) var element = 0
    package internal(set) var branches: [Int] = []
    package internal(set) var symbols: [String] = []
    /// What stands for a symbol that the reader does not know.
    package internal(set) var symbolDefault: String?
    package internal(set) var size = 0
    package internal(set) var logical: AvroLogicalType?

    init(_ kind: Kind) { self.kind = kind }

    /// What the type is called in a union: its full name, or its kind.
    package var label: String { kind.isNamed ? name.full : kind.rawValue }
}

/// A name in two parts: `site.monitoring` and `Reading`.
package struct AvroName: Hashable, Sendable {
    package var space: String
    package var short: String

    static let none = AvroName(space: "", short: "")

    package var full: String { space.isEmpty ? short : "\(space).\(short)" }
}

/// A field of a record.
package struct AvroField: Sendable {
    package internal(set) var name: String
    package internal(set) var aliases: [String]
    package internal(set) var type: Int
    /// The JSON text of the default; it is looked at only when it is needed, as some schemas in use have wrong ones.
    package internal(set) var fallback: [UInt8]?
}

/// What a value means beyond its bytes. A logical type that is not known, or stands on the wrong type, is ignored, as
/// the specification wants it.
package enum AvroLogicalType: Hashable, Sendable {
    case date
    case timeMillis, timeMicros
    case timestampMillis, timestampMicros, timestampNanos
    case localTimestampMillis, localTimestampMicros, localTimestampNanos
    case decimal(precision: Int, scale: Int)
    case uuid
}

/// Why a text is no Avro schema.
package struct AvroSchemaError: Error, Equatable, CustomStringConvertible {
    package var message: String
    package var description: String { message }

    init(_ message: String) { self.message = message }
}
