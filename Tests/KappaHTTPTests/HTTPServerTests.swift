import Glibc
import KappaCore
import Testing

@testable import KappaHTTP

/// The client is libcurl's protocol, the server is ours: each is the other's independent witness.
@Suite struct HTTPServerTests {
    static func server(_ handler: @escaping HTTPServer.Handler) throws -> HTTPServer {
        try HTTPServer(listen: ListenAddress(port: 0), handler: handler)
    }

    @Test func aResponseComesThrough() throws {
        let server = try Self.server { HTTPResponse(contentType: "application/json", body: Array($0.path.utf8)) }
        defer { server.stop() }
        let answer = try HTTPClient().get("http://\(server.address)/params/all?x=1")
        #expect(answer.status == 200)
        #expect(answer.body == Array("/params/all".utf8))
        #expect(answer.contentType == "application/json")
    }

    @Test func oneConnectionServesManyRequests() throws {
        let server = try Self.server { _ in HTTPResponse(text: String(repeating: "x", count: 300_000)) }
        defer { server.stop() }
        let client = HTTPClient()
        for _ in 0..<50 { #expect(try client.get("http://\(server.address)/").body.count == 300_000) }
    }

    @Test func anErrorStatusIsAnAnswer() throws {
        let server = try Self.server { _ in HTTPResponse.notFound }
        defer { server.stop() }
        #expect(try HTTPClient().get("http://\(server.address)/none").status == 404)
    }

    @Test func aSlowServerTimesOut() throws {
        let server = try Self.server { _ in
            usleep(600_000)
            return HTTPResponse(text: "late")
        }
        defer { server.stop() }
        let error = #expect(throws: HTTPError.self) {
            try HTTPClient().get("http://\(server.address)/", timeout: .milliseconds(100))
        }
        #expect(error?.kind == .timedOut)
    }

    @Test func aClosedPortIsUnreachableAndNamed() throws {
        let server = try Self.server { _ in HTTPResponse(text: "") }
        let address = server.address
        server.stop()
        let error = #expect(throws: HTTPError.self) {
            try HTTPClient().get("http://user:secret@\(address)/ping?key=secret")
        }
        #expect(error?.kind == .unreachable)
        #expect(error?.message.contains("http://\(address)/ping") == true)
        #expect(error?.message.contains("secret") == false)
    }

    @Test func aBodyBeyondTheLimitIsRefused() throws {
        let server = try Self.server { _ in HTTPResponse(text: String(repeating: "x", count: 5000)) }
        defer { server.stop() }
        var settings = HTTPClientSettings()
        settings.bodyLimit = 4999
        let error = #expect(throws: HTTPError.self) {
            try HTTPClient(settings).get("http://\(server.address)/")
        }
        #expect(error?.message.contains("4999") == true)
    }

    @Test func aPortInUseIsSaid() throws {
        let server = try Self.server { _ in HTTPResponse(text: "") }
        defer { server.stop() }
        let error = #expect(throws: HTTPError.self) { try HTTPServer(listen: server.address) { _ in .notFound } }
        #expect(error?.message == "cannot listen on \(server.address): Address already in use")
    }

    @Test func theConnectionThatIsIdleLongestMakesRoomForTheNext() throws {
        var settings = HTTPServerSettings()
        settings.connections = 3
        let server = try HTTPServer(listen: ListenAddress(port: 0), settings: settings) { _ in .init(text: "ok") }
        defer { server.stop() }
        let sockets = try (0..<3).map { _ in try RawClient(server.address) }
        // Each is known to the server once it has answered.
        for socket in sockets {
            socket.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(socket.response().hasPrefix("HTTP/1.1 200"))
        }
        #expect(try HTTPClient().get("http://\(server.address)/").status == 200)
        #expect(sockets[0].isAtEnd(), "the oldest had to go")
        sockets[2].send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(sockets[2].response().hasPrefix("HTTP/1.1 200"))
    }

    @Test(arguments: [
        ("127.0.0.1:8000", "127.0.0.1:8000"), (":8000", "127.0.0.1:8000"), ("8000", "127.0.0.1:8000"),
        ("[::1]:80", "[::1]:80"), ("localhost:0", "localhost:0"),
    ])
    func addressesAreRead(word: String, meaning: String) throws {
        #expect(try ListenAddress(word: word).description == meaning)
    }

    @Test(arguments: ["", "localhost", "127.0.0.1:99999", "a b:80", "127.0.0.1:"])
    func wrongAddressesAreNamed(word: String) {
        let error = #expect(throws: HTTPError.self) { try ListenAddress(word: word) }
        #expect(error?.message.contains("'\(word)'") == true)
    }

    @Test func retryAfterIsSecondsOrADate() {
        #expect(HTTPClient.retryAfter("120") == .seconds(120))
        #expect(HTTPClient.retryAfter("Wed, 21 Oct 2015 07:28:00 GMT") == .seconds(0))
        #expect(HTTPClient.retryAfter("soon") == nil)
        #expect(HTTPClient.retryAfter("-5") == nil)
    }

    @Test func addressesAreShownWithoutTheirSecrets() {
        #expect(HTTPClient.withoutSecrets("https://me:pw@host:1/p@th?token=1#x") == "https://host:1/p@th")
        #expect(HTTPClient.withoutSecrets("not a url") == "not a url")
    }
}
