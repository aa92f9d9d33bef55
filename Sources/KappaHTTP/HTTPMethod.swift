/// The methods of RFC 9110 that this program sends or answers.
package enum HTTPMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
    case patch = "PATCH"
    case options = "OPTIONS"

    /// Changes nothing at the server (RFC 9110, 9.2.1).
    package var isSafe: Bool { self == .get || self == .head || self == .options }

    /// Sent twice, it does what it does once (RFC 9110, 9.2.2).
    package var isIdempotent: Bool { self != .post && self != .patch }
}
