/// What a server said.
package struct HTTPAnswer: Sendable {
    package var status: Int
    /// By lower-case name; the last one where a name came twice.
    package var headers: [String: String]
    package var body: [UInt8]
    /// How long the server asks to be left alone.
    package var retryAfter: Duration?

    package var isSuccess: Bool { (200...299).contains(status) }
    package var contentType: String? { headers["content-type"] }
}
