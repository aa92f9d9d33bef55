import Glibc
import Synchronization

/// Stands between a client and a server and, when told to, cuts their connection at a chosen moment.
package final class CuttingProxy: Sendable {
    package enum Moment: Int, Sendable, CaseIterable {
        /// The client has sent all rows; the server does not hear the end of them.
        case beforeCopyEnd = 1
        /// The server has committed; the client does not hear of it.
        case afterCommit = 2
    }

    /// Whose words the proxy understands.
    package enum Language: Sendable { case postgres, mysql }

    package let port: Int
    private let target: Int
    private let language: Language
    private let hasSeenCommit = Atomic<Bool>(false)
    private let listener: Int32
    private let armed = Atomic<Int>(0)
    private let cutCount = Atomic<Int>(0)
    private let serverSpokeLast = Atomic<Bool>(false)
    private let turnCount = Atomic<Int>(0)

    package init(target: Int, speaks language: Language = .postgres) throws {
        self.target = target
        self.language = language
        (listener, port) = try CuttingProxy.listen()
        CuttingProxy.detach { self.serve() }
    }

    /// The next connection that reaches this moment is cut.
    package func arm(_ moment: Moment) { armed.store(moment.rawValue, ordering: .sequentiallyConsistent) }

    /// How many connections have been cut.
    package var cuts: Int { cutCount.load(ordering: .sequentiallyConsistent) }

    /// How often a client has spoken after the server had: so many answers it has waited for.
    package var turns: Int { turnCount.load(ordering: .sequentiallyConsistent) }

    fileprivate func hear(fromClient: Bool) {
        let serverWasLast = serverSpokeLast.exchange(!fromClient, ordering: .sequentiallyConsistent)
        if fromClient, serverWasLast { turnCount.add(1, ordering: .sequentiallyConsistent) }
    }

    package func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else {
                if errno == EINTR { continue }
                close(listener)
                return
            }
            guard let server = connect() else {
                close(client)
                continue
            }
            let pair = Pair(proxy: self, client: client, server: server)
            CuttingProxy.detach { pair.pump(fromClient: true) }
            CuttingProxy.detach { pair.pump(fromClient: false) }
        }
    }

    fileprivate func cuts(_ bytes: ArraySlice<UInt8>, fromClient: Bool) -> Bool {
        let moment: Moment = fromClient ? .beforeCopyEnd : .afterCommit
        if language == .mysql { return cutsMySQL(bytes, fromClient: fromClient) }
        guard armed.load(ordering: .sequentiallyConsistent) == moment.rawValue else { return false }
        // CopyDone is the letter c and a length of four; the server's answer to COMMIT is that word and a zero.
        let sign: [UInt8] = fromClient ? [0x63, 0, 0, 0, 4] : Array("COMMIT".utf8) + [0]
        guard bytes.contains(sign) else { return false }
        armed.store(0, ordering: .sequentiallyConsistent)
        cutCount.add(1, ordering: .sequentiallyConsistent)
        return true
    }

    /// COMMIT is a query, the byte 3 and the word; what the server says next is the answer to it.
    private func cutsMySQL(_ bytes: ArraySlice<UInt8>, fromClient: Bool) -> Bool {
        guard let moment = Moment(rawValue: armed.load(ordering: .sequentiallyConsistent)) else { return false }
        if fromClient {
            guard bytes.contains([3] + Array("COMMIT".utf8)) else { return false }
            hasSeenCommit.store(moment == .afterCommit, ordering: .sequentiallyConsistent)
            guard moment == .beforeCopyEnd else { return false }
        } else {
            guard moment == .afterCommit, hasSeenCommit.exchange(false, ordering: .sequentiallyConsistent) else {
                return false
            }
        }
        armed.store(0, ordering: .sequentiallyConsistent)
        cutCount.add(1, ordering: .sequentiallyConsistent)
        return true
    }

    // MARK: Sockets

    private static func listen() throws -> (Int32, Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && Glibc.listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw PostgresServerError("no port for a proxy") }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    private func connect() -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = CuttingProxy.loopback(port: target)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if connected { return descriptor }
        close(descriptor)
        return nil
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    fileprivate static func detach(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { opaque in
                Unmanaged<ThreadStart>.fromOpaque(opaque!).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(ThreadStart(body)).toOpaque())
        pthread_detach(thread)
    }
}

private final class ThreadStart: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Both ends of one connection; whoever pumps last closes them.
private final class Pair: Sendable {
    private let proxy: CuttingProxy
    private let client: Int32
    private let server: Int32

    init(proxy: CuttingProxy, client: Int32, server: Int32) {
        self.proxy = proxy
        self.client = client
        self.server = server
    }

    deinit {
        close(client)
        close(server)
    }

    func pump(fromClient: Bool) {
        let (from, to) = fromClient ? (client, server) : (server, client)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(from, &buffer, buffer.count)
            if count > 0 { proxy.hear(fromClient: fromClient) }
            guard count > 0, !proxy.cuts(buffer[..<count], fromClient: fromClient), write(all: buffer[..<count], to)
            else { break }
        }
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(server, Int32(SHUT_RDWR))
    }

    private func write(all bytes: ArraySlice<UInt8>, _ descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
