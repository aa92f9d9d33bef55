/// The path of a route: `/api/log/{topic}`, where a name in braces takes one part of the path, decoded.
package struct PathPattern: Equatable, Sendable, CustomStringConvertible {
    private enum Part: Equatable {
        case word(String)
        case placeholder(String)
    }

    package let description: String
    private let parts: [Part]

    package init(_ text: String) {
        description = text
        parts = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { part in
            part.hasPrefix("{") && part.hasSuffix("}")
                ? .placeholder(String(part.dropFirst().dropLast())) : .word(String(part))
        }
    }

    package var placeholders: Int { names.count }

    package var names: [String] {
        parts.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
    }

    /// A path in its parts, decoded; nil where it is not well formed. Dots that climb find no route: no part of a
    /// path ever becomes the name of a file.
    package static func split(_ path: String) -> [String]? {
        var parts: [String] = []
        for part in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard let decoded = PercentCoding.decoded(part), !decoded.utf8.contains(0) else { return nil }
            parts.append(decoded)
        }
        return parts
    }

    package func match(_ path: [String]) -> [String: String]? {
        guard path.count == parts.count else { return nil }
        var values: [String: String] = [:]
        for (part, text) in zip(parts, path) {
            switch part {
            case .word(let word): guard word == text else { return nil }
            case .placeholder(let name):
                guard !text.isEmpty else { return nil }
                values[name] = text
            }
        }
        return values
    }
}
