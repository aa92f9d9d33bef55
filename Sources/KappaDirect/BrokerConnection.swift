import Glibc
import KappaCore
import KappaNetwork
import KappaWire

/// One blocking connection to a broker. Any thread may `interrupt` it; all else belongs to the one that made it.
final class BrokerConnection: @unchecked Sendable {
    // Unchecked: the descriptor is never closed before the last reference goes, and shutting it down harms nobody.
    let descriptor: Int32
    /// The bytes as they are said and heard, through TLS where it is asked for.
    private(set) var stream: ByteStream
    private let signIn: SignIn?
    /// When a broker will hang up, unless one has signed in anew.
    private var validUntil: ContinuousClock.Instant?
    let broker: BrokerAddress
    private let clientId: String
    /// What the broker serves, once it has been asked.
    private var served: [Int16: ClosedRange<Int16>] = [:]
    private var frame = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var writer = WireWriter()
    private var correlationId: Int32 = 0
    private var lastAnswer = ContinuousClock.now

    /// A broker that is silent for so long is taken for dead.
    private let patience: Duration
    private static let largestAnswer = 256 << 20

    init(
        _ broker: BrokerAddress, clientId: String, signIn: SignIn? = nil, patience: Duration = .seconds(30)
    ) throws(ConnectionFailure) {
        self.signIn = signIn
        self.broker = broker
        self.clientId = clientId
        self.patience = patience
        descriptor = try BrokerConnection.connect(broker, patience)
        stream = .plain(descriptor)
    }

    deinit {
        close(descriptor)
        frame.deallocate()
    }

    /// Brokers close a connection that has long said nothing.
    var isStale: Bool { lastAnswer.duration(to: .now) > .seconds(30) || mustRenew }

    /// The sign-in runs out soon; a new connection signs in anew.
    var mustRenew: Bool { validUntil.map { $0 < .now } ?? false }

