import Glibc
import KappaCore
import Synchronization
import Testing

@testable import KappaHTTP

/// Answers that are made while they are sent.
@Suite struct HTTPStreamTests {
    static func server(_ body: @escaping @Sendable (BodyPipe) throws -> Void) throws -> HTTPServer {
        try HTTPServer(listen: ListenAddress(port: 0)) { _ in
            HTTPResponse(contentType: "text/csv", body: .stream(BodyPipe(body)))
        }
    }

    @Test func aStreamComesThroughWholeAndInOrder() throws {
        let server = try Self.server { pipe in
            for line in 0..<200_000 { guard pipe.write(Array("\(line)\n".utf8)) else { return } }
        }
        defer { server.stop() }
        let client = HTTPClient()
        for _ in 0..<2 {
            let body = try client.get("http://\(server.address)/").body
            #expect(String(decoding: body, as: UTF8.self) == (0..<200_000).map { "\($0)\n" }.joined())
        }
    }

    @Test func aStreamThatCannotBeFinishedIsNotTakenForWhole() throws {
        struct Trouble: Error {}
        let server = try Self.server { pipe in
            _ = pipe.write(Array("half".utf8))
            throw Trouble()
        }
        defer { server.stop() }
        #expect(throws: HTTPError.self) { try HTTPClient().get("http://\(server.address)/") }
    }

    @Test func versionOneZeroGetsNoChunks() throws {
        let server = try Self.server { pipe in _ = pipe.write(Array("hello".utf8)) }
        defer { server.stop() }
        let client = try RawClient(server.address)
        client.send("GET / HTTP/1.0\r\n\r\n")
        let answer = client.rest()
        #expect(answer.hasSuffix("\r\n\r\nhello"))
        #expect(!answer.lowercased().contains("chunked"))
    }

    /// The writer is held back by a client that does not read, and told when that has gone.
    @Test func aSlowClientHoldsItsSourceBackAndNothingElse() throws {
        let written = Atomic(0)
        let end = Signal()
        let server = try Self.server { pipe in
            let piece = [UInt8](repeating: 120, count: 65_536)
            while pipe.write(piece) { written.add(1, ordering: .relaxed) }
            end.post()
        }
        defer { server.stop() }
        var client: RawClient? = try RawClient(server.address)
        client?.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client?.receive(1000).isEmpty == false)
        // It stands still: what was written stays the same for a while, far below what an unbounded one would hold.
        var before = -1
        for _ in 0..<100 {
            let now = written.load(ordering: .relaxed)
            if now == before { break }
            before = now
            usleep(200_000)
        }
        #expect(before < 400, "\(before) pieces of 64 KiB wait")
        client = nil
        #expect(end.wait(seconds: 10), "the writer was not told that the client has gone")
    }

    @Test func aHeadRequestGetsNoBodyAndClosesTheSource() throws {
        let end = Signal()
        let server = try Self.server { pipe in
            while pipe.write([UInt8](repeating: 1, count: 65_536)) {}
            end.post()
        }
        defer { server.stop() }
        let answer = try HTTPClient().send(HTTPCall(.head, "http://\(server.address)/"))
        #expect(answer.status == 200)
        #expect(answer.body.isEmpty)
        #expect(end.wait(seconds: 10))
    }
}

/// Posted by one thread, waited for by another, with a bound.
///
/// The semaphore lies at one address from init to deinit and is made for many threads: hence `@unchecked`.
final class Signal: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit { semaphore.deallocate() }

    func post() { sem_post(semaphore) }

    func wait(seconds: Int) -> Bool {
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        end.tv_sec += seconds
        while true {
            if sem_timedwait(semaphore, &end) == 0 { return true }
            if errno != EINTR { return false }
        }
    }
}
