import Glibc
import KappaWire
import Synchronization

/// One client's connection to one node: requests are read, answered by the script or by the broker, one at a time.
final class HostileConnection {
    private let client: Int32
    private let node: Int
    private let cluster: HostileCluster
    private var broker: Int32 = -1

    init(_ client: Int32, node: Int, in cluster: HostileCluster) {
        self.client = client
        self.node = node
        self.cluster = cluster
    }

    deinit { if broker >= 0 { close(broker) } }

    func run() {
        while let request = HostileConnection.read(from: client), let answer = answer(to: request) {
            guard HostileConnection.write(answer, to: client) else { return }
        }
        shutdown(client, Int32(SHUT_RDWR))
    }

    /// Nil where the connection is to be cut.
    private func answer(to request: [UInt8]) -> [UInt8]? {
        let header = request.withUnsafeBytes { bytes in
            var reader = WireReader(bytes)
            return try? (RequestHeader(from: &reader), reader.index)
        }
        guard let (header, start) = header, let key = header.apiKey else { return forward(request) }
        let body = request[start...]
        switch cluster.trouble(for: key) {
        case .refused(let code): return refuse(key, header, body, code) ?? forward(request)
        case .cutBefore: return nil
        case .cutAfter:
            _ = forward(request)
            return nil
        case .slow(let time):
            guard let answer = askBroker(key, header, body, request) else { return nil }
            let micros = time.components.seconds * 1_000_000 + time.components.attoseconds / 1_000_000_000_000
            usleep(UInt32(micros))
            return answer
        case .throttled(let time):
            return askBroker(key, header, body, request).flatMap { throttle(key, header, $0, time) }
        case nil: return askBroker(key, header, body, request)
        }
    }

    /// The broker's answer, as this node would give it.
    private func askBroker(
        _ key: ApiKey, _ header: RequestHeader, _ body: ArraySlice<UInt8>, _ request: [UInt8]
    ) -> [UInt8]? {
        if let code = misplaced(key, header, body), let refusal = refuse(key, header, body, code) { return refusal }
        guard let answer = forward(request) else { return nil }
        switch key {
        case .metadata: return rewrite(MetadataResponse.self, header, answer) { relocate(&$0) }
        case .findCoordinator:
            let asked = decode(FindCoordinatorRequest.self, header, body)?.key ?? ""
            return rewrite(FindCoordinatorResponse.self, header, answer) { answer in
                let node = cluster.coordinator(of: asked)
                (answer.nodeId, answer.host, answer.port) = (Int32(node), "127.0.0.1", Int32(cluster.ports[node - 1]))
            }
        case .describeCluster:
            return rewrite(DescribeClusterResponse.self, header, answer) { answer in
                answer.controllerId = 1
                answer.brokers = cluster.ports.enumerated().map { index, port in
                    .init { ($0.brokerId, $0.host, $0.port) = (Int32(index + 1), "127.0.0.1", Int32(port)) }
                }
            }
        case .listGroups:
            return rewrite(ListGroupsResponse.self, header, answer) { answer in
                answer.groups.removeAll { cluster.coordinator(of: $0.groupId) != node }
            }
        default: return answer
        }
    }

    private func relocate(_ answer: inout MetadataResponse) {
        answer.brokers = cluster.ports.enumerated().map { index, port in
            .init { ($0.nodeId, $0.host, $0.port) = (Int32(index + 1), "127.0.0.1", Int32(port)) }
        }
        answer.controllerId = 1
        for topic in answer.topics.indices {
            let name = answer.topics[topic].name ?? ""
            if cluster.state.withLock({ $0.hiddenTopics.contains(name) }) {
                answer.topics[topic].errorCode = .unknownTopicOrPartition
                answer.topics[topic].partitions = []
            }
            for index in answer.topics[topic].partitions.indices {
                let leader = Int32(cluster.leader(of: name, answer.topics[topic].partitions[index].partitionIndex))
                answer.topics[topic].partitions[index].leaderId = leader
                answer.topics[topic].partitions[index].replicaNodes = [leader]
                answer.topics[topic].partitions[index].isrNodes = [leader]
            }
        }
    }

    func isCoordinator(of name: String) -> Bool { cluster.coordinator(of: name) == node }
    func isLeader(of topic: String, _ partition: Int32) -> Bool { cluster.leader(of: topic, partition) == node }

    // MARK: The way to the broker

    private func forward(_ request: [UInt8]) -> [UInt8]? {
        if broker < 0 { broker = HostileConnection.connect(cluster.brokerPort) }
        guard broker >= 0, HostileConnection.write(request, to: broker) else { return nil }
        return HostileConnection.read(from: broker)
    }

    private static func connect(_ port: Int) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            return -1
        }
        return descriptor
    }

    /// A message without its length; nil at the end.
    private static func read(from descriptor: Int32) -> [UInt8]? {
        var length: UInt32 = 0
        guard withUnsafeMutableBytes(of: &length, { fill($0, from: descriptor) }) else { return nil }
        var message = [UInt8](repeating: 0, count: Int(UInt32(bigEndian: length)))
        guard message.withUnsafeMutableBytes({ fill($0, from: descriptor) }) else { return nil }
        return message
    }

    private static func fill(_ bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32) -> Bool {
        var have = 0
        while have < bytes.count {
            let count = recv(descriptor, bytes.baseAddress! + have, bytes.count - have, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            have += count
        }
        return true
    }

    private static func write(_ message: [UInt8], to descriptor: Int32) -> Bool {
        let framed = withUnsafeBytes(of: UInt32(message.count).bigEndian) { Array($0) } + message
        var sent = 0
        while sent < framed.count {
            let count = framed.withUnsafeBytes {
                send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
