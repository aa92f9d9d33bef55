import KappaCore

/// What can be told at the start under Kafka's own names, or, where Kafka has none, under `kappa.…`; it is shown under
/// them, too.
package struct StartSetting: Sendable {
    package let name: String
    package let range: ClosedRange<Int64>
    let read: @Sendable (BrokerConfiguration) -> Int64
    let write: @Sendable (inout BrokerConfiguration, Int64) -> Void

    private init(
        _ name: String, _ range: ClosedRange<Int64>,
        _ read: @escaping @Sendable (BrokerConfiguration) -> Int64,
        _ write: @escaping @Sendable (inout BrokerConfiguration, Int64) -> Void
    ) {
        (self.name, self.range, self.read, self.write) = (name, range, read, write)
    }

    private static let most = Int64.max
    private static let most32 = Int64(Int32.max)

    package static let all: [StartSetting] = [
        StartSetting("connections.max.idle.ms", 1...most, { $0.idleMilliseconds }, { $0.idleMilliseconds = $1 }),
        StartSetting(
            "connections.max.reauth.ms", 0...most, { $0.reauthenticationMilliseconds },
            { $0.reauthenticationMilliseconds = $1 }),
        StartSetting(
            "group.max.session.timeout.ms", 1...most32, { $0.maximumSessionMilliseconds },
            { $0.maximumSessionMilliseconds = $1 }),
        StartSetting(
            "group.max.size", 1...most32, { Int64($0.maximumGroupMembers) }, { $0.maximumGroupMembers = Int($1) }),
        StartSetting(
            "group.min.session.timeout.ms", 1...most32, { $0.minimumSessionMilliseconds },
            { $0.minimumSessionMilliseconds = $1 }),
        StartSetting("kappa.max.groups", 1...most32, { Int64($0.maximumGroups) }, { $0.maximumGroups = Int($1) }),
        StartSetting(
            "kappa.max.response.bytes", 1 << 20...most, { Int64($0.maximumAnswersBytes) },
            { $0.maximumAnswersBytes = Int($1) }),
        StartSetting(
            "kappa.max.transactional.ids", 1...most32, { Int64($0.maximumTransactionalIds) },
            { $0.maximumTransactionalIds = Int($1) }),
        StartSetting(
            "log.retention.check.interval.ms", 1...most, { $0.cleanupMilliseconds }, { $0.cleanupMilliseconds = $1 }),
        StartSetting(
            "max.connections", 1...most32, { Int64($0.maximumConnections) }, { $0.maximumConnections = Int($1) }),
        StartSetting(
            "max.connections.per.ip", 1...most, { Int64($0.maximumConnectionsPerAddress) },
            { $0.maximumConnectionsPerAddress = Int($1) }),
        StartSetting(
            "offset.metadata.max.bytes", 1...32_767, { Int64($0.maximumOffsetMetadataBytes) },
            { $0.maximumOffsetMetadataBytes = Int($1) }),
        StartSetting(
            "offsets.retention.minutes", 1...most32, { $0.offsetsRetentionMilliseconds / 60_000 },
            { $0.offsetsRetentionMilliseconds = $1 * 60_000 }),
        StartSetting(
            "producer.id.expiration.ms", 1...most32, { $0.producerRetentionMilliseconds },
            { $0.producerRetentionMilliseconds = $1 }),
        StartSetting(
            "queued.max.request.bytes", 1 << 20...most, { Int64($0.maximumQueuedRequestBytes) },
            { $0.maximumQueuedRequestBytes = Int($1) }),
        StartSetting(
            "socket.request.max.bytes", 1 << 16...most32, { Int64($0.maximumRequestBytes) },
            { $0.maximumRequestBytes = Int($1) }),
        StartSetting(
            "transaction.max.timeout.ms", 1...most32, { Int64($0.maximumTransactionMilliseconds) },
            { $0.maximumTransactionMilliseconds = Int32($1) }),
        StartSetting(
            "transactional.id.expiration.ms", 1...most32, { $0.transactionalIdRetentionMilliseconds },
            { $0.transactionalIdRetentionMilliseconds = $1 }),
    ]
}

extension BrokerConfiguration {
    /// Takes a setting by Kafka's name; throws in words that name it.
    package mutating func set(_ name: String, to word: String) throws(BrokerError) {
        guard let setting = StartSetting.all.first(where: { $0.name == name }) else {
            let names = StartSetting.all.map(\.name).joined(separator: ", ")
            throw BrokerError(
                "'\(name)' is no setting that the broker is started with", hint: "These are: \(names).", kind: .usage)
        }
        guard let value = Int64(word), setting.range.contains(value) else {
            throw BrokerError(
                "\(name)=\(word) is not a number from \(setting.range.lowerBound) to \(setting.range.upperBound)",
                kind: .usage)
        }
        setting.write(&self, value)
    }

    /// What settings say together.
    package func validate() throws(BrokerError) {
        guard minimumSessionMilliseconds <= maximumSessionMilliseconds else {
            throw BrokerError(
                "group.min.session.timeout.ms is \(minimumSessionMilliseconds), which is more than "
                    + "group.max.session.timeout.ms (\(maximumSessionMilliseconds))", kind: .usage)
        }
    }

    /// All of them with their values.
    var startSettings: [(name: String, value: String)] { StartSetting.all.map { ($0.name, String($0.read(self))) } }
}
