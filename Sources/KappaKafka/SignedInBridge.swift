import CRdKafka
import Glibc
import KappaCore
import KappaDirect
import Synchronization

/// Gives librdkafka connections that are signed in already.
///
/// It is handed one end of a pair of sockets and speaks plain Kafka there; the other end is ours, and what it says goes
/// through our own TLS and sign-in. So one sign-in serves both ways to a broker, and an old librdkafka, whose SCRAM a
/// newer Kafka refuses, is shut out of nothing. librdkafka resolves names to addresses of a range that nobody has,
/// which stand for the names: so we know whom it means, and resolve it ourselves.
///
/// Unchecked: what changes is behind the lock; librdkafka's threads hold an unowned pointer to its owner.
final class SignedInBridge: @unchecked Sendable {
    private let signIn: SignIn
    private let clientId: String
    private let state = Mutex(State())

    private struct State {
        /// The far ends of sockets that are not connected yet.
        var peers: [Int32: Int32] = [:]
        var names: [BrokerAddress] = []
        var trouble: ConnectionFailure?
    }

    init(_ signIn: SignIn, clientId: String) {
        self.signIn = signIn
        self.clientId = clientId
    }

    deinit { for peer in state.withLock({ $0.peers.values }) { close(peer) } }

    /// Why the latest connection could not sign in; nil again once one could.
    var trouble: ConnectionFailure? { state.withLock { $0.trouble } }

    static func install(on object: OpaquePointer) {
        rd_kafka_conf_set_socket_cb(object) { _, _, _, opaque in
            KafkaClient.Notes.of(opaque).bridge?.makeSocket() ?? -1
        }
        rd_kafka_conf_set_connect_cb(object) { socket, address, _, _, opaque in
            KafkaClient.Notes.of(opaque).bridge?.connect(socket, address!) ?? ECONNREFUSED
        }
        rd_kafka_conf_set_resolve_cb(object) { node, service, _, result, opaque in
            guard let node, let service else {
                SignedInBridge.free(result?.pointee)
                return 0
            }
            let name = BrokerAddress(host: String(cString: node), port: Int(String(cString: service)) ?? 9092)
            guard let bridge = KafkaClient.Notes.of(opaque).bridge else { return EAI_FAIL }
            result?.pointee = bridge.stand(for: name)
            return 0
        }
    }

    // MARK: Called by librdkafka's threads

    private func makeSocket() -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else { return -1 }
        state.withLock { state in
            // librdkafka may have closed a socket before it was connected: its number serves again.
            if let old = state.peers.updateValue(ends[1], forKey: ends[0]) { close(old) }
        }
        return ends[0]
    }

    /// 0, or why not. What happens behind it is heard as the end of the connection.
    private func connect(_ socket: Int32, _ address: UnsafePointer<sockaddr>) -> Int32 {
        let number = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            Int(UInt32(bigEndian: $0.pointee.sin_addr.s_addr) & SignedInBridge.mostNames)
        }
        let found = state.withLock { state -> (Int32, BrokerAddress)? in
            guard state.names.indices.contains(number), let peer = state.peers.removeValue(forKey: socket) else {
                return nil
            }
            return (peer, state.names[number])
        }
        guard let (peer, broker) = found else { return ECONNREFUSED }
        WorkerThread("kappa-bridge") { [self] in carry(peer, broker) }.detach()
        return 0
    }

    private func carry(_ peer: Int32, _ broker: BrokerAddress) {
        defer { close(peer) }
        do throws(ConnectionFailure) {
            let connection = try SignedInConnection(
                broker, clientId: clientId, signIn: signIn, patience: .seconds(10))
            state.withLock { $0.trouble = nil }
            connection.carry(peer)
        } catch {
            state.withLock { $0.trouble = error }
        }
    }

    // MARK: Addresses that stand for names

    /// Class E, which is never given to anybody.
    private static let range: UInt32 = 0xF000_0000
    private static let mostNames: UInt32 = 0x00FF_FFFF

    private func stand(for name: BrokerAddress) -> UnsafeMutablePointer<addrinfo> {
        let number = state.withLock { state in
            if let known = state.names.firstIndex(of: name) { return known }
            state.names.append(name)
            return state.names.count - 1
        }
        let address = UnsafeMutablePointer<sockaddr_in>.allocate(capacity: 1)
        address.initialize(to: sockaddr_in())
        address.pointee.sin_family = sa_family_t(AF_INET)
        address.pointee.sin_port = UInt16(clamping: name.port).bigEndian
        address.pointee.sin_addr.s_addr = (SignedInBridge.range | UInt32(number)).bigEndian
        let info = UnsafeMutablePointer<addrinfo>.allocate(capacity: 1)
        info.initialize(to: addrinfo())
        info.pointee.ai_family = AF_INET
        info.pointee.ai_socktype = Int32(SOCK_STREAM.rawValue)
        info.pointee.ai_addrlen = socklen_t(MemoryLayout<sockaddr_in>.size)
        info.pointee.ai_addr = UnsafeMutableRawPointer(address).assumingMemoryBound(to: sockaddr.self)
        return info
    }

    private static func free(_ info: UnsafeMutablePointer<addrinfo>?) {
        guard let info else { return }
        UnsafeMutableRawPointer(info.pointee.ai_addr)?.deallocate()
        info.deallocate()
    }
}
