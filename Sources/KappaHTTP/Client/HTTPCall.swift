/// What a client asks of a server.
package struct HTTPCall: Sendable {
    package var method: HTTPMethod
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]?
    /// For the whole of it, from the search for the host to the last byte of the answer.
    package var timeout: Duration
    /// Whether the server may be asked again though it may have done it already: a POST whose effect is the same the
    /// second time, such as writes that carry their own versions.
    package var isRepeatable: Bool

    package init(
        _ method: HTTPMethod = .get, _ url: String, headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil, timeout: Duration = .seconds(30), isRepeatable: Bool? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.isRepeatable = isRepeatable ?? method.isIdempotent
    }
}
