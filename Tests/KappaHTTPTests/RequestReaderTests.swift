import Testing

@testable import KappaHTTP

@Suite struct RequestReaderTests {
    func outcomes(of text: String, pieceSize: Int) -> [RequestReader.Outcome] {
        var reader = RequestReader()
        var outcomes: [RequestReader.Outcome] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: pieceSize) {
            Array(bytes[start..<min(start + pieceSize, bytes.count)]).withUnsafeBytes { reader.feed($0) }
            while true {
                let outcome = reader.next()
                guard outcome != .incomplete else { break }
                outcomes.append(outcome)
                if case .refused = outcome { return outcomes }
            }
        }
        return outcomes
    }

    @Test(arguments: [1, 2, 7, 1000])
    func requestsAreFoundHoweverTheBytesArrive(pieceSize: Int) {
        let text = "\r\nGET /ping?a=b HTTP/1.1\r\nHost: x\r\n\r\nHEAD / HTTP/1.1\r\nConnection: close\r\n\r\n"
        let expected: [RequestReader.Outcome] = [
            .request(HTTPRequest(method: "GET", path: "/ping", query: "a=b")),
            .request(HTTPRequest(method: "HEAD", path: "/", keepsAlive: false)),
        ]
        #expect(outcomes(of: text, pieceSize: pieceSize) == expected)
    }

    @Test func versionOneZeroClosesUnlessToldOtherwise() {
        let first = HTTPRequest(method: "GET", path: "/", keepsAlive: false)
        #expect(outcomes(of: "GET / HTTP/1.0\r\n\r\n", pieceSize: 99) == [.request(first)])
        let second = HTTPRequest(method: "GET", path: "/", keepsAlive: true)
        #expect(outcomes(of: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", pieceSize: 99) == [.request(second)])
    }

    @Test func everyTruncationIsIncomplete() {
        let text = "GET /params/all HTTP/1.1\r\nHost: localhost:8000\r\n\r\n"
        for length in 0..<text.utf8.count {
            #expect(outcomes(of: String(decoding: text.utf8.prefix(length), as: UTF8.self), pieceSize: 1000).isEmpty)
        }
    }

    @Test(arguments: [
        ("hello\r\n\r\n", 400), ("GET  HTTP/1.1\r\n\r\n", 400), ("GET http://x/ HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400), ("POST / HTTP/1.1\r\n\r\n", 405), ("GET / HTTP/2.0\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 413),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 413),
        ("GET /" + String(repeating: "a", count: 20_000), 431),
    ])
    func whatIsNotForThisServerIsRefused(text: String, status: Int) {
        guard case .refused(let response)? = outcomes(of: text, pieceSize: 4096).first else {
            Issue.record("it was not refused")
            return
        }
        #expect(response.status == status)
    }
}
