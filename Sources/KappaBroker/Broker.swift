import Glibc
import KappaCore
import KappaLog
import KappaNetwork

/// The embedded broker: Kafka's protocol over durable logs, in one process. One thread owns all state and all sockets;
/// what would hold it up (syncing files, opening logs, compaction, deleting) is done by others, which hand it their
/// results.
///
/// `init` takes the data folder's lock, recovers the logs and binds the port, so that what can go wrong goes wrong
/// there; `start` serves on a thread of its own until `stop`, and `run` on the caller's.
package final class Broker: @unchecked Sendable {
    // Unchecked: until `start` or `run` everything is touched by the caller alone, then by the loop's thread alone; the
    // others only ring the bell, set the flag behind the lock, and read what never changes.

    package let port: UInt16
    package let configuration: BrokerConfiguration

    private let lock: DataLock
    private let server: Server
    private let core: BrokerCore
    private let dispatcher: Dispatcher
    private let syncer: FileSyncer
    private let syncBell: Doorbell
    private let compactor: Compactor
    private let compactBell: Doorbell
    private let searcher: SideWorker
    private let searchBell: Doorbell
    private let stopBell: Doorbell
    private let endBell: Doorbell
    private let advertisedHost: String
    private var thread: WorkerThread?
    private var statusFile: StatusFile
    private let startedAt = Moment.now().wall
    private let ending = Ending()

    package init(_ configuration: BrokerConfiguration) throws {
        var configuration = configuration
        // Much of what is said quotes clients: no line that is not ours gets into a log, and nothing onto a terminal.
        configuration.log = { [log = configuration.log] in log(ForeignText.line($0.replacing("\n", with: "; "))) }
        try DataLock.makeDirectory(configuration.dataDirectory)
        lock = try DataLock(directory: configuration.dataDirectory)
        self.configuration = configuration
        statusFile = StatusFile(directory: configuration.dataDirectory)
        var limits = Server.Limits()
        limits.connections = configuration.maximumConnections
        limits.stallMilliseconds = configuration.stallMilliseconds
        limits.idleMilliseconds = configuration.idleMilliseconds
        limits.frameBytes = configuration.maximumRequestBytes
        limits.requestBytes = configuration.maximumQueuedRequestBytes
        limits.answersBytes = configuration.maximumAnswersBytes
        limits.connectionsPerAddress = configuration.maximumConnectionsPerAddress
        var tls: TLSContext?
        if let certificate = configuration.certificateFile {
            tls = try TLSContext(certificate: certificate, key: configuration.keyFile ?? certificate)
        }
        server = try Server(listen: configuration.listen, limits: limits, tls: tls)
        port = server.port
        core = try BrokerCore(configuration: configuration, now: .now())
        if let words = core.access?.atStart(configuration) { configuration.log(words) }
        advertisedHost = configuration.advertisedHost ?? configuration.listen.advertisableHost
        server.signsIn = core.accounts != nil
        core.advertised = SocketAddress(host: advertisedHost, port: server.port)
        dispatcher = Dispatcher(core: core, server: server)
        syncBell = try Doorbell()
        stopBell = try Doorbell()
        endBell = try Doorbell()
        syncer = FileSyncer(bell: syncBell)
        compactBell = try Doorbell()
        compactor = Compactor(bell: compactBell)
        searchBell = try Doorbell()
        searcher = SideWorker("kappa-aside", bell: searchBell)
        connect()
        // Who finds that somebody serves here finds the counters, too.
        statusFile.write(statusValues)
        try lock.announce(core.advertised)
    }

    /// Serves on a thread of its own.
    package func start() throws {
        thread = try WorkerThread.begin("kappa-broker") { [self] in serve() }
    }

    /// Serves on the caller's thread until `stop`; throws why it could not go on.
    package func run() throws {
        serve()
        if let failure = ending.failure { throw failure }
    }

    /// Asks for the end; may be called from any thread, also from a signal's.
    package func requestStop() { stopBell.ring() }

    /// Ends serving, makes everything durable and closes the logs.
    package func stop() throws {
        requestStop()
        thread?.join()
        thread = nil
        if let failure = ending.failure { throw failure }
    }

    /// Where clients connect to.
    package var address: SocketAddress { SocketAddress(host: advertisedHost, port: port) }

    /// Waits until the broker ends by itself, which it does only when it must, or `descriptor` becomes readable.
    package func waitForEnd(or descriptor: Int32) {
        var ends = [
            pollfd(fd: endBell.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&ends, 2, -1) < 0, errno == EINTR {}
    }

    private func connect() {
        server.onFrame = { [dispatcher] in dispatcher.received($1, on: $0, at: $2) }
        server.onClose = { [dispatcher] in dispatcher.closed($0) }
        server.nextDeadline = { [core] in core.timers.next() }
        server.afterTurn = { [unowned self] now in afterTurn(now) }
        server.addBell(syncBell) { [unowned self] in collectSync() }
        core.startCompaction = { [compactor] in try compactor.start($0) }
        server.addBell(compactBell) { [core, compactor] in
            if let result = compactor.collect() { core.finishCompaction(result) }
        }
        core.elsewhere = { [searcher] in searcher.submit($0, then: $1) }
        server.addBell(searchBell) { [unowned self] in
            core.now = server.now
            searcher.collect()
        }
        core.holdRequestBytes = { [server] in server.hold($0) }
        core.roomForAnswer = { [server] in server.roomForAnswer }
        server.addBell(stopBell) { [server] in server.stop() }
    }

    private func afterTurn(_ now: Moment) {
        core.turn(now)
        if core.syncsEveryTurn || core.isSyncDue, let tickets = core.takeSyncTickets() {
            core.tookSync()
            syncer.submit(tickets)
        }
        if core.failure != nil { server.stop() }
    }

    private func collectSync() {
        guard let outcome = syncer.collect() else { return }
        core.now = server.now
        core.finishSync(outcome)
    }

    private func serve() {
        scheduleStatus()
        server.run()
        compactor.waitForEnd()
        searcher.stop()
        syncer.stop()
        collectSync()
        answerTheLast()
        if let failure = core.failure {
            configuration.log(failure.description)
            ending.failure = failure
        } else {
            closeLogs()
        }
        statusFile.remove()
        lock.withdraw()
        lock.release()
        endBell.ring()
    }

    /// Writes the counters down every second.
    private func scheduleStatus() {
        statusFile.write(statusValues)
        core.after(1000) { [unowned self] _ in scheduleStatus() }
    }

    private var statusValues: [(name: String, value: UInt64)] {
        let sockets = server.counters
        let topics = core.topics.topics.values
        return [
            ("started_at_ms", UInt64(startedAt)),
            ("topics", UInt64(topics.count)),
            ("partitions", UInt64(topics.reduce(0) { $0 + $1.partitions.count })),
            ("groups", UInt64(core.groups.groups.count)),
            ("connections", UInt64(server.connectionCount)),
            ("connections_accepted", sockets.connectionsAccepted),
            ("connections_refused", sockets.connectionsRefused),
            ("connections_shed", sockets.connectionsShed),
            ("requests", sockets.requests),
            ("bytes_received", sockets.bytesReceived),
            ("bytes_sent", sockets.bytesSent),
            ("batches_appended", core.counters.batchesAppended),
            ("bytes_appended", core.counters.bytesAppended),
            ("bytes_fetched", core.counters.bytesFetched),
            ("syncs", core.counters.syncs),
            ("sync_microseconds", core.counters.syncMicroseconds),
        ]
    }

    /// What was appended and not yet acknowledged when the end was asked for is made durable and answered.
    private func answerTheLast() {
        while let tickets = core.takeSyncTickets() { core.finishSync(FileSyncer.sync(tickets)) }
        server.flushAll()
    }

    private func closeLogs() {
        do {
            try core.topics.close()
        } catch {
            ending.failure = BrokerError("the logs could not be closed: \(error)")
        }
    }

    /// How it ended; written by the loop's thread before it ends, read after.
    private final class Ending {
        var failure: BrokerError?
    }
}
