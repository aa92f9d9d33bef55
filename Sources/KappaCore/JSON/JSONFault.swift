/// Why a text is not JSON.
package enum JSONFault: UInt8, Error, Sendable, CustomStringConvertible {
    case empty
    case unexpected
    case endedEarly
    case controlCharacter
    case badEscape
    case badUTF8
    case badNumber
    case trailingBytes
    case tooDeep

    package var description: String {
        switch self {
        case .empty: "there is no value"
        case .unexpected: "a byte that cannot stand there"
        case .endedEarly: "it ends too early"
        case .controlCharacter: "a control character inside a string"
        case .badEscape: "an escape that means nothing"
        case .badUTF8: "a string that is not UTF-8"
        case .badNumber: "a malformed number"
        case .trailingBytes: "bytes after the value"
        case .tooDeep: "it is nested deeper than \(JSONCursor.depthLimit) levels"
        }
    }
}
