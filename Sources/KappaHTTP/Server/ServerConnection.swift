import Glibc

/// One client: bytes in, requests out; responses in, bytes out.
struct ServerConnection {
    let socket: Int32
    private(set) var lastActive: Int64
    private var reader = RequestReader()
    private var output: [UInt8] = []
    private var sent = 0
    private var closesAfterOutput = false

    init(socket: Int32, now: Int64) {
        self.socket = socket
        lastActive = now
    }

    var hasOutput: Bool { sent < output.count }

    /// Reads or writes what can be without waiting; false when the connection is at its end.
    mutating func advance(handler: HTTPServer.Handler, now: Int64) -> Bool {
        lastActive = now
        if !hasOutput {
            guard receive() else { return false }
            answer(handler)
        }
        // Requests that came together are answered one by one: the output is never more than one response.
        while hasOutput {
            guard let isDone = send() else { return false }
            guard isDone else { return true }
            if closesAfterOutput { return false }
            answer(handler)
        }
        return true
    }

    private mutating func answer(_ handler: HTTPServer.Handler) {
        output.removeAll(keepingCapacity: true)
        sent = 0
        switch reader.next() {
        case .incomplete: return
        case .request(let request):
            closesAfterOutput = !request.keepsAlive
            output = handler(request).bytes(keepsAlive: request.keepsAlive, withBody: request.method != "HEAD")
        case .refused(let response):
            closesAfterOutput = true
            output = response.bytes(keepsAlive: false)
        }
    }

    /// False at the end of the stream or on an error.
    private mutating func receive() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 1) { room in
            let count = recv(socket, room.baseAddress, room.count, 0)
            guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
            reader.feed(UnsafeRawBufferPointer(rebasing: room[..<count]))
            return true
        }
    }

    /// Whether all is sent; nil on an error.
    private mutating func send() -> Bool? {
        // MSG_NOSIGNAL: a client that went away is an error here, not the end of the process.
        let count = output.withUnsafeBytes { bytes in
            Glibc.send(socket, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
        }
        guard count >= 0 else { return errno == EAGAIN || errno == EINTR ? false : nil }
        sent += count
        return !hasOutput
    }
}
