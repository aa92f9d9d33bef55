import Glibc
import KappaCore
import Synchronization
import Testing

@testable import KappaBroker

/// The loop alone, with frames that mean what the test wants.
@Suite struct ServerTests {
    /// `@unchecked Sendable`: the connections are touched on the loop's thread alone; the pipes belong to the kernel.
    private final class Loop: @unchecked Sendable {
        let server: Server
        private var doomed: Connection?
        private let entered: Pipe
        private let leave: Pipe
        private var thread: WorkerThread?

        init() throws {
            server = try Server(listen: SocketAddress(host: "127.0.0.1", port: 0))
            entered = try Pipe()
            leave = try Pipe()
            server.onFrame = { [unowned self] connection, frame, _ in handle(connection, frame) }
            thread = try WorkerThread.begin("loop") { [self] in server.run() }
        }

        /// `b`: this is the one to be dropped; `g`: hold the loop until it is let go; `d`: drop; `s`: stop.
        private func handle(_ connection: Connection, _ frame: UnsafeRawBufferPointer) -> Server.Verdict {
            switch frame.first {
            case UInt8(ascii: "b"): doomed = connection
            case UInt8(ascii: "g"):
                entered.put()
                leave.take()
                return .next
            case UInt8(ascii: "d"): if let doomed { server.drop(doomed) }
            case UInt8(ascii: "s"): server.stop()
            default: break
            }
            server.answer(connection, connection.openPlace(), .pieces([.bytes([0, 0, 0, 1, 7])]))
            return .next
        }

        func waitUntilHeld() { entered.take() }
        func letGo() { leave.put() }

        func stop(_ client: RawClient) throws {
            try client.send(frame: [UInt8(ascii: "s")])
            thread?.join()
        }
    }

    private final class Pipe: Sendable {
        private let ends: (read: Int32, write: Int32)

        init() throws {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw RawClient.Closed() }
            self.ends = (ends[0], ends[1])
        }

        deinit {
            close(ends.read)
            close(ends.write)
        }

        func put() {
            var byte: UInt8 = 1
            _ = write(ends.write, &byte, 1)
        }

        func take() {
            var byte: UInt8 = 0
            _ = read(ends.read, &byte, 1)
        }
    }

    /// Fails where `Server.handle` looks at the descriptor of an event alone. In one turn of the loop: a frame makes it
    /// drop a connection, a new one is accepted under the number that became free, and the reset of the old one is
    /// still among the events to come. It must not end the new one.
    @Test(.timeLimit(.minutes(1)))
    func anEventOfADroppedConnectionIsNotTakenForItsSuccessors() throws {
        let loop = try Loop()
        let first = try RawClient(port: loop.server.port)
        var second: RawClient? = try RawClient(port: loop.server.port)
        try second?.send(frame: [UInt8(ascii: "b")])
        #expect(try second?.receive() == [7])
        try first.send(frame: [UInt8(ascii: "g")])
        loop.waitUntilHeld()
        try first.send(frame: [UInt8(ascii: "d")])
        let third = try RawClient(port: loop.server.port)
        second?.resetWhenClosed()
        second = nil
        // The number that the client's own end gave back is taken, so that the broker's end gives the next one.
        let filler = open("/dev/null", O_RDONLY)
        defer { close(filler) }
        loop.letGo()
        #expect(try first.receive() == [7])
        try third.send(frame: [UInt8(ascii: "c")])
        #expect(try third.receive() == [7])
        try loop.stop(first)
    }
}
