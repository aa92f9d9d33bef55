/// One request, whole: the head has been checked and the body has come.
package struct HTTPRequest: Equatable, Sendable {
    package var method: HTTPMethod
    /// Without the query, undecoded: `/params/all`.
    package var path: String
    /// After the question mark, undecoded; empty where there is none.
    package var query: String
    /// By lower-case name, in the order they came.
    package var headers: [HTTPField]
    package var body: [UInt8]
    /// Whether the connection stays open for another request.
    package var keepsAlive: Bool
    /// HTTP/1.0 knows no chunks: a streamed answer ends with its connection.
    package var isVersion11: Bool
    /// The address of the other side, without its port.
    package var peer: String
    /// Whether it came through TLS.
    package var isSecure: Bool
    /// What a route's pattern found in the path, decoded.
    package var pathValues: [String: String] = [:]
    /// Who signed in, where somebody did.
    package var user: String?
    /// Ends when the client goes away before its answer has come.
    package var life = RequestLife()

    package init(
        method: HTTPMethod = .get, path: String, query: String = "", headers: [HTTPField] = [], body: [UInt8] = [],
        keepsAlive: Bool = true, isVersion11: Bool = true, peer: String = "", isSecure: Bool = false
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.keepsAlive = keepsAlive
        self.isVersion11 = isVersion11
        self.peer = peer
        self.isSecure = isSecure
    }

    /// A header field by its lower-case name; the first where it came twice.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The query as names and values, decoded; a name may come more than once.
    package var parameters: [HTTPField] { PercentCoding.fields(query) }

    package func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }
}

/// A header field, or a parameter of a query.
package struct HTTPField: Equatable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
