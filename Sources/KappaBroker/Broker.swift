import Glibc
import KappaCore
import KappaLog

/// The embedded broker: Kafka's protocol over durable logs, in one process, on two threads: one owns all state and all
/// sockets, the other waits for the disk.
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
    private let stopBell: Doorbell
    private let endBell: Doorbell
    private let advertisedHost: String
    private var thread: NamedThread?
    private let ending = Ending()

    package init(_ configuration: BrokerConfiguration) throws {
        try DataLock.makeDirectory(configuration.dataDirectory)
        lock = try DataLock(directory: configuration.dataDirectory)
        self.configuration = configuration
        var limits = Server.Limits()
        limits.connections = configuration.maximumConnections
        limits.frameBytes = configuration.maximumRequestBytes
        server = try Server(listen: configuration.listen, limits: limits)
        port = server.port
        core = try BrokerCore(configuration: configuration, now: .now())
        advertisedHost = configuration.advertisedHost ?? configuration.listen.advertisableHost
        core.advertised = SocketAddress(host: advertisedHost, port: server.port)
        dispatcher = Dispatcher(core: core, server: server, asksForProof: false)
        syncBell = try Doorbell()
        stopBell = try Doorbell()
        endBell = try Doorbell()
        syncer = try FileSyncer(bell: syncBell)
        connect()
        try lock.announce(core.advertised)
    }

    /// Serves on a thread of its own.
    package func start() throws {
        thread = try NamedThread("kappa-broker") { [self] in serve() }
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
        server.run()
        syncer.stop()
        collectSync()
        if let failure = core.failure {
            configuration.log(failure.description)
            ending.failure = failure
        } else {
            closeLogs()
        }
        lock.withdraw()
        endBell.ring()
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
