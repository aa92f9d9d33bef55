import CRdKafka
import KappaCore
import KappaDirect
import Synchronization

/// The owner of one `rd_kafka_t`: makes it, hears its callbacks, destroys it.
///
/// `@unchecked Sendable`: librdkafka's handle may be used from any thread, and the notes behind it have a lock.
package final class KafkaClient: @unchecked Sendable {
    let handle: OpaquePointer
    package let configuration: KafkaConfiguration
    let notes: Notes
    private let signIn: SignIn?

    /// What the callbacks saw. It outlives the handle: librdkafka's threads hold an unowned pointer to it.
    ///
    /// Unchecked: what librdkafka's threads write is behind the lock; the rest belongs to the thread that owns the
    /// client.
    final class Notes: @unchecked Sendable {
        // Unchecked: what is not behind the lock is set before the handle is there, or heard on the polling thread.
        private struct Troubles {
            var latest: KafkaError?
            var fatal: KafkaError?
            /// Since when no broker at all has answered.
            var downSince: ContinuousClock.Instant?
        }

        private let troubles = Mutex(Troubles())
        /// The place in a group that is given up with the handle.
        var membership: GroupMembership?
        /// Partitions have been given, be it none.
        let wasAssigned = Atomic(false)
        /// It is, or may be, a member under a sticky strategy.
        var joinsStickily = false
        /// Connects for librdkafka, where there is anything to prove.
        var bridge: SignedInBridge?
        var onDelivery: ((UnsafePointer<rd_kafka_message_t>) -> Void)?
        var onRebalance: ((rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Void)?

        func note(_ error: KafkaError, isFatal: Bool) {
            troubles.withLock { troubles in
                let isAllDown = error.code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN.rawValue
                if isAllDown, troubles.downSince == nil { troubles.downSince = .now }
                // "All brokers are down" says less than the refused connection before it.
                if !isAllDown || troubles.latest == nil { troubles.latest = error }
                if isFatal, troubles.fatal == nil { troubles.fatal = error }
            }
        }

        func cameUp() { troubles.withLock { $0.downSince = nil } }

        var down: ContinuousClock.Instant? { troubles.withLock(\.downSince) }

        var noted: (latest: KafkaError?, fatal: KafkaError?) { troubles.withLock { ($0.latest, $0.fatal) } }
    }

    init(
        type: rd_kafka_type_t, _ configuration: KafkaConfiguration,
        prepare: (OpaquePointer, Notes) -> Void = { _, _ in }
    ) throws(KafkaError) {
        signIn = try configuration.signIn()
        let notes = Notes()
        if let signIn { notes.bridge = SignedInBridge(signIn, clientId: configuration.clientId) }
        let object = try (signIn == nil ? configuration : configuration.withoutSecurity).makeObject()
        if signIn != nil { SignedInBridge.install(on: object) }
        rd_kafka_conf_set_opaque(object, Unmanaged.passUnretained(notes).toOpaque())
        rd_kafka_conf_set_error_cb(object) { handle, code, reason, opaque in
            Notes.of(opaque).hear(rd_kafka_resp_err_t(code), reason, from: handle)
        }
        if configuration.isVerbose {
            rd_kafka_conf_set_log_cb(object) { rd_kafka_log_print($0, $1, $2, $3) }
        } else {
            rd_kafka_conf_set_log_cb(object) { _, _, _, _ in }
        }
        prepare(object, notes)
        var reason = [CChar](repeating: 0, count: 512)
        guard let handle = rd_kafka_new(type, object, &reason, reason.count) else {
            rd_kafka_conf_destroy(object)
            let said = String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            throw KafkaError(
                code: RD_KAFKA_RESP_ERR__INVALID_ARG.rawValue, kind: .usage,
                message: "the Kafka client refused: \(KafkaClient.naming(said, configuration))")
        }
        self.handle = handle
        self.configuration = configuration
        self.notes = notes
    }

    /// "ssl.ca.location failed: …" with the file, which librdkafka leaves out.
    private static func naming(_ said: String, _ configuration: KafkaConfiguration) -> String {
        let file = configuration.properties.last { $0.key.hasSuffix(".location") && said.hasPrefix($0.key) }
        return said + (file.map { " (\($0.value))" } ?? "")
    }

    deinit {
        HandleEnd(handle, notes: notes, membership: notes.membership, cluster: cluster).run()
    }

    /// Guards `idle`, which one thread at a time may take.
    private let lending = Mutex(())
    private var idle: ClusterQuestions?

    func takeQuestions() -> ClusterQuestions {
        lending.withLock { _ in idle.take() } ?? ClusterQuestions(cluster)
    }

    func giveBack(_ used: ClusterQuestions) { lending.withLock { _ in idle = used } }

    /// For what is asked on the plain path.
    private var cluster: ClusterSettings {
        ClusterSettings(
            brokers: BrokerAddress.list(configuration.brokers), clientId: configuration.clientId,
            signIn: signIn, silence: configuration.timeout,
            patience: max(configuration.patience, configuration.timeout),
            stop: configuration.stop)
    }

    /// As the person named them.
    package var brokers: String { configuration.brokers }

    /// A handle for questions only (metadata, admin).
    package convenience init(_ configuration: KafkaConfiguration) throws(KafkaError) {
        try self.init(type: RD_KAFKA_PRODUCER, configuration.withoutReading.defaulting(KafkaClient.quietly))
    }

    /// A refused connection is tried again soon, so that a broker which is just starting is found at once.
    static let quietly: [(key: String, value: String)] = [
        ("reconnect.backoff.ms", "50"), ("reconnect.backoff.max.ms", "1000"), ("log.connection.close", "false"),
        ("broker.address.ttl", "1000"),
        // Asking for a topic must not make it.
        ("allow.auto.create.topics", "false"), ("socket.nagle.disable", "true"),
    ]

    /// Whether records may be waiting in its queue: their reader hears of trouble on the way then.
    var isReading = false

    /// The latest trouble with a connection, where there was one since the start.
    package var latestTrouble: KafkaError? { notes.noted.latest }
    package var fatalTrouble: KafkaError? { notes.noted.fatal }

    /// The plain sentence, where all brokers have been gone for longer than `limit`; a question decides whether they
    /// are.
    package func unreachable(for limit: Duration) -> KafkaError? {
        guard let since = notes.down, since.duration(to: .now) > limit else { return nil }
        do throws(KafkaError) {
            try ping()
        } catch {
            return error.kind == .unreachable ? error : nil
        }
        notes.cameUp()
        return nil
    }

    /// A time-out says nothing of its cause; the trouble heard on the way does.
    func explained(_ error: KafkaError) -> KafkaError {
        guard error.kind == .unreachable else { return error }
        if let trouble = notes.bridge?.trouble { return untrusted(trouble) }
        // librdkafka ends the program where this meets a record.
        if !isReading { _ = rd_kafka_poll(handle, 0) }
        var better = KafkaError(
            code: error.code, kind: .unreachable,
            message: "cannot reach the broker at \(configuration.brokers) within \(configuration.timeout.word)")
        let trouble = latestTrouble
        // Nothing was refused, and yet there is no broker: librdkafka keeps it to itself when a connection is closed.
        let isClosed = trouble?.code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN.rawValue
        if isClosed {
            better.message += ": it takes connections and closes them without an answer"
        } else if let trouble {
            better.message += ": " + KafkaClient.plain(trouble.message, askedFor: configuration.brokers)
        }
        let isTLS = isClosed || better.message.contains("SSL routines")
        better.hint =
            error.hint ?? latestTrouble?.hint ?? (isTLS ? KafkaError.hintOnTLS : nil)
            ?? KafkaError.hintOnAbsence
        better.isRetriable = error.isRetriable
        better.isFatal = error.isFatal
        better.requiresAbort = error.requiresAbort
        return better
    }

    /// What kept the sign-in from working, in its own words: no broker is away.
    func untrusted(_ trouble: ConnectionFailure) -> KafkaError {
        let code = trouble.isSecurity ? RD_KAFKA_RESP_ERR__AUTHENTICATION : RD_KAFKA_RESP_ERR__TRANSPORT
        return KafkaError(
            code: code.rawValue, kind: .unreachable, message: "cannot sign in at \(trouble.message)",
            hint: trouble.hint ?? KafkaError.hintOnAbsence)
    }

    func check(_ code: rd_kafka_resp_err_t, _ what: @autoclosure () -> String) throws(KafkaError) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw explained(KafkaError(code, what()))
    }

    func check(taking error: OpaquePointer?, _ what: @autoclosure () -> String) throws(KafkaError) {
        guard let error else { return }
        throw explained(KafkaError(taking: error, what()))
    }

    /// "h:1/bootstrap: Connect to ipv4#1.2.3.4:1 failed: Connection refused (after 0ms in state CONNECT)" without
    /// librdkafka's inner state, and without the address where it is the one that was asked for.
    static func plain(_ text: String, askedFor brokers: String? = nil) -> String {
        var text = text
        if let cut = text.lastRange(of: " (after ") { text = String(text[..<cut]) }
        for noise in ["/bootstrap", "ipv4#", "ipv6#"] {
            while let at = text.firstRange(of: noise) { text.removeSubrange(at) }
        }
        guard let brokers, let colon = text.firstRange(of: ": ") else { return text }
        let (address, what) = (text[..<colon.lowerBound], String(text[colon.upperBound...]))
        if what.hasPrefix("Failed to resolve ") { return what }
        var cause = what
        if what.hasPrefix("Connect to "), let failed = what.firstRange(of: " failed: ") {
            cause = String(what[failed.upperBound...])
        }
        return address == brokers || address.hasSuffix("//" + brokers) ? cause : "\(address): \(cause)"
    }
}

extension KafkaClient.Notes {
    /// The callbacks' opaque pointer is this object, unowned.
    static func of(_ opaque: UnsafeMutableRawPointer?) -> KafkaClient.Notes {
        Unmanaged<KafkaClient.Notes>.fromOpaque(opaque!).takeUnretainedValue()
    }

    fileprivate func hear(
        _ code: rd_kafka_resp_err_t, _ reason: UnsafePointer<CChar>?, from handle: OpaquePointer?
    ) {
        var error = KafkaError(code, "", detail: reason.map { String(cString: $0) })
        error.isFatal = code == RD_KAFKA_RESP_ERR__FATAL
        if error.isFatal, let handle {
            var text = [CChar](repeating: 0, count: 512)
            let cause = rd_kafka_fatal_error(handle, &text, text.count)
            let said = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            error = KafkaError(cause, "", detail: said)
            error.isFatal = true
        }
        note(error, isFatal: error.isFatal)
    }
}

extension String {
    fileprivate func lastRange(of other: String) -> String.Index? {
        var found: String.Index?
        var start = startIndex
        while let range = self[start...].firstRange(of: other) {
            found = range.lowerBound
            start = range.upperBound
        }
        return found
    }
}
