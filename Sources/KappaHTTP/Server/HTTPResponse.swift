/// What a handler answers.
package struct HTTPResponse: Sendable {
    package enum Body: Sendable {
        case bytes([UInt8])
        /// Pulled piece by piece as the client takes it, in chunks.
        case stream(any BodySource)
    }

    package var status: Int
    package var contentType: String
    /// Beside what the server writes itself: length, connection, type.
    package var headers: [HTTPField]
    package var body: Body

    package init(status: Int = 200, contentType: String, headers: [HTTPField] = [], body: [UInt8]) {
        self.init(status: status, contentType: contentType, headers: headers, body: .bytes(body))
    }

    package init(status: Int = 200, contentType: String, headers: [HTTPField] = [], body: Body) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    package init(status: Int = 200, text: String) {
        self.init(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    package init(status: Int = 200, json: String) {
        self.init(status: status, contentType: "application/json", body: Array(json.utf8))
    }

    package static let notFound = HTTPResponse(status: 404, text: "There is nothing here.\n")

    /// Empty for a streamed body.
    package var bytes: [UInt8] {
        if case .bytes(let bytes) = body { bytes } else { [] }
    }

    package func with(_ name: String, _ value: String) -> HTTPResponse {
        var copy = self
        copy.headers.append(HTTPField(name, value))
        return copy
    }

    /// Whether the body's end is its connection's: HTTP/1.0 has no chunks.
    func endsWithConnection(_ request: HTTPRequest?) -> Bool {
        if case .stream = body { request?.isVersion11 == false } else { false }
    }

    /// The head, with its empty line.
    func head(keepsAlive: Bool, isChunked: Bool) -> [UInt8] {
        var text = "HTTP/1.1 \(status) \(HTTPResponse.reason(status))\r\n"
        if status != 204, status != 304 { text += "Content-Type: \(contentType)\r\n" }
        switch body {
        case .bytes(let bytes) where status != 204 && status != 304: text += "Content-Length: \(bytes.count)\r\n"
        case .stream where isChunked: text += "Transfer-Encoding: chunked\r\n"
        default: break
        }
        text += "Connection: \(keepsAlive ? "keep-alive" : "close")\r\n"
        for field in headers where HTTPResponse.isInert(field) { text += "\(field.name): \(field.value)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    /// A line end in a field would begin another of somebody else's choosing; such a field is left out.
    private static func isInert(_ field: HTTPField) -> Bool {
        !(field.name + field.value).utf8.contains { $0 < 32 && $0 != 9 || $0 == 127 }
    }

    private static func reason(_ status: Int) -> String { reasons[status] ?? "Status" }

    private static let reasons = [
        200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 303: "See Other", 304: "Not Modified",
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        408: "Request Timeout", 409: "Conflict", 411: "Length Required", 413: "Content Too Large",
        415: "Unsupported Media Type", 417: "Expectation Failed", 421: "Misdirected Request",
        422: "Unprocessable Content", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
        500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable", 504: "Gateway Timeout",
        505: "HTTP Version Not Supported",
    ]
}
