import Glibc

/// The thread of an `HTTPServer`: one `poll` over the listener, the wake-up and the connections.
///
/// Made on the caller's thread, then handed to its own, which alone touches it from then on: hence `@unchecked`.
final class ServerLoop: @unchecked Sendable {
    static let connectionLimit = 64
    static let idleMilliseconds: Int64 = 30_000

    private let listener: Int32
    private let wakeUp: Int32
    private let handler: HTTPServer.Handler
    private var connections: [Int32: ServerConnection] = [:]

    init(listener: Int32, wakeUp: Int32, handler: @escaping HTTPServer.Handler) {
        self.listener = listener
        self.wakeUp = wakeUp
        self.handler = handler
    }

    func startThread() -> pthread_t {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<ServerLoop>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context)
        precondition(status == 0, "no thread for the HTTP server")
        return thread
    }

    private func run() {
        while wait() {}
        for socket in connections.keys { close(socket) }
        close(listener)
    }

    /// One turn; false when it is time to stop.
    private func wait() -> Bool {
        var set = [pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0)]
        let hasRoom = connections.count < Self.connectionLimit
        set.append(pollfd(fd: hasRoom ? listener : -1, events: Int16(POLLIN), revents: 0))
        for (socket, connection) in connections {
            let events = connection.hasOutput ? POLLOUT : POLLIN
            set.append(pollfd(fd: socket, events: Int16(events), revents: 0))
        }
        guard poll(&set, nfds_t(set.count), 1000) >= 0 || errno == EINTR else { return false }
        if set[0].revents != 0 { return false }
        for entry in set.dropFirst(2) where entry.revents != 0 { serve(entry.fd) }
        if set[1].revents != 0 { accept() }
        closeIdle()
        return true
    }

    private func accept() {
        let socket = Glibc.accept(listener, nil, nil)
        guard socket >= 0 else { return }
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        _ = fcntl(socket, F_SETFL, O_NONBLOCK)
        connections[socket] = ServerConnection(socket: socket, now: Self.now())
    }

    private func serve(_ socket: Int32) {
        guard connections[socket]?.advance(handler: handler, now: Self.now()) == false else { return }
        drop(socket)
    }

    private func closeIdle() {
        let limit = Self.now() - Self.idleMilliseconds
        for (socket, connection) in connections where connection.lastActive < limit { drop(socket) }
    }

    private func drop(_ socket: Int32) {
        connections[socket] = nil
        close(socket)
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
