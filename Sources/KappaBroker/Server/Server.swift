import CLinux
import Glibc
import KappaNetwork

/// The sockets: an epoll loop that turns bytes into frames and answers into bytes.
///
/// It knows frames, not Kafka: what a frame means is the business of `onFrame`, which runs on the loop's thread like
/// everything else here. Nothing in it locks, and nothing in it may block.
final class Server {
    struct Limits {
        var frameBytes = 100 * 1024 * 1024
        /// The largest frame of a client that has not signed in where it has to; Kafka's sasl.server.max.receive.size.
        var unsignedFrameBytes = 524_288
        /// The memory of all requests that are arriving together; Kafka's queued.max.request.bytes.
        var requestBytes = 512 * 1024 * 1024
        /// The memory of all answers that wait to be read together.
        var answersBytes = 256 * 1024 * 1024
        /// Connections from one address; Kafka's max.connections.per.ip.
        var connectionsPerAddress = Int.max
        var connections = 4096
        /// Requests of one connection that may wait for their answers at once.
        var unansweredRequests = 64
        /// Bytes of answers held in memory for one connection before it is no longer read from.
        var answerBytes = 8 * 1024 * 1024
        /// A connection that owes us progress this long is shed.
        var stallMilliseconds: Int64 = 30_000
        var idleMilliseconds: Int64 = 600_000
        /// A connection that has been silent this long may have to make room for a new one.
        var silentMilliseconds: Int64 = 30_000
    }

    /// What became of a frame.
    enum Verdict {
        case next
        /// The connection ends: the bytes are not Kafka's, or the protocol asks for it.
        case close
    }

    private(set) var limits: Limits
    var onFrame: (Connection, UnsafeRawBufferPointer, Moment) -> Verdict = { _, _, _ in .close }
    var onClose: (Connection) -> Void = { _ in }
    /// Whether clients have to sign in.
    var signsIn = false
    /// Runs once in each turn of the loop, after all frames that were there have been handled.
    var afterTurn: (Moment) -> Void = { _ in }
    /// When the owner of the frames wants a turn even if no bytes come, by the steady clock.
    var nextDeadline: () -> Int64? = { nil }
    private var timers = Timers()
    private(set) var counters = ServerCounters()
    private(set) var now = Moment.now()

    private let tls: TLSContext?
    private let poll: Int32
    private let listener: Int32
    let port: UInt16
    private var bells: [Int32: (Doorbell, () -> Void)] = [:]
    private(set) var connections: [Int32: Connection] = [:]
    /// Connections with frames left to handle though their socket may stay silent.
    private var resumed: [Connection] = []
    /// Connections with answers to write at the end of this turn.
    private var flushing: [Connection] = []
    var pool = BufferPool()
    private var perAddress: [String: Int] = [:]
    /// What is set aside of `limits.requestBytes`, and who waits for more, in the order of asking.
    var reservedBytes = 0
    var starved: [Connection] = []
    /// What all answers hold that wait to be read.
    var heldBytes = 0
    private var lastId: UInt64 = 0
    private var isRunning = true

    init(
        listen address: SocketAddress, limits: Limits = Limits(), tls: TLSContext? = nil
    ) throws(BrokerError) {
        self.limits = limits
        self.tls = tls
        self.limits.connections = min(limits.connections, Server.raiseFileLimit())
        listener = try address.listen()
        port = SocketAddress.localPort(of: listener)
        poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard poll >= 0 else { throw .system("cannot make an epoll instance") }
        control(EPOLL_CTL_ADD, listener, Server.readable)
    }

    deinit {
        for connection in connections.values { Glibc.close(connection.descriptor) }
        Glibc.close(listener)
        Glibc.close(poll)
        pool.empty()
    }

    var connectionCount: Int { connections.count }

    func addBell(_ bell: Doorbell, _ action: @escaping () -> Void) {
        bells[bell.descriptor] = (bell, action)
        control(EPOLL_CTL_ADD, bell.descriptor, Server.readable)
    }

    func stop() { isRunning = false }

    /// Turns until `stop`.
    func run() {
        ignoreBrokenPipes()
        startSweeping()
        var ready = [epoll_event](repeating: epoll_event(), count: 256)
        while isRunning {
            let count = epoll_wait(poll, &ready, Int32(ready.count), waitMilliseconds())
            now = Moment.now()
            if count > 0 {
                for event in ready[..<Int(count)] { handle(event) }
            }
            finishTurn()
        }
    }

    /// OpenSSL writes to sockets without MSG_NOSIGNAL; the signal goes to the thread that writes, which is this one.
    private func ignoreBrokenPipes() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    private func finishTurn() {
        while let action = timers.takeDue(at: now.steady) { action(now) }
        for connection in take(&resumed) {
            handleFrames(connection)
            if connection.stream.hasPending, !connection.isClosed { receive(connection) }
        }
        afterTurn(now)
        for connection in take(&flushing) { flush(connection) }
    }

    private func take(_ list: inout [Connection]) -> [Connection] {
        defer { list.removeAll(keepingCapacity: true) }
        return list
    }

