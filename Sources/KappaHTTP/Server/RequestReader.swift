/// Finds requests in the bytes of one connection: a pure machine, fed as they come.
///
/// RFC 9112's request line and header fields, in as much as a read-only server needs them. Bodies are refused: this
/// server has nothing to be told.
struct RequestReader {
    enum Outcome: Equatable {
        case incomplete
        case request(HTTPRequest)
        /// Answer this and close.
        case refused(HTTPResponse)
    }

    /// A request's line and header fields must fit in here.
    static let limit = 16_384

    private var bytes: [UInt8] = []
    /// No head ends before here: what has been looked through is not looked through again.
    private var searched = 0

    mutating func feed(_ more: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: more)
    }

    /// Whether a request has begun and has not ended.
    var isInMiddle: Bool { !bytes.isEmpty }

    mutating func next() -> Outcome {
        // An empty line before the request line is allowed by RFC 9112, 2.2.
        while bytes.first == UInt8(ascii: "\r") || bytes.first == UInt8(ascii: "\n") { bytes.removeFirst() }
        guard let end = headEnd() else {
            guard bytes.count <= Self.limit else { return refuse(431, "The request is too long.") }
            return .incomplete
        }
        guard end <= Self.limit else { return refuse(431, "The request is too long.") }
        let head = String(decoding: bytes[..<end], as: UTF8.self)
        bytes.removeFirst(end)
        return parse(head)
    }

    /// The length of the head with its empty line; nil as long as that has not come.
    private mutating func headEnd() -> Int? {
        let (cr, lf) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
        for end in stride(from: max(searched, 4), through: bytes.count, by: 1)
        where bytes[end - 1] == lf && bytes[end - 2] == cr && bytes[end - 3] == lf && bytes[end - 4] == cr {
            searched = 0
            return end
        }
        searched = bytes.count
        return nil
    }

    private func parse(_ head: String) -> Outcome {
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: true)
        let words = lines[0].split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2].hasPrefix("HTTP/") else { return refuse(400, "This is no HTTP request.") }
        guard words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else { return refuse(505, "HTTP/1.1 is spoken here.") }
        guard words[0] == "GET" || words[0] == "HEAD" else { return refuse(405, "There is only GET here.") }
        guard words[1].hasPrefix("/") else { return refuse(400, "The target must be a path.") }
        var keepsAlive = words[2] == "HTTP/1.1"
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return refuse(400, "A header field has no colon.") }
            let value = line[line.index(after: colon)...].filter { $0 != " " && $0 != "\t" }.lowercased()
            switch line[..<colon].lowercased() {
            case "connection": keepsAlive = value == "close" ? false : value == "keep-alive" ? true : keepsAlive
            case "content-length" where value != "0": return refuse(413, "A request here has no body.")
            case "transfer-encoding": return refuse(413, "A request here has no body.")
            default: break
            }
        }
        return .request(request(method: words[0], target: words[1], keepsAlive: keepsAlive))
    }

    private func request(method: Substring, target: Substring, keepsAlive: Bool) -> HTTPRequest {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return HTTPRequest(
            method: String(method), path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "",
            keepsAlive: keepsAlive)
    }

    private func refuse(_ status: Int, _ text: String) -> Outcome {
        .refused(HTTPResponse(status: status, text: text + "\n"))
    }
}
