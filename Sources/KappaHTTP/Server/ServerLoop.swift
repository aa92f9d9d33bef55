import CLinux
import Glibc
import KappaNetwork

/// The thread of an `HTTPServer`: one epoll over the listener, the bell and the connections.
///
/// Made on the caller's thread, then handed to its own, which alone touches it from then on: hence `@unchecked`.
final class ServerLoop: @unchecked Sendable {
    private let settings: HTTPServerSettings
    private let rules: RequestReader.Rules
    private let mailbox: ServerMailbox
    private let workers: HandlerPool?
    private let handler: HTTPServer.Handler
    private let listener: Int32
    private let poll: Int32
    private var connections: [Int32: ServerConnection] = [:]
    /// The descriptors of the connections by their ids: a message may come for one that has gone.
    private var descriptors: [UInt64: Int32] = [:]
    private var lastId: UInt64 = 0
    private var now = ServerLoop.steadyMilliseconds()
    private var lastActivity: UInt64 = 0
    private var nextSweep: Int64 = 0
    /// When to listen again, after the system had no descriptor to give.
    private var listensAgainAt: Int64?
    private var isRunning = true

    /// nil where the system has no epoll instance to give; the reason is in `errno`.
    init?(
        _ listener: Int32, _ settings: HTTPServerSettings, _ mailbox: ServerMailbox, _ workers: HandlerPool?,
        _ handler: @escaping HTTPServer.Handler
    ) {
        self.settings = settings
        self.mailbox = mailbox
        self.workers = workers
        self.handler = handler
        self.listener = listener
        rules = RequestReader.Rules(
            hosts: settings.hosts, bodyLimit: settings.bodyBytes, isReadOnly: settings.isReadOnly)
        poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard poll >= 0 else { return nil }
        control(EPOLL_CTL_ADD, listener, EPOLLIN.rawValue)
        control(EPOLL_CTL_ADD, mailbox.bell.descriptor, EPOLLIN.rawValue)
    }

    func run() {
        ignoreBrokenPipes()
        var ready = [epoll_event](repeating: epoll_event(), count: 256)
        while isRunning {
            let count = epoll_wait(poll, &ready, Int32(ready.count), waitMilliseconds())
            now = ServerLoop.steadyMilliseconds()
            for event in ready.prefix(Int(max(0, count))) { handle(event) }
            sweepIfDue()
        }
        for connection in Array(connections.values) { drop(connection) }
        close(listener)
        close(poll)
    }

    /// OpenSSL writes to sockets without MSG_NOSIGNAL; the signal goes to the thread that writes, which is this one.
    private func ignoreBrokenPipes() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    private func waitMilliseconds() -> Int32 {
        if let again = listensAgainAt { return Int32(clamping: max(0, again - now)) }
        return connections.isEmpty ? -1 : 1000
    }

    private func handle(_ event: epoll_event) {
        let descriptor = Int32(truncatingIfNeeded: event.data.u64)
        if descriptor == listener { return accept() }
        if descriptor == mailbox.bell.descriptor { return readMessages() }
        // A connection that was dropped in this very turn may have given its number to the next one already.
        guard let connection = connections[descriptor], ServerLoop.tag(connection.id) == event.data.u64 >> 32 else {
            return
        }
        if event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { return drop(connection) }
        let isWaiting = connection.isStreaming || connection.phase == .handling
        if event.events & EPOLLRDHUP.rawValue != 0, isWaiting { return drop(connection) }
        if event.events & EPOLLIN.rawValue != 0 {
            connection.lastActivity = nextActivity()
            guard connection.receive() else { return drop(connection) }
        }
        advance(connection)
    }

    private func readMessages() {
        mailbox.bell.answer()
        for message in mailbox.takeAll() {
            switch message {
            case .stop: isRunning = false
            case .answer(let id, let response):
                guard let connection = connection(id) else {
                    if case .stream(let source) = response.body { source.close() }
                    continue
                }
                answer(connection, response)
                advance(connection)
            case .more(let id): if let connection = connection(id) { advance(connection) }
            }
        }
    }

    private func connection(_ id: UInt64) -> ServerConnection? { descriptors[id].flatMap { connections[$0] } }

    // MARK: One connection's turn

    private func advance(_ connection: ServerConnection) {
        while connections[connection.descriptor] === connection {
            switch connection.phase {
            case .reading: if !readRequest(connection) { return }
            case .handling, .lingering: return watch(connection)
            case .writing: if !write(connection) { return }
            }
        }
    }

    /// False where there is nothing more to do for now.
    private func readRequest(_ connection: ServerConnection) -> Bool {
        switch connection.reader.next() {
        case .incomplete:
            setReadDeadline(connection)
            watch(connection)
            return false
        case .wantsContinue:
            connection.sayContinue()
            if case .broken = connection.flush() { drop(connection) }
        case .request(let found): handle(connection, connection.begin(found))
        case .refused(let refusal): answer(connection, refusal.response)
        }
        return true
    }

    private func handle(_ connection: ServerConnection, _ request: HTTPRequest) {
        connection.deadline = nil
        guard let workers else {
            return answer(connection, BodyCompression.compressed(handler(request), request))
        }
        guard !workers.take(request, for: connection.id) else { return }
        let busy = HTTPResponse(status: 503, text: "Too many are asking just now.\n").with("Retry-After", "1")
        answer(connection, busy)
    }

    private func answer(_ connection: ServerConnection, _ response: HTTPResponse) {
        let (mailbox, id) = (mailbox, connection.id)
        connection.answer(response, bell: BodyBell { mailbox.post(.more(connection: id)) })
        connection.deadline = nil
    }

