import Glibc
package import KappaWire
import Synchronization

/// A cluster of several nodes that do to a client what real ones do: a proxy of Kafka's protocol before one embedded
/// broker, which keeps the only log.
///
/// Each node is a port. Partitions and coordinators live on the node that a table says, and any other node refuses
/// what is asked of them; by script nodes answer with errors, late, not at all, or cut the connection before or after
/// the broker has acted. Nothing is made up beside that: the records, groups and transactions are the broker's.
package final class HostileCluster: Sendable {
    /// What is done to the requests of a kind.
    package enum Trouble: Sendable {
        /// They are answered with an error, and the broker hears nothing of them.
        case refused(ErrorCode)
        /// The connection is cut and the broker hears nothing.
        case cutBefore
        /// The broker acts, and the connection is cut instead of an answer.
        case cutAfter
        /// The answer comes so much later.
        case slow(Duration)
        /// The answer asks for a pause.
        case throttled(Duration)
    }

    struct Script {
        let trouble: Trouble
        var times: Int
        let until: ContinuousClock.Instant?
    }

    struct State {
        var scripts: [ApiKey: [Script]] = [:]
        var leaders: [String: Int] = [:]
        var coordinators: [String: Int] = [:]
        var downNodes: Set<Int> = []
        var seen: [ApiKey: Int] = [:]
        var connections: [Int: Set<Int32>] = [:]
        var hiddenTopics: Set<String> = []
        var isOver = false
    }

    let state = Mutex(State())
    let brokerPort: Int
    /// The port of each node; node n is the nth, from 1 on.
    let ports: [Int]
    private let listeners: [Int32]

    package init(nodes: Int = 1, before broker: BrokerProcess) throws {
        brokerPort = broker.port
        let made = try (0..<nodes).map { _ in try HostileCluster.listen() }
        listeners = made.map(\.descriptor)
        ports = made.map(\.port)
        for (index, listener) in listeners.enumerated() {
            Work { [self] in accept(on: listener, node: index + 1) }.start()
        }
    }

    /// Ends all connections; the object goes once their threads have seen it.
    package func stop() {
        state.withLock { $0.isOver = true }
        for listener in listeners { shutdown(listener, Int32(SHUT_RDWR)) }
        for node in 1...ports.count { cutConnections(of: node) }
    }

    /// For `--brokers`.
    package var addresses: String { ports.map { "127.0.0.1:\($0)" }.joined(separator: ",") }
    package func address(of node: Int) -> String { "127.0.0.1:\(ports[node - 1])" }

    // MARK: The script

    /// Does it to the next requests of a kind: so many of them, for so long, or both.
    package func play(_ trouble: Trouble, _ key: ApiKey, times: Int = .max, for time: Duration? = nil) {
        let until = time.map { ContinuousClock.now + $0 }
        state.withLock { $0.scripts[key, default: []].append(Script(trouble: trouble, times: times, until: until)) }
    }

    package func calm() { state.withLock { $0.scripts = [:] } }

    package func moveLeader(of topic: String, _ partition: Int32, to node: Int) {
        state.withLock { $0.leaders["\(topic)[\(partition)]"] = node }
    }

    /// Of a group, or of a transactional id.
    package func moveCoordinator(of name: String, to node: Int) {
        state.withLock { $0.coordinators[name] = node }
    }

    /// As if the process had been killed: connections end, new ones are refused.
    package func kill(_ node: Int) {
        state.withLock { _ = $0.downNodes.insert(node) }
        cutConnections(of: node)
    }

    package func revive(_ node: Int) { state.withLock { _ = $0.downNodes.remove(node) } }

    /// The topic is not there any more, as far as Metadata tells.
    package func hide(_ topic: String) { state.withLock { _ = $0.hiddenTopics.insert(topic) } }

    /// How many requests of a kind came.
    package func count(of key: ApiKey) -> Int { state.withLock { $0.seen[key] ?? 0 } }

    // MARK: What connections ask

    func trouble(for key: ApiKey) -> Trouble? {
        state.withLock { state in
            state.seen[key, default: 0] += 1
            guard var scripts = state.scripts[key] else { return nil }
            scripts.removeAll { $0.times <= 0 || ($0.until.map { $0 < .now } ?? false) }
            defer { state.scripts[key] = scripts }
            guard !scripts.isEmpty else { return nil }
            scripts[0].times -= 1
            return scripts[0].trouble
        }
    }

    func leader(of topic: String, _ partition: Int32) -> Int {
        state.withLock { $0.leaders["\(topic)[\(partition)]"] ?? Int(partition) % ports.count + 1 }
    }

    func coordinator(of name: String) -> Int {
        state.withLock { $0.coordinators[name] ?? Int(name.utf8.reduce(0) { $0 &+ Int($1) }) % ports.count + 1 }
    }

    // MARK: Connections

    private func accept(on listener: Int32, node: Int) {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            if client < 0, errno == EINTR { continue }
            guard client >= 0, !state.withLock({ $0.isOver }) else { break }
            let isTaken = state.withLock { state in
                guard !state.downNodes.contains(node) else { return false }
                state.connections[node, default: []].insert(client)
                return true
            }
            guard isTaken else {
                HostileCluster.reset(client)
                continue
            }
            Work { [self] in
                HostileConnection(client, node: node, in: self).run()
                // Closed by the one who takes it out of the list, so that nobody shuts down a number that serves again.
                state.withLock { _ = $0.connections[node]?.remove(client) }
                close(client)
            }.start()
        }
        close(listener)
    }

    private func cutConnections(of node: Int) {
        state.withLock { state in
            for client in state.connections[node] ?? [] { shutdown(client, Int32(SHUT_RDWR)) }
        }
    }

    /// Closed so that the other side sees a reset, not an end.
    private static func reset(_ descriptor: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }

    private static func listen() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && Glibc.listen(descriptor, 64) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else { throw ChildProcess.Trouble("no port: \(String(cString: strerror(errno)))") }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}
