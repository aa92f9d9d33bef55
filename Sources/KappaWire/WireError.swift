package import KappaCore

/// Why bytes are not a message of Kafka's protocol, or a value cannot be written as one.
///
/// An index counts the bytes from the start of what was read, so that a hex dump of a refused request shows the place.
package enum WireError: Failure, Equatable {
    case endedEarly(index: Int, needed: Int, available: Int)
    case impossibleLength(Int, index: Int)
    case tooManyElements(Int, index: Int, available: Int)
    case tooManyElementsInAll(maximum: Int, index: Int)
    case nullNotAllowed(index: Int)
    case numberTooLong(index: Int)
    case notUTF8(index: Int)
    case bytesLeft(Int)
    case unknownRequest(key: Int16)
    case unsupportedVersion(ApiKey, version: Int16)
    case wrongFrameLength(Int, maximum: Int)
    case tooLongToWrite(Int, maximum: Int)

    package var kind: FailureKind { .failed }

    package var message: String {
        switch self {
        case .endedEarly(let index, let needed, let available):
            "the message ends early: \(needed) bytes are needed at byte \(index), and \(available) are left"
        case .impossibleLength(let length, let index):
            "the length \(length) before byte \(index) is not one"
        case .tooManyElements(let count, let index, let available):
            "a list of \(count) elements cannot fit in the \(available) bytes left at byte \(index)"
        case .tooManyElementsInAll(let maximum, let index):
            "the message has more than \(maximum) elements in its lists, at byte \(index)"
        case .nullNotAllowed(let index):
            "null stands where a value is needed, before byte \(index)"
        case .numberTooLong(let index):
            "the variable-length number before byte \(index) does not fit in 32 bits"
        case .notUTF8(let index):
            "the text before byte \(index) is not UTF-8"
        case .bytesLeft(let count):
            "\(count) bytes are left after the end of the message"
        case .unknownRequest(let key):
            "the request key \(key) is not known"
        case .unsupportedVersion(let key, let version):
            "version \(version) of \(key.name) is not known"
        case .wrongFrameLength(let length, let maximum):
            "the length \(length) of a message is not between 0 and \(maximum)"
        case .tooLongToWrite(let length, let maximum):
            "a value of \(length) bytes is longer than the \(maximum) that its place in the message can hold"
        }
    }
}