    func interrupt() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private static func connect(_ broker: BrokerAddress, _ patience: Duration) throws(ConnectionFailure) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(broker.host, String(broker.port), &hints, &found)
        guard status == 0, let found else {
            throw lost(broker, "cannot resolve '\(broker.host)': \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(found) }
        var next: UnsafeMutablePointer<addrinfo>? = found
        var code: Int32 = 0
        while let candidate = next {
            if let descriptor = connect(candidate.pointee, patience, &code) { return descriptor }
            next = candidate.pointee.ai_next
        }
        throw lost(broker, String(cString: strerror(code)))
    }

    private static func connect(_ address: addrinfo, _ patience: Duration, _ code: inout Int32) -> Int32? {
        let descriptor = socket(address.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            code = errno
            return nil
        }
        // The limit on sending is the one on connecting too.
        for (option, seconds) in [(SO_RCVTIMEO, Int(patience.components.seconds)), (SO_SNDTIMEO, 5)] {
            var limit = timeval(tv_sec: seconds, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        guard Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
            code = errno == EINPROGRESS ? ETIMEDOUT : errno
            close(descriptor)
            // What a signal has interrupted goes on by itself, unheard; a new one is simpler.
            return code == EINTR ? connect(address, patience, &code) : nil
        }
        return descriptor
    }

    private static func lost(_ broker: BrokerAddress, _ why: String) -> ConnectionFailure {
        ConnectionFailure("\(broker): \(why)", kind: .unreachable)
    }

    // MARK: Versions

    /// Comes before all other questions: the handshakes, what the broker speaks, and who we are.
    func negotiate() throws(ConnectionFailure) {
        if let tls = signIn?.tls {
            do throws(NetworkError) {
                stream = .tls(try tls.connect(descriptor, host: broker.host))
            } catch {
                // What the other side says of itself may pass, as an end of the connection may.
                throw ConnectionFailure(
                    "\(broker): \(error.message)", kind: .unreachable, isSecurity: error.hint != nil, hint: error.hint)
            }
        }
        try askVersions()
        if let mechanism = signIn?.mechanism { try authenticate(mechanism) }
    }

    private func askVersions() throws(ConnectionFailure) {
        try send(ApiVersionsRequest(), version: 0)
        for key in try receive(ApiVersionsResponse.self, version: 0).apiKeys where key.minVersion <= key.maxVersion {
            served[key.apiKey] = key.minVersion...key.maxVersion
        }
    }

    /// The newest version that both sides know, from `oldest` on.
    func version<Request: RequestMessage>(of: Request.Type, from oldest: Int16 = 0) throws(ConnectionFailure) -> Int16 {
        let newest = min(Request.versions.upperBound, Request.apiKey.newestWithNames)
        let own = max(oldest, Request.versions.lowerBound)...newest
        guard let served = served[Request.apiKey.rawValue], served.overlaps(own) else {
            throw ConnectionFailure(
                "\(broker): serves no version of \(Request.apiKey) from \(own.lowerBound) to \(own.upperBound)")
        }
        return min(served.upperBound, own.upperBound)
    }

    private func authenticate(_ mechanism: SaslMechanism) throws(ConnectionFailure) {
        guard let signIn else { return }
        var handshake = SaslHandshakeRequest()
        handshake.mechanism = mechanism.rawValue
        let offer = try ask(handshake, from: 1)
        guard offer.errorCode == .noError else {
            throw refused(
                "does not take \(mechanism.rawValue), but \(offer.mechanisms.joined(separator: ", "))", offer.errorCode,
                hint: "-X sasl.mechanism=… names another")
        }
        var (client, message) = try signIn.begin(mechanism)
        while true {
            var request = SaslAuthenticateRequest()
            request.authBytes = message
            let answer = try ask(request)
            guard answer.errorCode == .noError else {
                throw refused(
                    "refuses the sign-in of '\(signIn.user)' (authentication failed)"
                        + (answer.errorMessage.map { ": \($0)" } ?? ""), answer.errorCode,
                    hint: "check sasl.username and sasl.password (-X)")
            }
            if answer.sessionLifetimeMs > 0 {
                validUntil = .now + .milliseconds(answer.sessionLifetimeMs * 8 / 10)
            }
            guard let next = try hear(answer.authBytes, &client, signIn) else { return }
            message = next
        }
    }

    private func hear(
        _ bytes: [UInt8], _ client: inout SaslClient, _ signIn: SignIn
    ) throws(ConnectionFailure) -> [UInt8]? {
        do throws(SaslClient.Problem) {
            return try client.hear(bytes)
        } catch {
            switch error {
            case .falseServer:
                throw refused(
                    "does not know the password of '\(signIn.user)' itself, so it is not the broker that it should be",
                    .saslAuthenticationFailed)
            case .malformed(let words), .refused(let words):
                throw refused(
                    "the sign-in of '\(signIn.user)' failed (authentication): \(words)", .saslAuthenticationFailed)
            }
        }
    }

    private func refused(_ words: String, _ code: ErrorCode, hint: String? = nil) -> ConnectionFailure {
        ConnectionFailure("\(broker): \(words)", kind: .unreachable, code: code, isSecurity: true, hint: hint)
    }

    // MARK: Questions and answers

    /// Asks, and waits for the answer. What it borrows is valid until the next one is asked for.
    func ask<Request: RequestMessage>(
        _ request: Request, from oldest: Int16 = 0
    ) throws(ConnectionFailure) -> Request.Response {
        let version = try version(of: Request.self, from: oldest)
        try send(request, version: version)
        return try receive(Request.Response.self, version: version)
    }

    func send<Request: RequestMessage>(_ request: Request, version: Int16) throws(ConnectionFailure) {
        writer.removeAll()
        correlationId &+= 1
        do throws(WireError) {
            try request.frame(correlationId: correlationId, clientId: clientId, version: version, into: &writer)
        } catch {
            throw ConnectionFailure("\(broker): a request could not be written: \(error)")
        }
        var sent = 0
        while sent < writer.bytes.count {
            let count = writer.bytes.withUnsafeBytes {
                stream.send($0.baseAddress! + sent, $0.count - sent, hasMore: false)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let isFull = count < 0 && errno == EAGAIN
                throw BrokerConnection.lost(broker, isFull ? "takes nothing any more" : reason(count))
            }
            sent += count
        }
    }

    /// The answer to the last request. What it borrows is valid until the next one is asked for.
    func receive<Response: ResponseMessage>(_: Response.Type, version: Int16) throws(ConnectionFailure) -> Response {
        var length = Int32(0)
        try withUnsafeMutableBytes(of: &length) { bytes throws(ConnectionFailure) in try fill(bytes) }
        let size = Int(Int32(bigEndian: length))
        // A TLS alert begins with 21 and the version 3.
        if size >> 16 == 0x1503, signIn?.tls == nil {
            throw ConnectionFailure(
                "\(broker): it speaks TLS there", kind: .unreachable, isSecurity: true,
                hint: "security.protocol=ssl (or sasl_ssl) and ssl.ca.location (-X) are for that port")
        }
        guard (4...BrokerConnection.largestAnswer).contains(size) else {
            throw ConnectionFailure("\(broker): announced an answer of \(size) bytes")
        }
        if size > frame.count {
            frame.deallocate()
            frame = .allocate(byteCount: size, alignment: 16)
        }
        let answer = UnsafeMutableRawBufferPointer(rebasing: frame[..<size])
        try fill(answer)
        let decoded: (header: ResponseHeader, body: Response)
        do throws(WireError) {
            decoded = try Response.decode(frame: UnsafeRawBufferPointer(answer), version: version)
        } catch {
            throw ConnectionFailure("\(broker): an answer could not be read: \(error)")
        }
        guard decoded.header.correlationId == correlationId else {
            throw ConnectionFailure("\(broker): answered another request than the one it was sent")
        }
        lastAnswer = .now
        return decoded.body
    }

    private func fill(_ bytes: UnsafeMutableRawBufferPointer) throws(ConnectionFailure) {
        var have = 0
        while have < bytes.count {
            let count = stream.receive(bytes.baseAddress! + have, bytes.count - have)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BrokerConnection.lost(broker, reason(count)) }
            have += count
        }
    }

    private func reason(_ count: Int) -> String {
        if count == 0 { return "the connection was closed" }
        return errno == EAGAIN ? "no answer within \(patience.word)" : String(cString: strerror(errno))
    }
}
