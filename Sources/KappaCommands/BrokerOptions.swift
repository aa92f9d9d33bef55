package import KappaArguments
package import KappaKafka

/// How to reach the brokers: `parameters: [...] + BrokerOptions.all`, then `try context.broker()`.
package enum BrokerOptions {
    static let section = "Broker connection"
    package static let brokers = Option<String>(
        "brokers", short: "b", aliases: ["bootstrap-server"], type: .string("HOST:PORT,…"),
        default: "localhost:9092", section: section, help: "The brokers to ask first.")
    package static let properties = Option<[String]>(
        "property", short: "X", placeholder: "KEY=VALUE", type: .string("KEY=VALUE"), section: section,
        help: "Set a property of the Kafka client, in librdkafka's or Java's spelling.")
    package static let propertyFiles = Option<[String]>(
        "properties", short: "F", type: .file, settable: true, section: section,
        help: "Read properties of the Kafka client from a file (client.properties).")
    package static let timeout = Option<Duration>(
        "timeout", type: .duration, default: "5s", section: section,
        help: "How long to try to reach a broker or store.")

    /// Without `timeout`, for commands that give the word a meaning of their own.
    static let connection: [any ParameterKey] = [brokers, properties, propertyFiles]
    package static let all: [any ParameterKey] = connection + [timeout]
}

/// What a client of the brokers needs to know. The properties are librdkafka's, `bootstrap.servers` among them.
package struct BrokerConnection: Sendable {
    package let brokers: String
    package let properties: [String: String]
    package let timeout: Duration

    /// What the clients of KappaKafka start from.
    package var configuration: KafkaConfiguration {
        let others = properties.filter { $0.key != "bootstrap.servers" }.sorted { $0.key < $1.key }
        return KafkaConfiguration(
            brokers: properties["bootstrap.servers"] ?? brokers, properties: others.map { ($0.key, $0.value) },
            timeout: timeout)
    }

    /// - Parameter bound: the time to reach a broker, where `--timeout` is not that.
    init(_ values: Values, bound: Duration? = nil) throws {
        brokers = values[BrokerOptions.brokers]
        timeout = bound ?? values[BrokerOptions.timeout]
        var properties = ["bootstrap.servers": brokers]
        for word in values[BrokerOptions.properties] {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw UsageError("-X: '\(parts[0])' is not KEY=VALUE")
            }
            properties[String(parts[0])] = String(parts[1])
        }
        self.properties = properties
    }
}
