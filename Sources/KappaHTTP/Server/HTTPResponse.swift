/// What a handler answers.
package struct HTTPResponse: Equatable, Sendable {
    package var status: Int
    package var contentType: String
    package var body: [UInt8]

    package init(status: Int = 200, contentType: String, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    package init(status: Int = 200, text: String) {
        self.init(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    package static let notFound = HTTPResponse(status: 404, text: "There is nothing here.\n")

    /// The whole message; a HEAD request gets the length of the body, and no body.
    func bytes(keepsAlive: Bool, withBody: Bool = true) -> [UInt8] {
        let head = """
            HTTP/1.1 \(status) \(HTTPResponse.reason(status))\r
            Content-Type: \(contentType)\r
            Content-Length: \(body.count)\r
            Connection: \(keepsAlive ? "keep-alive" : "close")\r
            \(status == 405 ? "Allow: GET, HEAD\r\n" : "")\r

            """
        return Array(head.utf8) + (withBody ? body : [])
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 431: "Request Header Fields Too Large"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: "Internal Server Error"
        }
    }
}
