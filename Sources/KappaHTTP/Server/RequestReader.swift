/// Finds requests in the bytes of one connection: a pure machine, fed as they come.
///
/// RFC 9112 read strictly: where two readers of the same bytes could see two different requests, there is none. So no
/// bare line feeds, no blanks before a colon, no folded fields, one length or chunks and never both.
struct RequestReader {
    enum Outcome: Equatable {
        case incomplete
        /// The client waits for a leave to send its body; said once for a request.
        case wantsContinue
        case request(HTTPRequest)
        /// Answer this and close.
        case refused(Refusal)
    }

    /// Why a request is not taken: the status, and a sentence for the person at the other side.
    struct Refusal: Error, Equatable {
        var status: Int
        var text: String

        init(_ status: Int, _ text: String) {
            self.status = status
            self.text = text
        }

        var response: HTTPResponse {
            let response = HTTPResponse(status: status, text: text + "\n")
            return status == 405 ? response.with("Allow", "GET, HEAD") : response
        }
    }

    struct Rules: Sendable {
        var hosts: HostRule?
        var bodyLimit = 1 << 20
        /// Nothing but GET and HEAD, and no bodies.
        var isReadOnly = false
    }

    private enum Stage {
        case head
        case body(HTTPRequest, length: Int)
        case chunks(HTTPRequest, ChunkReader)
    }

    /// A request's line and header fields must fit in here.
    static let headLimit = 16_384

    private let rules: Rules
    private var bytes: [UInt8] = []
    /// The head has no end, and no bare line feed, before here.
    private var searched = 0
    private var stage = Stage.head
    private var owesContinue = false

    init(_ rules: Rules = Rules()) { self.rules = rules }

    mutating func feed(_ more: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: more)
    }

    /// Whether a request has begun and has not ended.
    var isInMiddle: Bool { isInBody || !bytes.isEmpty }

    var isInBody: Bool { if case .head = stage { false } else { true } }

    mutating func next() -> Outcome {
        do throws(Refusal) {
            if case .head = stage {
                guard let end = try headEnd() else { return .incomplete }
                let head = try HeadParser.parse(bytes[..<end], rules)
                bytes.removeFirst(end)
                searched = 0
                owesContinue = head.expectsContinue
                stage = head.isChunked ? .chunks(head.request, ChunkReader()) : .body(head.request, length: head.length)
            }
            return try takeBody()
        } catch { return .refused(error) }
    }

    private mutating func takeBody() throws(Refusal) -> Outcome {
        switch stage {
        case .head: return .incomplete
        case .body(var request, let length):
            guard bytes.count >= length else { return pending() }
            request.body = Array(bytes.prefix(length))
            bytes.removeFirst(length)
            stage = .head
            return .request(request)
        case .chunks(var request, var reader):
            let isWhole = try reader.take(from: &bytes, limit: rules.bodyLimit)
            stage = .chunks(request, reader)
            guard isWhole else { return pending() }
            request.body = reader.body
            stage = .head
            return .request(request)
        }
    }

    private mutating func pending() -> Outcome {
        defer { owesContinue = false }
        return owesContinue && bytes.isEmpty ? .wantsContinue : .incomplete
    }

    /// The length of the head with its empty line; nil as long as that has not come.
    private mutating func headEnd() throws(Refusal) -> Int? {
        let (cr, lf) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
        // An empty line before the request line is allowed by RFC 9112, 2.2.
        while bytes.starts(with: [cr, lf]) { bytes.removeFirst(2) }
        var index = max(searched - 1, 0)
        while index < bytes.count {
            if bytes[index] == lf {
                guard index > 0, bytes[index - 1] == cr else { throw Refusal(400, "A line ends without a CR.") }
                if index >= 3, bytes[index - 2] == lf {
                    guard index < Self.headLimit else { throw Refusal(431, "The request is too long.") }
                    return index + 1
                }
            } else if index > 0, bytes[index - 1] == cr {
                throw Refusal(400, "A CR stands alone.")
            }
            index += 1
        }
        searched = bytes.count
        guard bytes.count <= Self.headLimit else { throw Refusal(431, "The request is too long.") }
        return nil
    }
}
