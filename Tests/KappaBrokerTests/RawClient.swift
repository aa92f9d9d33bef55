import Glibc
import KappaWire

/// A client that says exactly what it is told to, over a blocking socket with a time limit.
final class RawClient {
    struct Closed: Error {}

    private let descriptor: Int32

    init(port: UInt16, patienceSeconds: Int = 20) throws {
        descriptor = socket(AF_INET, 1, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeBytes(of: &address) {
            connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), size)
        }
        guard status == 0 else { throw Closed() }
        var limit = timeval(tv_sec: patienceSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// The connection ends with a reset instead of in peace.
    func resetWhenClosed() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }

    /// A small buffer for what comes, so that little of it leaves the broker unread.
    func takeLittle() {
        var size: Int32 = 4096
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    func drinkOneByte() {
        var byte: UInt8 = 0
        _ = recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT))
    }

    // MARK: Bytes

    func sendRaw(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Closed() }
            sent += count
        }
    }

    func send(frame: [UInt8]) throws {
        var writer = WireWriter()
        writer.append(Int32(frame.count))
        try sendRaw(writer.bytes + frame)
    }

    /// The next frame, without its length.
    func receive() throws -> [UInt8] {
        let length = try receive(count: 4).reduce(0) { $0 << 8 | Int($1) }
        return try receive(count: length)
    }

    enum Outcome: Equatable {
        case answered, closed, silent
    }

    /// What comes back within some time.
    func outcome(within milliseconds: Int32) -> Outcome {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wanted, 1, milliseconds) > 0 else { return .silent }
        return (try? receive()) == nil ? .closed : .answered
    }

    private func receive(count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var have = 0
        while have < count {
            let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + have, count - have, 0) }
            guard got > 0 else { throw Closed() }
            have += got
        }
        return bytes
    }

    // MARK: Messages

    func send<Request: RequestMessage>(_ request: Request, version: Int16, correlationId: Int32) throws {
        var writer = WireWriter()
        try request.frame(correlationId: correlationId, clientId: "raw", version: version, into: &writer)
        try sendRaw(writer.bytes)
    }

    func receiveCorrelationId() throws -> Int32 {
        try receive().prefix(4).reduce(0) { $0 << 8 | Int32($1) }
    }

    func ask<Request: RequestMessage>(_ request: Request, version: Int16) throws -> Request.Response {
        try send(request, version: version, correlationId: 77)
        let frame = try receive()
        return try frame.withUnsafeBytes { try Request.Response.decode(frame: $0, version: version).body }
    }

    private func produceRequest(
        _ topic: String, _ batch: UnsafeRawBufferPointer, acks: Int16, transactionalId: String?
    ) -> ProduceRequest {
        ProduceRequest {
            $0.acks = acks
            $0.transactionalId = transactionalId
            $0.topicData = [
                .init {
                    $0.name = topic
                    $0.partitionData = [.init { $0.records = batch }]
                }
            ]
        }
    }

    func produce(_ topic: String, _ batch: [UInt8], acks: Int16) throws {
        try batch.withUnsafeBytes {
            try send(
                produceRequest(topic, $0, acks: acks, transactionalId: nil), version: 9, correlationId: 1)
        }
    }

    func produceAndWait(
        _ topic: String, _ batch: [UInt8], transactionalId: String? = nil, acks: Int16 = -1, version: Int16 = 9
    ) throws -> ProduceResponse.Partition {
        try batch.withUnsafeBytes {
            try ask(produceRequest(topic, $0, acks: acks, transactionalId: transactionalId), version: version)
                .responses[0].partitionResponses[0]
        }
    }

    /// One partition's part of an answer; its records are copied into `values` before the frame goes.
    struct Fetched {
        var errorCode: ErrorCode
        var highWatermark: Int64
        var lastStableOffset: Int64
        var aborted: [(producerId: Int64, firstOffset: Int64)]
        var bytes: [UInt8]
    }

    func fetch(_ topic: String, from offset: Int64, maxWait: Int32 = 500, committedOnly: Bool = false) throws -> Fetched
    {
        let request = FetchRequest {
            $0.maxWaitMs = maxWait
            $0.minBytes = 1
            $0.isolationLevel = committedOnly ? 1 : 0
            $0.topics = [
                .init {
                    $0.topic = topic
                    $0.partitions = [
                        .init {
                            $0.fetchOffset = offset
                            $0.partitionMaxBytes = 1 << 20
                        }
                    ]
                }
            ]
        }
        try send(request, version: 12, correlationId: 1)
        let frame = try receive()
        return try frame.withUnsafeBytes { raw in
            let part = try FetchResponse.decode(frame: raw, version: 12).body.responses[0].partitions[0]
            var bytes: [UInt8] = []
            if case .borrowed(let records) = part.records { bytes = Array(records) }
            return Fetched(
                errorCode: part.errorCode, highWatermark: part.highWatermark, lastStableOffset: part.lastStableOffset,
                aborted: (part.abortedTransactions ?? []).map { ($0.producerId, $0.firstOffset) }, bytes: bytes)
        }
    }

    func offset(of topic: String, at timestamp: Int64) throws -> Int64 {
        let request = ListOffsetsRequest {
            $0.topics = [
                .init {
                    $0.name = topic
                    $0.partitions = [.init { $0.timestamp = timestamp }]
                }
            ]
        }
        return try ask(request, version: 7).topics[0].partitions[0].offset
    }
}