    /// False where there is nothing more to do for now.
    private func write(_ connection: ServerConnection) -> Bool {
        switch connection.flush() {
        case .blocked:
            connection.deadline = now + Int64(settings.stallSeconds) * 1000
            watch(connection)
            return false
        case .waiting:
            connection.deadline = nil
            watch(connection)
            return false
        case .broken: drop(connection)
        case .done where connection.isRefusal: linger(connection)
        case .done where connection.closesAfterwards: drop(connection)
        case .done:
            connection.finishAnswer()
            connection.lastActivity = nextActivity()
            connection.deadline = nil
        }
        return true
    }

    private func linger(_ connection: ServerConnection) {
        shutdown(connection.descriptor, Int32(SHUT_WR))
        connection.phase = .lingering
        connection.deadline = now + 2000
    }

    private func setReadDeadline(_ connection: ServerConnection) {
        let seconds: Int
        switch (connection.reader.isInMiddle, connection.reader.isInBody) {
        case (_, true): seconds = settings.bodySeconds
        case (true, _): seconds = settings.headSeconds
        default: seconds = settings.idleSeconds
        }
        // Each piece that comes does not put the end off: that is how a slow one would hold a place for ever.
        guard connection.deadlineKind != seconds || connection.deadline == nil else { return }
        connection.deadlineKind = seconds
        connection.deadline = now + Int64(seconds) * 1000
    }

    private func watch(_ connection: ServerConnection) {
        let wanted: UInt32
        switch connection.phase {
        case .reading, .lingering: wanted = EPOLLIN.rawValue
        // Whoever goes away while a worker is at it is to be heard of, so that the work can end.
        case .handling: wanted = EPOLLRDHUP.rawValue
        case .writing where connection.deadline == nil: wanted = EPOLLRDHUP.rawValue
        case .writing: wanted = EPOLLOUT.rawValue | EPOLLRDHUP.rawValue
        }
        guard wanted != connection.events else { return }
        connection.events = wanted
        control(EPOLL_CTL_MOD, connection.descriptor, wanted, id: connection.id)
    }

    // MARK: Coming and going

    private func accept() {
        for _ in 0..<64 {
            let descriptor = accept4(listener, nil, nil, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
            guard descriptor >= 0 else {
                if errno == EMFILE || errno == ENFILE { pauseAccepting() }
                return
            }
            if connections.count >= settings.connections, !makeRoom() {
                close(descriptor)
                continue
            }
            open(descriptor)
        }
    }

    private func open(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        guard let stream = settings.tls.map({ $0.accept(descriptor).map(ByteStream.tls) }) ?? .plain(descriptor) else {
            close(descriptor)
            return
        }
        lastId += 1
        let connection = ServerConnection(
            descriptor: descriptor, id: lastId, peer: ListenAddress.peer(of: descriptor), stream: stream,
            rules: rules, activity: nextActivity())
        connections[descriptor] = connection
        descriptors[lastId] = descriptor
        connection.events = EPOLLIN.rawValue
        setReadDeadline(connection)
        control(EPOLL_CTL_ADD, descriptor, connection.events, id: connection.id)
    }

    private func nextActivity() -> UInt64 {
        lastActivity += 1
        return lastActivity
    }

    /// The one that has been idle longest goes: a crowd of silent connections keeps nobody out.
    private func makeRoom() -> Bool {
        let idle = connections.values.filter { $0.phase == .reading || $0.phase == .lingering }
        guard let oldest = idle.min(by: { $0.lastActivity < $1.lastActivity }) else { return false }
        drop(oldest)
        return true
    }

    /// Without a descriptor to give, the listener would stay readable and the loop would never rest.
    private func pauseAccepting() {
        if makeRoom() { return }
        control(EPOLL_CTL_DEL, listener, 0)
        listensAgainAt = now + 200
    }

    private func drop(_ connection: ServerConnection) {
        guard connections[connection.descriptor] === connection else { return }
        connection.request?.life.end()
        connection.discard()
        connections[connection.descriptor] = nil
        descriptors[connection.id] = nil
        // Closing alone ends neither the watch nor the connection while a process that is being spawned holds a copy.
        control(EPOLL_CTL_DEL, connection.descriptor, 0)
        shutdown(connection.descriptor, Int32(SHUT_RDWR))
        close(connection.descriptor)
    }

    private func sweepIfDue() {
        if let again = listensAgainAt, again <= now {
            listensAgainAt = nil
            control(EPOLL_CTL_ADD, listener, EPOLLIN.rawValue)
        }
        guard now >= nextSweep else { return }
        nextSweep = now + 1000
        for connection in Array(connections.values) {
            guard let deadline = connection.deadline, deadline <= now else { continue }
            expire(connection)
        }
    }

    private func expire(_ connection: ServerConnection) {
        guard connection.phase == .reading, connection.reader.isInMiddle else { return drop(connection) }
        answer(connection, HTTPResponse(status: 408, text: "The request did not come in time.\n"))
        advance(connection)
    }

    // MARK: The system

    private static func tag(_ id: UInt64) -> UInt64 { UInt64(UInt32(truncatingIfNeeded: id)) }

    /// Each event comes back with the descriptor and, in its upper half, the number of the connection it was added for.
    private func control(_ operation: Int32, _ descriptor: Int32, _ events: UInt32, id: UInt64 = 0) {
        var event = epoll_event()
        event.events = events
        event.data.u64 = UInt64(UInt32(bitPattern: descriptor)) | ServerLoop.tag(id) << 32
        epoll_ctl(poll, operation, descriptor, &event)
    }

    private static func steadyMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