    private func waitMilliseconds() -> Int32 {
        guard resumed.isEmpty, flushing.isEmpty else { return 0 }
        guard let deadline = [timers.next(), nextDeadline()].compactMap({ $0 }).min() else { return -1 }
        return Int32(clamping: max(0, deadline - Moment.now().steady))
    }

    private func handle(_ event: epoll_event) {
        let descriptor = Int32(truncatingIfNeeded: event.data.u64)
        if descriptor == listener { return accept() }
        if let (bell, action) = bells[descriptor] {
            bell.answer()
            return action()
        }
        // A connection that was dropped in this very turn may have given its number to the next one already.
        guard let connection = connections[descriptor], Server.tag(connection.id) == event.data.u64 >> 32 else {
            return
        }
        if event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { return drop(connection) }
        if event.events & EPOLLOUT.rawValue != 0 { flush(connection) }
        if event.events & EPOLLIN.rawValue != 0, !connection.isClosed { receive(connection) }
    }

    // MARK: Coming in

    private func accept() {
        for _ in 0..<64 {
            let descriptor = accept4(listener, nil, nil, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
            guard descriptor >= 0 else {
                if errno == EMFILE || errno == ENFILE { pauseAccepting() }
                return
            }
            guard makeRoom() else {
                counters.connectionsRefused += 1
                Glibc.close(descriptor)
                continue
            }
            open(descriptor)
        }
    }

    /// Where all places are taken, the connection goes that has been silent longest, if it has been so for a while:
    /// whoever opens many and says nothing must not keep the others out.
    private func makeRoom() -> Bool {
        guard connections.count >= limits.connections else { return true }
        let silent = connections.values.filter { $0.unanswered == 0 && $0.outbox.isEmpty }
        guard let first = silent.min(by: { $0.lastProgress < $1.lastProgress }),
            now.steady - first.lastProgress >= limits.silentMilliseconds
        else { return false }
        counters.connectionsShed += 1
        drop(first)
        return true
    }

    /// Without a descriptor to give, the listener would stay readable and the loop would never rest.
    private func pauseAccepting() {
        counters.connectionsRefused += 1
        control(EPOLL_CTL_DEL, listener, 0)
        _ = timers.schedule(at: now.steady + 100) { [unowned self] _ in
            control(EPOLL_CTL_ADD, listener, Server.readable)
        }
    }

    /// As many open files as the system lets this process have. Answers how many of them are for connections: half go
    /// to the logs, and some are kept for what is opened and closed again.
    private static func raiseFileLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return max(16, Int(clamping: limit.rlim_max / 2) - 64)
    }

    private func open(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        lastId += 1
        counters.connectionsAccepted += 1
        guard let stream = tls.map({ $0.accept(descriptor).map(ByteStream.tls) }) ?? .plain(descriptor) else {
            Glibc.close(descriptor)
            return
        }
        let connection = Connection(
            descriptor: descriptor, stream: stream, id: lastId, peer: SocketAddress.peer(of: descriptor), now: now)
        guard perAddress[connection.peer, default: 0] < limits.connectionsPerAddress else {
            counters.connectionsRefused += 1
            Glibc.close(descriptor)
            return
        }
        perAddress[connection.peer, default: 0] += 1
        connection.isTrusted = !signsIn
        connections[descriptor] = connection
        connection.events = Server.readable
        control(EPOLL_CTL_ADD, descriptor, Server.readable, id: connection.id)
    }

    private func receive(_ connection: Connection) {
        for _ in 0..<4 where mayRead(connection) {
            guard reserve(for: connection) else { break }
            let count = connection.inbox.receive(from: connection.stream, pool: &pool)
            if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { return drop(connection) }
            guard count > 0 else { break }
            counters.bytesReceived += UInt64(count)
            connection.lastProgress = now.steady
            let wasFull = connection.inbox.isFull || connection.stream.hasPending
            handleFrames(connection)
            guard !connection.isClosed, wasFull else { break }
        }
        guard !connection.isClosed else { return }
        connection.inbox.settle(&pool)
        settleReservation(of: connection)
        // What TLS has taken from the socket is not announced again.
        if connection.stream.hasPending, mayRead(connection) { resume(connection) }
        updateEvents(connection)
    }

    /// A muted connection is read a little further, so that its end is noticed; not beyond one frame's start.
    private func mayRead(_ connection: Connection) -> Bool {
        !connection.isStarved && !connection.isClosed && !connection.isClosing && mayHandle(connection)
            || (connection.isMuted && connection.inbox.count == 0 && !connection.isStarved)
    }

    private func mayHandle(_ connection: Connection) -> Bool {
        !connection.isMuted && connection.unanswered < limits.unansweredRequests
            && connection.outbox.bytesInMemory < limits.answerBytes
    }

