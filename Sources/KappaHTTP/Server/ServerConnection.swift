import Glibc
import KappaNetwork

/// One client: bytes in, requests out; responses in, bytes out.
final class ServerConnection {
    enum Phase: Equatable {
        case reading
        /// A worker has the request.
        case handling
        case writing
        /// The last word is said; what still comes is thrown away, so that the word is not lost to a reset.
        case lingering
    }

    enum Progress {
        /// The whole response is through.
        case done
        /// The socket takes no more for now.
        case blocked
        /// The body has nothing more for now.
        case waiting
        case broken
    }

    let descriptor: Int32
    let id: UInt64
    let peer: String
    let stream: ByteStream
    var reader: RequestReader
    var phase = Phase.reading
    /// What epoll was last told.
    var events: UInt32 = 0
    /// By the steady clock, in milliseconds; nil waits for ever.
    var deadline: Int64?
    /// Which of the waits for a request the deadline is for, as its seconds.
    var deadlineKind = 0
    /// The server's count of reads and answers when this one had its last: two are never equal, as two times may be.
    var lastActivity: UInt64
    private(set) var request: HTTPRequest?
    private(set) var closesAfterwards = false
    private(set) var isRefusal = false

    private var output: [UInt8] = []
    private var sent = 0
    private var source: (any BodySource)?
    private var isChunked = false

    /// Bytes pulled from a body at once.
    private static let pieceBytes = 64 << 10

    init(descriptor: Int32, id: UInt64, peer: String, stream: ByteStream, rules: RequestReader.Rules, activity: UInt64)
    {
        self.descriptor = descriptor
        self.id = id
        self.peer = peer
        self.stream = stream
        reader = RequestReader(rules)
        lastActivity = activity
    }

    var isStreaming: Bool { source != nil }

    /// The request with what the connection knows of its sender.
    func begin(_ found: HTTPRequest) -> HTTPRequest {
        var request = found
        request.peer = peer
        if case .tls = stream { request.isSecure = true }
        self.request = request
        phase = .handling
        return request
    }

    func sayContinue() { output += Array("HTTP/1.1 100 Continue\r\n\r\n".utf8) }

    /// Begins an answer; without a request it is a refusal, the connection's last word.
    func answer(_ response: HTTPResponse, bell: BodyBell) {
        let keepsAlive = request?.keepsAlive == true && !response.endsWithConnection(request)
        closesAfterwards = !keepsAlive
        isRefusal = request == nil
        phase = .writing
        isChunked = request?.isVersion11 == true
        output += response.head(keepsAlive: keepsAlive, isChunked: isChunked)
        switch response.body {
        case .bytes(let bytes): if request?.method != .head, response.status != 304 { output += bytes }
        case .stream(let source) where request?.method == .head: source.close()
        case .stream(let source):
            self.source = source
            source.attach(bell)
        }
    }

    /// Writes what can be written without waiting, pulling more as it goes.
    func flush() -> Progress {
        for _ in 0..<16 {
            while sent < output.count {
                let count = output.withUnsafeBytes { bytes in
                    stream.send(bytes.baseAddress! + sent, bytes.count - sent, hasMore: false)
                }
                guard count > 0 else { return errno == EAGAIN || errno == EINTR ? .blocked : .broken }
                sent += count
            }
            output.removeAll(keepingCapacity: sent < 256 << 10)
            sent = 0
            guard let source else { return .done }
            switch source.pull(Self.pieceBytes) {
            case .bytes(let bytes): append(bytes)
            case .later: return .waiting
            case .broken: return .broken
            case .end:
                if isChunked { output += Array("0\r\n\r\n".utf8) }
                source.close()
                self.source = nil
            }
        }
        // The others get their turn.
        return .blocked
    }

    private func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        guard isChunked else { return output += bytes }
        output += Array((String(bytes.count, radix: 16) + "\r\n").utf8)
        output += bytes
        output += [13, 10]
    }

    /// Ready for the next request.
    func finishAnswer() {
        request = nil
        phase = .reading
    }

    /// The client has gone, or has to.
    func discard() {
        source?.close()
        source = nil
    }

    /// Reads what is there; false at the end of the stream or on an error.
    func receive() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 16) { room in
            for _ in 0..<4 {
                let count = stream.receive(room.baseAddress!, room.count)
                guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
                if phase != .lingering { reader.feed(UnsafeRawBufferPointer(rebasing: room[..<count])) }
                guard stream.hasPending else { return true }
            }
            return true
        }
    }
}
