import CRdKafka
package import KappaCore

/// How to reach a cluster: the brokers and librdkafka's own properties, in the order they were said.
package struct KafkaConfiguration: Sendable {
    package var brokers: String
    /// What the person asked for; later ones win. Keys as librdkafka spells them (`security.protocol`).
    package var properties: [(key: String, value: String)]
    private var defaults: [(key: String, value: String)] = []
    private var forced: [(key: String, value: String)] = []
    /// How long a single question to the cluster may take.
    package var timeout: Duration
    /// How long a question is repeated while a broker answers, but cannot tell yet.
    package var patience: Duration = .seconds(30)
    /// Ends what is repeated before its time.
    package var stop: StopSignal = .never
    /// librdkafka's own log lines go to standard error.
    package var isVerbose = false

    package init(brokers: String, properties: [(key: String, value: String)] = [], timeout: Duration = .seconds(5)) {
        self.brokers = brokers
        self.properties = properties
        self.timeout = timeout
    }

    var timeoutMilliseconds: Int32 { Int32(clamping: timeout.wholeMilliseconds) }

    /// All that is said to librdkafka, in the order in which later ones win.
    private var everything: [(key: String, value: String)] { defaults + properties + forced }

    /// The same with `added` in front of what the person said, so that their word wins.
    package func defaulting(_ added: [(key: String, value: String)]) -> KafkaConfiguration {
        var copy = self
        copy.defaults = added + defaults
        return copy
    }

    /// The same with `added`, which wins over what the person said: kappa's promises depend on it.
    package func forcing(_ added: [(key: String, value: String)]) -> KafkaConfiguration {
        var copy = self
        copy.forced += added
        return copy
    }

    /// The same without what concerns reading only, for the writing half of a job that reads too: librdkafka warns of
    /// each property that is not for the client at hand.
    package var withoutReading: KafkaConfiguration { without(KafkaConfiguration.readingOnly) }

    /// The same without what concerns writing only, for the reading half.
    package var withoutWriting: KafkaConfiguration { without(KafkaConfiguration.writingOnly) }

    private func without(_ names: Set<String>) -> KafkaConfiguration {
        var copy = self
        copy.defaults.removeAll { names.contains($0.key) }
        copy.properties.removeAll { names.contains($0.key) }
        copy.forced.removeAll { names.contains($0.key) }
        return copy
    }

    private static let readingOnly: Set = [
        "group.id", "group.instance.id", "group.protocol.type", "partition.assignment.strategy", "session.timeout.ms",
        "heartbeat.interval.ms", "coordinator.query.interval.ms", "max.poll.interval.ms", "queued.min.messages",
        "queued.max.messages.kbytes", "fetch.wait.max.ms", "fetch.message.max.bytes", "max.partition.fetch.bytes",
        "fetch.max.bytes", "fetch.min.bytes", "fetch.error.backoff.ms", "isolation.level", "check.crcs",
        "auto.offset.reset", "enable.auto.commit", "auto.commit.interval.ms", "enable.auto.offset.store",
        "enable.partition.eof", "allow.auto.create.topics",
    ]

    private static let writingOnly: Set = [
        "transactional.id", "transaction.timeout.ms", "enable.idempotence", "enable.gapless.guarantee",
        "queue.buffering.max.messages", "queue.buffering.max.kbytes", "queue.buffering.max.ms", "linger.ms",
        "message.send.max.retries", "retries", "retry.backoff.ms", "queue.buffering.backpressure.threshold",
        "compression.codec", "compression.type", "compression.level", "batch.num.messages", "batch.size",
        "delivery.report.only.error", "sticky.partitioning.linger.ms", "request.required.acks", "acks",
        "request.timeout.ms", "message.timeout.ms", "delivery.timeout.ms", "queuing.strategy", "produce.offset.report",
        "partitioner", "msg_order_cmp",
    ]

    package var clientId: String { value(of: "client.id") ?? "kappa" }

    /// What was said last of a property.
    package func value(of key: String) -> String? { everything.last { $0.key == key }?.value }

    /// The person asks for nothing, of connections or of fetching, that a reader without librdkafka would not do.
    package var readsPlainly: Bool { isPlain(beside: KafkaConfiguration.ownFetching) }

    /// The person asks for nothing, of connections or of producing, that a writer without librdkafka would not do.
    package var writesPlainly: Bool { isPlain(beside: KafkaConfiguration.ownProducing) }

    private func isPlain(beside own: [String]) -> Bool {
        properties.allSatisfy { key, value in
            let isSecurity = key == "security.protocol" || key.hasPrefix("ssl.") || key.hasPrefix("sasl.")
            if isSecurity { return signsInItself }
            return !(KafkaConfiguration.ownConnecting + own).contains { key.hasPrefix($0) }
        }
    }

    private static let ownConnecting = [
        "socket.", "broker.address.", "receive.", "plugin.", "client.dns.lookup", "debug",
    ]
    private static let ownFetching = [
        "fetch.", "queued.", "isolation.level", "check.crcs", "client.rack", "max.partition.fetch.bytes",
    ]
    private static let ownProducing = [
        "acks", "request.", "retries", "retry.", "message.", "queue.buffering.", "compression.", "linger.ms", "batch.",
        "sticky.", "partitioner", "transaction", "delivery.", "enable.", "max.in.flight", "msg_order_cmp", "queuing.",
    ]

    /// Makes librdkafka's configuration object; whoever gets it hands it to `rd_kafka_new` or destroys it.
    func makeObject() throws(KafkaError) -> OpaquePointer {
        let object = rd_kafka_conf_new()!
        do {
            try set("bootstrap.servers", brokers, on: object)
            try set("client.id", "kappa", on: object)
            for (key, value) in everything { try set(key, value, on: object) }
        } catch {
            rd_kafka_conf_destroy(object)
            throw error
        }
        return object
    }

    private func set(_ key: String, _ value: String, on object: OpaquePointer) throws(KafkaError) {
        var reason = [CChar](repeating: 0, count: 512)
        let result = rd_kafka_conf_set(object, key, value, &reason, reason.count)
        guard result != RD_KAFKA_CONF_OK else { return }
        // The reason may quote the value; a secret must not travel with it.
        let said = String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let isSecret = ["password", "secret", "key.pem", "jaas", "token"].contains { key.contains($0) }
        throw KafkaError(
            code: RD_KAFKA_RESP_ERR__INVALID_ARG.rawValue, kind: .usage,
            message: "Kafka client property '\(key)': \(isSecret ? "the value was refused" : said)",
            hint: result == RD_KAFKA_CONF_UNKNOWN
                ? "librdkafka's CONFIGURATION.md lists the names it knows" : nil)
    }
}
