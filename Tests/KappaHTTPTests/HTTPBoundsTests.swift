import Glibc
import KappaCore
import Synchronization
import Testing

@testable import KappaHTTP

/// Whoever is slow, silent or many costs a bounded amount, and keeps nobody out.
@Suite struct HTTPBoundsTests {
    static func server(_ change: (inout HTTPServerSettings) -> Void = { _ in }) throws -> HTTPServer {
        var settings = HTTPServerSettings()
        settings.isReadOnly = false
        change(&settings)
        return try HTTPServer(listen: ListenAddress(port: 0), settings: settings) { request in
            HTTPResponse(text: "\(request.method.rawValue) \(request.body.count)")
        }
    }

    @Test func aHeadThatDripsIsCutOffAtItsDeadline() throws {
        let server = try Self.server { $0.headSeconds = 1 }
        defer { server.stop() }
        let drip = try RawClient(server.address)
        let start = ContinuousClock.now
        var answer = ""
        // A byte renews nothing.
        for byte in "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + String(repeating: "y", count: 40) {
            drip.send(String(byte))
            usleep(100_000)
            if ContinuousClock.now - start > .seconds(3) { break }
        }
        answer = drip.rest()
        #expect(answer.hasPrefix("HTTP/1.1 408"), "\(answer)")
        #expect(ContinuousClock.now - start < .seconds(8))
    }

    @Test func aBodyThatDoesNotComeIsCutOff() throws {
        let server = try Self.server { $0.bodySeconds = 1 }
        defer { server.stop() }
        let client = try RawClient(server.address)
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        #expect(client.rest().hasPrefix("HTTP/1.1 408"))
    }

    @Test func aSilentConnectionIsLetGo() throws {
        let server = try Self.server { $0.idleSeconds = 1 }
        defer { server.stop() }
        #expect(try RawClient(server.address).isAtEnd())
    }

    @Test func twoThousandIdleConnectionsKeepNobodyOut() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let server = try Self.server()
        defer { server.stop() }
        let crowd = try (0..<2000).map { _ in try RawClient(server.address) }
        let answer = try HTTPClient().get("http://\(server.address)/", timeout: .seconds(5))
        #expect(answer.status == 200)
        #expect(crowd.count == 2000)
    }

    @Test func aCrowdOfDrippingHeadsKeepsNobodyOut() throws {
        let server = try Self.server { $0.connections = 100 }
        defer { server.stop() }
        let crowd = try (0..<300).map { _ in try RawClient(server.address) }
        for client in crowd { client.send("GET / HT") }
        for _ in 0..<5 { #expect(try HTTPClient().get("http://\(server.address)/").status == 200) }
    }

    @Test func bodiesOfEveryVerbComeThrough() throws {
        let server = try Self.server()
        defer { server.stop() }
        let client = HTTPClient()
        let url = "http://\(server.address)/x"
        let body = [UInt8](repeating: 7, count: 300_000)
        for method in [HTTPMethod.post, .put, .patch, .delete] {
            let answer = try client.send(HTTPCall(method, url, body: body))
            #expect(String(decoding: answer.body, as: UTF8.self) == "\(method.rawValue) 300000")
            let empty = try client.send(HTTPCall(method, url))
            #expect(String(decoding: empty.body, as: UTF8.self) == "\(method.rawValue) 0")
        }
        let tooLong = try client.send(HTTPCall(.post, url, body: [UInt8](repeating: 7, count: 1_048_577)))
        #expect(tooLong.status == 413)
        #expect(try client.send(HTTPCall(.get, url)).status == 200)
    }

    @Test func aRequestBehindARefusedOneIsNeverAnswered() throws {
        let server = try Self.server()
        defer { server.stop() }
        let client = try RawClient(server.address)
        client.send(
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
        let answer = client.rest()
        #expect(answer.hasPrefix("HTTP/1.1 400"))
        #expect(answer.ranges(of: "HTTP/1.1 ").count == 1)
    }

    @Test func handlersThatWaitDoNotHoldOthersBack() throws {
        var settings = HTTPServerSettings()
        settings.workers = 2
        let gate = Signal()
        let server = try HTTPServer(listen: ListenAddress(port: 0), settings: settings) { request in
            if request.path == "/slow" { _ = gate.wait(seconds: 20) }
            return HTTPResponse(text: request.path)
        }
        defer { server.stop() }
        let slow = try RawClient(server.address)
        slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in 0..<20 { #expect(try HTTPClient().get("http://\(server.address)/fast").status == 200) }
        gate.post()
        #expect(slow.response().hasSuffix("/slow"))
    }

    @Test func callsAreMadeAgainAsTheServerAsks() throws {
        let count = Counter()
        let server = try HTTPServer(listen: ListenAddress(port: 0)) { _ in
            count.next() < 3
                ? HTTPResponse(status: 503, text: "later").with("Retry-After", "7") : HTTPResponse(text: "ok")
        }
        defer { server.stop() }
        var pauses: [Duration] = []
        let answer = try HTTPClient().send(HTTPCall(.get, "http://\(server.address)/"), retrying: RetryRule()) {
            pauses.append($0)
            return false
        }
        #expect(answer.status == 200)
        #expect(pauses == [.seconds(7), .seconds(7)])
        let url = "http://\(server.address)/"
        server.stop()
        #expect(throws: HTTPError.self) {
            try HTTPClient().send(HTTPCall(.get, url), retrying: RetryRule(attempts: 3)) { _ in true }
        }
    }

    @Test func textIsCompressedForThoseWhoTakeIt() throws {
        let text = String(repeating: "reading,", count: 10_000)
        let server = try HTTPServer(listen: ListenAddress(port: 0)) { _ in HTTPResponse(text: text) }
        defer { server.stop() }
        let answer = try HTTPClient().get("http://\(server.address)/")
        #expect(answer.headers["content-encoding"] == "gzip")
        #expect(String(decoding: answer.body, as: UTF8.self) == text, "libcurl undoes it")
        let plain = try RawClient(server.address)
        plain.send("GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip;q=0, br\r\nConnection: close\r\n\r\n")
        #expect(plain.rest().hasSuffix(text))
    }
}

/// Counts calls from any thread.
final class Counter: Sendable {
    private let value = Mutex(0)

    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}