    private func handleFrames(_ connection: Connection) {
        guard !connection.isClosed else { return }
        var handled = 0
        while !connection.isClosed, !connection.isClosing, mayHandle(connection) {
            switch connection.inbox.next(bound: frameBound(connection)) {
            case .partial: return handled > 0 ? scheduleFlush(connection) : ()
            case .refused: return drop(connection)
            case .whole(let frame):
                counters.requests += 1
                handled += 1
                let verdict = onFrame(connection, frame, now)
                connection.inbox.drop(frameLength: frame.count)
                if case .close = verdict { finishAndClose(connection) }
            }
            if handled == 32 {
                // The others get their turn.
                resumed.append(connection)
                break
            }
        }
        scheduleFlush(connection)
    }

    // MARK: Going out

    /// Fills the place of a request in the order of answers.
    func answer(_ connection: Connection, _ place: UInt64, _ answer: Connection.Answer) {
        guard !connection.isClosed else { return }
        connection.fill(place, answer)
        weighAnswers(of: connection)
        scheduleFlush(connection)
    }

    /// Lets a muted connection go on with the frames it has sent meanwhile.
    func unmute(_ connection: Connection) {
        guard connection.isMuted, !connection.isClosed else { return }
        connection.isMuted = false
        resume(connection)
    }

    /// Closes after everything owed has been written.
    func finishAndClose(_ connection: Connection) {
        connection.isClosing = true
        scheduleFlush(connection)
    }

    /// Writes what can be written of all answers, once the loop has ended.
    func flushAll() {
        for connection in take(&flushing) { flush(connection) }
    }

    func resume(_ connection: Connection) {
        resumed.append(connection)
    }

    private func scheduleFlush(_ connection: Connection) {
        flushing.append(connection)
    }

    private func flush(_ connection: Connection) {
        guard !connection.isClosed else { return }
        let before = connection.outbox.bytesSent
        let progress = connection.outbox.flush(to: connection.stream)
        weighAnswers(of: connection)
        if connection.outbox.bytesSent != before {
            counters.bytesSent += UInt64(connection.outbox.bytesSent - before)
            connection.lastProgress = now.steady
        }
        if case .broken = progress { return drop(connection) }
        if connection.isClosing, connection.outbox.isEmpty, connection.unanswered == 0 { return drop(connection) }
        if connection.inbox.count >= 4, mayHandle(connection), !connection.isClosing { resumeIfWhole(connection) }
        updateEvents(connection)
    }

    private func resumeIfWhole(_ connection: Connection) {
        if case .partial = connection.inbox.next(bound: frameBound(connection)) { return }
        resume(connection)
    }

    private static let readable = EPOLLIN.rawValue

    func updateEvents(_ connection: Connection) {
        guard !connection.isClosed else { return }
        var wanted: UInt32 = 0
        if mayRead(connection) { wanted |= EPOLLIN.rawValue }
        if !connection.outbox.isEmpty { wanted |= EPOLLOUT.rawValue }
        guard wanted != connection.events else { return }
        connection.events = wanted
        control(EPOLL_CTL_MOD, connection.descriptor, wanted, id: connection.id)
    }

    private static func tag(_ id: UInt64) -> UInt64 { UInt64(UInt32(truncatingIfNeeded: id)) }

    /// Each event comes back with the descriptor and, in its upper half, the number of the connection it was added for.
    private func control(_ operation: Int32, _ descriptor: Int32, _ events: UInt32, id: UInt64 = 0) {
        var event = epoll_event()
        event.events = events
        event.data.u64 = UInt64(UInt32(bitPattern: descriptor)) | Server.tag(id) << 32
        epoll_ctl(poll, operation, descriptor, &event)
    }

    func drop(_ connection: Connection) {
        guard !connection.isClosed else { return }
        connection.isClosed = true
        connection.inbox.discard(&pool)
        settleReservation(of: connection)
        weighAnswers(of: connection)
        connections[connection.descriptor] = nil
        let left = perAddress[connection.peer, default: 1] - 1
        perAddress[connection.peer] = left > 0 ? left : nil
        // Closing alone does not end the watch while a process that is just being spawned holds a copy of the
        // descriptor: its last events would be taken for those of the next connection of the same number.
        control(EPOLL_CTL_DEL, connection.descriptor, 0)
        Glibc.close(connection.descriptor)
        counters.connectionsClosed += 1
        onClose(connection)
    }

    // MARK: Shedding

    private func startSweeping() {
        _ = timers.schedule(at: now.steady + max(50, min(5000, limits.stallMilliseconds / 2))) { [unowned self] now in
            sweep(now)
            startSweeping()
        }
    }

    private func sweep(_ now: Moment) {
        for connection in Array(connections.values) {
            let still = now.steady - connection.lastProgress
            let owesProgress = !connection.outbox.isEmpty || (connection.inbox.count > 0 && mayHandle(connection))
            if still > 2000 {
                connection.inbox.release(&pool)
                settleReservation(of: connection)
            }
            if isHoarding(connection) || isDripping(connection) || (owesProgress && still > limits.stallMilliseconds) {
                counters.connectionsShed += 1
                drop(connection)
            } else if still > limits.idleMilliseconds, connection.unanswered == 0 {
                drop(connection)
            }
        }
        pool.empty()
    }
}
