/// Settings of the broker alone that can be changed while it runs, as in Kafka. But for the first they are for clusters
/// and for what the Java broker is made of; tools that set them are not to fail here.
extension BrokerSettings {
    private static let none = "Kept and shown, and without effect here."

    private static func number(
        _ name: String, _ initial: Int64, _ range: ClosedRange<Int64>, kind: SettingDefinition.Kind = .int
    ) -> SettingDefinition {
        .number(name, as: name, initial, within: range, kind: kind, none)
    }

    private static func fraction(_ name: String, _ initial: String) -> SettingDefinition {
        SettingDefinition(
            name: name, brokerName: name, kind: .double, initial: initial, documentation: none,
            accepts: { Double($0).map { $0 >= 0 && $0.isFinite } ?? false })
    }

    static let own: [SettingDefinition] = [
        .number(
            "log.cleaner.backoff.ms", as: "log.cleaner.backoff.ms", 15_000,
            "How long compaction rests where nothing became due by itself."),
        number("background.threads", 10, 1...1_000_000),
        number("log.cleaner.dedupe.buffer.size", 134_217_728, 1...(.max), kind: .long),
        number("log.cleaner.io.buffer.size", 524_288, 0...Int64(Int32.max)),
        fraction("log.cleaner.io.buffer.load.factor", "0.9"),
        fraction("log.cleaner.io.max.bytes.per.second", "1.7976931348623157E308"),
        number("log.cleaner.threads", 1, 0...1_000_000),
        number("num.io.threads", 8, 1...1_000_000),
        number("num.network.threads", 3, 1...1_000_000),
        number("num.recovery.threads.per.data.dir", 2, 1...1_000_000),
        number("num.replica.fetchers", 1, 1...1_000_000),
        number("sasl.kerberos.min.time.before.relogin", 60_000, 0...(.max), kind: .long),
        fraction("sasl.kerberos.ticket.renew.jitter", "0.05"),
        fraction("sasl.kerberos.ticket.renew.window.factor", "0.8"),
    ]

    static let changeable: [SettingDefinition] = TopicSettings.all + own

    static let changeableNames = Set(changeable.map(\.brokerName))
}
