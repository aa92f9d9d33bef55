import Glibc

/// What is decided at the start and only shown.
extension BrokerSettings {
    static func fixed(_ core: BrokerCore) -> [Level] {
        let configuration = core.configuration
        let scheme = scheme(configuration)
        let address = "\(scheme)://\(core.advertised)"
        let values: [(String, String)] = [
            ("advertised.listeners", address),
            ("allow.everyone.if.no.acl.found", String(configuration.allowsWithoutRules)),
            ("authorizer.class.name", core.access == nil ? "" : "kappa"),
            ("auto.create.topics.enable", String(configuration.autoCreatesTopics)),
            ("broker.id", String(configuration.nodeId)),
            ("default.replication.factor", "1"),
            ("group.initial.rebalance.delay.ms", String(configuration.initialRebalanceMilliseconds)),
            ("kappa.version", configuration.version),
            ("listeners", "\(scheme)://\(configuration.listen)"),
            ("log.dirs", absolute(configuration.dataDirectory)),
            ("node.id", String(configuration.nodeId)),
            ("num.partitions", String(configuration.defaultPartitions)),
            ("process.roles", "broker,controller"),
            ("sasl.enabled.mechanisms", core.accounts == nil ? "" : SaslExchange.mechanisms.joined(separator: ",")),
            ("super.users", core.access?.authorizer.superUsers.sorted().joined(separator: ";") ?? ""),
        ]
        return (values + configuration.startSettings.map { ($0.name, $0.value) })
            .sorted { $0.0 < $1.0 }.map { Level(name: $0, value: $1, source: .start) }
    }

    private static func scheme(_ configuration: BrokerConfiguration) -> String {
        let signIn = configuration.usersFile == nil ? "" : "SASL_"
        return signIn + (configuration.certificateFile == nil ? "PLAINTEXT" : "SSL")
    }

    /// Whoever asks stands in another folder.
    static func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
