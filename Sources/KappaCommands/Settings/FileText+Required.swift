import Glibc
import KappaCore

extension FileText {
    /// The text of a file that must be there; the error names it.
    static func required(_ path: String, as what: String) throws -> String {
        switch read(path) {
        case .text(let text): return text
        case .missing: throw UsageError("\(what) \(path) does not exist")
        case .unreadable(let reason): throw UsageError("\(what) \(path) cannot be read: \(reason)")
        }
    }
}

/// The environment of the process.
enum Environment {
    static func value(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
