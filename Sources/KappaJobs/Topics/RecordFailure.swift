import Glibc
import KappaCore

/// What can be wrong with a record or the stream that it stands in.
package enum RecordFailure: Error, Equatable {
    case tooLong(Int)
    case unreadable(Int32)
    /// The record itself: what is wrong with it.
    case malformed(String)

    package var message: String {
        switch self {
        case .tooLong(let bytes): "a record of more than \(ByteCount(bytes: bytes)) without a delimiter"
        case .unreadable(let code): String(cString: strerror(code))
        case .malformed(let what): what
        }
    }
}
