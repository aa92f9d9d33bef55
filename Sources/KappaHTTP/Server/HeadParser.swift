/// Reads a request's line and its header fields, once they are whole.
struct HeadParser {
    struct Head {
        var request: HTTPRequest
        /// Of the body; 0 where there is none.
        var length = 0
        var isChunked = false
        var expectsContinue = false
    }

    typealias Refusal = RequestReader.Refusal

    private static let fieldLimit = 100

    static func parse(_ bytes: ArraySlice<UInt8>, _ rules: RequestReader.Rules) throws(Refusal) -> Head {
        // The lines, without the empty one at the end; that each ends with CR and LF has been seen to.
        let lines = bytes.dropLast(4).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0
        }
        guard lines.count <= fieldLimit + 1 else { throw Refusal(431, "The request has too many header fields.") }
        var request = try requestLine(lines[0])
        for line in lines.dropFirst() { request.headers.append(try field(line)) }
        try checkHost(request, rules.hosts)
        var head = Head(request: request)
        try readConnection(&head)
        try readBody(&head, rules)
        return head
    }

    private static func requestLine(_ line: ArraySlice<UInt8>) throws(Refusal) -> HTTPRequest {
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3, words[2].starts(with: "HTTP/".utf8) else {
            throw Refusal(400, "This is no HTTP request.")
        }
        let version = String(decoding: words[2], as: UTF8.self)
        guard version == "HTTP/1.1" || version == "HTTP/1.0" else { throw Refusal(505, "HTTP/1.1 is spoken here.") }
        guard words[0].allSatisfy(isTokenByte), !words[0].isEmpty else { throw Refusal(400, "The method is no word.") }
        guard let method = HTTPMethod(rawValue: String(decoding: words[0], as: UTF8.self)) else {
            throw Refusal(501, "That method is not known here.")
        }
        guard words[1].first == UInt8(ascii: "/"), words[1].allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Refusal(400, "The target must be a path.")
        }
        let target = String(decoding: words[1], as: UTF8.self)
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return HTTPRequest(
            method: method, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "",
            keepsAlive: version == "HTTP/1.1", isVersion11: version == "HTTP/1.1")
    }

    private static func field(_ line: ArraySlice<UInt8>) throws(Refusal) -> HTTPField {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw Refusal(400, "A header field has no colon.")
        }
        let name = line[..<colon]
        // A blank is no part of a name: this refuses folded lines and blanks before the colon as well.
        guard !name.isEmpty, name.allSatisfy(isTokenByte) else {
            throw Refusal(400, "A header field has no good name.")
        }
        let blanks: Set<UInt8> = [0x20, 0x09]
        var value = line[(colon + 1)...].drop { blanks.contains($0) }
        while let last = value.last, blanks.contains(last) { value.removeLast() }
        guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw Refusal(400, "A header field holds a control character.")
        }
        return HTTPField(
            String(decoding: name, as: UTF8.self).lowercased(), String(decoding: value, as: UTF8.self))
    }

    private static func checkHost(_ request: HTTPRequest, _ rule: HostRule?) throws(Refusal) {
        let hosts = request.headers.filter { $0.name == "host" }
        guard hosts.count == 1 || (hosts.isEmpty && !request.isVersion11) else {
            throw Refusal(400, hosts.isEmpty ? "The request names no host." : "The request names two hosts.")
        }
        let name = hosts.first?.value ?? ""
        guard hosts.isEmpty || HostRule.name(name) != nil else { throw Refusal(400, "The host has no good name.") }
        guard let rule else { return }
        guard rule.allows(name) else {
            throw Refusal(421, "This server does not answer to that name.")
        }
    }

    private static func readConnection(_ head: inout Head) throws(Refusal) {
        for field in head.request.headers where field.name == "connection" {
            let words = field.value.lowercased().split { $0 == "," || $0 == " " || $0 == "\t" }
            if words.contains("keep-alive") { head.request.keepsAlive = true }
            if words.contains("close") { head.request.keepsAlive = false }
        }
        guard let expected = head.request.header("expect") else { return }
        guard expected.lowercased() == "100-continue" else { throw Refusal(417, "That cannot be expected here.") }
        head.expectsContinue = head.request.isVersion11
    }

    private static func readBody(_ head: inout Head, _ rules: RequestReader.Rules) throws(Refusal) {
        let method = head.request.method
        guard !rules.isReadOnly || method == .get || method == .head else {
            throw Refusal(405, "There is only GET here.")
        }
        let lengths = head.request.headers.filter { $0.name == "content-length" }
        let codings = head.request.headers.filter { $0.name == "transfer-encoding" }
        guard lengths.count < 2, codings.count < 2, lengths.isEmpty || codings.isEmpty else {
            throw Refusal(400, "The length of the body is said twice.")
        }
        if let coding = codings.first {
            guard head.request.isVersion11 else { throw Refusal(400, "HTTP/1.0 has no transfer codings.") }
            guard coding.value.lowercased() == "chunked" else { throw Refusal(501, "Only chunks are known here.") }
            head.isChunked = true
        }
        if let length = lengths.first {
            guard !length.value.isEmpty, length.value.utf8.allSatisfy({ (48...57).contains($0) }) else {
                throw Refusal(400, "The length of the body is no number.")
            }
            guard let count = Int(length.value), count <= rules.bodyLimit else {
                throw Refusal(413, "The body is too long.")
            }
            head.length = count
        }
        guard !rules.isReadOnly || (head.length == 0 && !head.isChunked) else {
            throw Refusal(413, "A request here has no body.")
        }
    }

    /// RFC 9110, 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
