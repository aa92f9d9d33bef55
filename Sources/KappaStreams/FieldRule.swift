package import KappaCore

/// A field that a job reads, and what may stand in it: `borehole_number`, `surface_level:number`, `units?`.
package struct FieldRule: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, CaseIterable, Sendable {
        case string
        case number
        case any
    }

    package var name: String
    package var kind: Kind
    /// An optional field may be missing or null; in a snapshot the envelope's field of that name then counts.
    package var isOptional: Bool

    package init(_ name: String, _ kind: Kind = .any, isOptional: Bool = false) {
        self.name = name
        self.kind = kind
        self.isOptional = isOptional
    }

    /// Reads `name`, `name:number`, `name?`, `name:string?`.
    package init(word: String, kind fallback: Kind) throws(WordError) {
        let isOptional = word.hasSuffix("?")
        let parts = (isOptional ? word.dropLast() : word[...]).split(
            separator: Character(":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty else {
            throw WordError("'\(word)' is not a field such as reading, surface_level:number or units?")
        }
        guard let kind = parts.count == 2 ? Kind(rawValue: String(parts[1])) : fallback else {
            throw WordError("'\(word)': a field is of type string, number or any, not '\(parts[1])'")
        }
        self.init(String(name), kind, isOptional: isOptional)
    }

    package var description: String { "\(name):\(kind.rawValue)\(isOptional ? "?" : "")" }

    /// What is wrong with the value, if anything is.
    @inline(__always)
    static func fault(of value: JSONValue, kind: Kind) -> Rejection.Reason? {
        switch value.kind {
        case .absent: return .missing
        case .null: return .null
        case .string:
            if value.length == 2 { return .empty }
            return kind == .number ? .wrongType : nil
        case .number: return kind == .string ? .wrongType : nil
        default: return kind == .any ? nil : .wrongType
        }
    }
}
