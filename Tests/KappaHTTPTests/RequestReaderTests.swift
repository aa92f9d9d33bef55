import Testing

@testable import KappaHTTP

/// RFC 9112 is the yardstick; the cases of smuggling are those of "HTTP Desync Attacks" (CL.TE, TE.CL, TE.TE).
@Suite struct RequestReaderTests {
    func outcomes(
        of text: String, pieceSize: Int, _ rules: RequestReader.Rules = .init()
    ) -> [RequestReader.Outcome] {
        var reader = RequestReader(rules)
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

    func status(_ text: String, _ rules: RequestReader.Rules = .init()) -> Int? {
        guard case .refused(let refusal)? = outcomes(of: text, pieceSize: 4096, rules).last else { return nil }
        return refusal.status
    }

    static let host = HTTPField("host", "x")

    @Test(arguments: [1, 2, 7, 1000])
    func requestsAreFoundHoweverTheBytesArrive(pieceSize: Int) {
        let text = """
            \r\nGET /ping?a=b HTTP/1.1\r\nHost: x\r\n\r\nPOST /p HTTP/1.1\r\nhost:x\r\nContent-Length: 5\r\n\r\nhello\
            PUT /c HTTP/1.1\r\nHost: \t x \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: t\r\n\r\n\
            HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n
            """
        let expected: [RequestReader.Outcome] = [
            .request(HTTPRequest(path: "/ping", query: "a=b", headers: [Self.host])),
            .request(
                HTTPRequest(
                    method: .post, path: "/p", headers: [Self.host, HTTPField("content-length", "5")],
                    body: Array("hello".utf8))),
            .request(
                HTTPRequest(
                    method: .put, path: "/c", headers: [Self.host, HTTPField("transfer-encoding", "chunked")],
                    body: Array("abcde".utf8))),
            .request(
                HTTPRequest(
                    method: .head, path: "/", headers: [Self.host, HTTPField("connection", "close")],
                    keepsAlive: false)),
        ]
        #expect(outcomes(of: text, pieceSize: pieceSize) == expected)
    }

    @Test func versionOneZeroClosesUnlessToldOtherwise() {
        var request = HTTPRequest(path: "/", keepsAlive: false, isVersion11: false)
        #expect(outcomes(of: "GET / HTTP/1.0\r\n\r\n", pieceSize: 99) == [.request(request)])
        request.keepsAlive = true
        request.headers = [HTTPField("connection", "keep-alive")]
        #expect(outcomes(of: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", pieceSize: 99) == [.request(request)])
    }

    @Test func everyTruncationIsIncomplete() {
        let texts = [
            "GET /params/all HTTP/1.1\r\nHost: localhost:8000\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
        ]
        for text in texts {
            for length in 0..<text.utf8.count {
                let part = String(decoding: text.utf8.prefix(length), as: UTF8.self)
                #expect(outcomes(of: part, pieceSize: 1000).isEmpty, "\(part.debugDescription)")
            }
        }
    }

    @Test func aClientThatWaitsForALeaveGetsItOnce() {
        let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        let outcomes = outcomes(of: head + "ab", pieceSize: head.utf8.count)
        #expect(outcomes.first == .wantsContinue)
        #expect(outcomes.count == 2)
        #expect(self.outcomes(of: head + "ab", pieceSize: 1000).count == 1, "the body came along: no leave is needed")
    }

    @Test(arguments: [
        ("hello\r\n\r\n", 400), ("GET  HTTP/1.1\r\n\r\n", 400), ("GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400), ("BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505), ("GET /\u{7F} HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400),
        ("GET / HTTP/1.1\nHost: x\n\n", 400), ("GET / HTTP/1.1\r\nHost: x\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", 417),
        ("GET /" + String(repeating: "a", count: 20_000), 431),
        ("GET / HTTP/1.1\r\nHost: x\r\n" + String(repeating: "A: b\r\n", count: 101) + "\r\n", 431),
    ])
    func whatIsNotOneRequestIsRefused(text: String, wanted: Int) {
        #expect(status(text) == wanted)
    }

    @Test(arguments: [
        ("Content-Length: 4\r\nTransfer-Encoding: chunked", 400), ("Content-Length: 4\r\nContent-Length: 4", 400),
        ("Content-Length: 4, 4", 400), ("Content-Length: +4", 400), ("Content-Length: -1", 400),
        ("Content-Length: 0x4", 400), ("Content-Length:", 400), ("Content-Length: 99999999999999999999", 413),
        ("Content-Length: 1048577", 413), ("Transfer-Encoding: xchunked", 501), ("Transfer-Encoding : chunked", 400),
        ("Transfer-Encoding: chunked, identity", 501), ("Transfer-Encoding: gzip, chunked", 501),
        ("Transfer-Encoding:\u{0B}chunked", 400), ("Transfer-Encoding: chunked\r\nTransfer-Encoding: x", 400),
        ("X: y\r\n Transfer-Encoding: chunked", 400),
    ])
    func aBodyOfTwoMeaningsIsRefused(fields: String, wanted: Int) {
        #expect(status("POST / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\n0\r\n\r\n") == wanted)
    }

    @Test(arguments: [
        ("zz\r\n", 400), ("\r\n", 400), ("+3\r\nabc\r\n", 400), ("-1\r\n", 400), ("3\nabc\r\n", 400),
        ("3\r\nabcd\r\n", 400), ("fffffffff\r\n", 400), ("100001\r\n", 413), (" 3\r\n", 400),
        ("3;" + String(repeating: "x", count: 2000), 400), ("0\r\n" + String(repeating: "T: t\r\n", count: 3000), 431),
    ])
    func chunksOfNoGoodAreRefused(chunks: String, wanted: Int) {
        #expect(status("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)") == wanted)
    }

    @Test func aReaderOfReadersTakesNoBodies() {
        let rules = RequestReader.Rules(isReadOnly: true)
        #expect(status("POST / HTTP/1.1\r\nHost: x\r\n\r\n", rules) == 405)
        #expect(status("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", rules) == 413)
        #expect(status("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", rules) == 413)
        #expect(status("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", rules) == nil)
    }

    @Test(arguments: [
        ("localhost", true), ("LOCALHOST:80", true), ("localhost.:80", true), ("127.0.0.1:1", true), ("[::1]:80", true),
        ("site.example", true), ("evil.example", false), ("localhost.evil.example", false), ("127.0.0.1.nip.io", false),
        ("xlocalhost", false),
    ])
    func onlyNamesOfOursAreAnswered(name: String, isOurs: Bool) {
        let rules = RequestReader.Rules(hosts: HostRule(names: ["site.example"]))
        #expect(status("GET / HTTP/1.1\r\nHost: \(name)\r\n\r\n", rules) == (isOurs ? nil : 421))
    }

    /// Whatever comes, the reader says something and does not trap; what it takes is within its bounds.
    @Test func anythingAtAllIsTakenOrRefused() {
        var random = SplitMix(seed: 7)
        let seeds = [
            "GET /a?b=c HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
        ].map { Array($0.utf8) }
        let special = Array("\r\n\0 :;,\t%+-0123456789aAfFzZ/?\u{7F}".utf8) + [0xFF, 0x80]
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int(random.next() % 4) + 1 {
                let place = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 3 {
                case 0: bytes[place] = special[Int(random.next() % UInt64(special.count))]
                case 1: bytes.insert(special[Int(random.next() % UInt64(special.count))], at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            var reader = RequestReader()
            bytes.withUnsafeBytes { reader.feed($0) }
            var turns = 0
            loop: while turns < 50 {
                turns += 1
                switch reader.next() {
                case .incomplete, .refused: break loop
                case .wantsContinue: continue
                case .request(let request):
                    #expect(request.path.hasPrefix("/"))
                    #expect(request.headers.allSatisfy { !$0.name.contains(" ") && !$0.value.contains("\n") })
                }
            }
            #expect(turns < 50)
        }
    }
}

/// A generator whose every run is the same.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
