import KappaCore

/// Writes CSV as RFC 4180 has it, with plain line feeds.
package enum CSV {
    package static func line(_ fields: [String]) -> String {
        fields.map(quoted).joined(separator: ",") + "\n"
    }

    package static func field(_ cell: Cell) -> String {
        switch cell {
        case .text(let text), .styled(let text, _): text
        case .time(let time): time.rfc3339
        case .list(let words): words.joined(separator: " ")
        case .absent: ""
        default: JSON.value(cell)
        }
    }

    static func quoted(_ field: String) -> String {
        let special: Set<Unicode.Scalar> = ["\"", ",", "\n", "\r"]
        guard field.unicodeScalars.contains(where: special.contains) else { return field }
        return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
