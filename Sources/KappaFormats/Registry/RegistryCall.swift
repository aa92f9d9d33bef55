/// What is asked of a registry.
package struct RegistryCall: Sendable {
    package enum Method: String, Sendable { case get = "GET", post = "POST", put = "PUT", delete = "DELETE" }

    package var method: Method
    /// Below the registry's address, with the query.
    package var path: String
    package var body: [UInt8]?

    package static let contentType = "application/vnd.schemaregistry.v1+json"

    init(_ parts: [String], query: String = "") { self.init(.get, parts, query: query) }

    init(_ method: Method, _ parts: [String], query: String = "", body: [UInt8]? = nil) {
        self.method = method
        path = parts.map { "/\(RegistryCall.escaped($0))" }.joined() + (query.isEmpty ? "" : "?\(query)")
        self.body = body
    }

    /// Subjects may hold anything, slashes among it; what RFC 3986 does not call unreserved is escaped.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                byte < 0x80
                && (Character(scalar).isLetter || Character(scalar).isNumber || "-._~".unicodeScalars.contains(scalar))
            if isPlain {
                escaped.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += "%\(digits.count == 1 ? "0" : "")\(digits)"
            }
        }
        return escaped
    }
}

/// What a registry answered.
package struct RegistryReply: Sendable {
    package var status: Int
    package var body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}
