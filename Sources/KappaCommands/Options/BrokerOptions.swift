package import KappaArguments
package import KappaKafka
import KappaTerminal

/// How to reach the brokers: `parameters: [...] + BrokerOptions.all`, then `try context.broker()`.
package enum BrokerOptions {
    static let section = "Broker connection"
    package static let brokers = Option<String>(
        "brokers", short: "b", aliases: ["bootstrap-server", "broker-list"], type: .brokers,
        default: "localhost:9092", section: section, help: "The brokers to ask first.")
    package static let properties = Option<[String]>(
        "property", short: "X", placeholder: "KEY=VALUE", type: .string("KEY=VALUE"), settable: true,
        section: section, help: "Set a property of the Kafka client, in librdkafka's or Java's spelling.",
        discussion: """
            The value of a secret (sasl.password, ssl.key.password) is written file:PATH, env:NAME or prompt: what \
            stands on a command line can be read by everybody.
            """)
    package static let propertyFiles = Option<[String]>(
        "properties", short: "F", type: .file, settable: true, section: section,
        help: "Read properties of the Kafka client from a file (client.properties).",
        discussion: """
            Java's spelling is understood: sasl.jaas.config of the Plain and Scram modules, PEM and PKCS12 stores. A \
            Java key store (JKS) is refused, with the command that turns it into one that can be read.
            """)
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
    /// How long a question is repeated while a broker answers, but cannot tell yet.
    private let patience: Duration

    /// `--brokers` wins over the properties where it was said; files come before `-X`.
    ///
    /// - Parameter bound: the time to reach a broker, where `--timeout` is not that.
    init(_ values: Values, _ messages: Messages, bound: Duration? = nil) throws {
        var properties = ClientProperties()
        for path in values[BrokerOptions.propertyFiles] { try properties.add(file: path) }
        for word in values[BrokerOptions.properties] { try properties.add(word: word) }
        for key in properties.ignored { messages.warning("\(key) is only for Java programs; ignored") }
        let named = properties.values["bootstrap.servers"]
        brokers =
            values.isGiven(BrokerOptions.brokers)
            ? values[BrokerOptions.brokers] : named ?? values[BrokerOptions.brokers]
        // Who names a time means it, whatever the reason.
        patience = bound ?? (values.isGiven(BrokerOptions.timeout) ? values[BrokerOptions.timeout] : .seconds(30))
        timeout = bound ?? values[BrokerOptions.timeout]
        self.properties = properties.values.merging(["bootstrap.servers": brokers]) { $1 }
    }

    /// What the clients of KappaKafka start from.
    package var configuration: KafkaConfiguration {
        let others = properties.filter { $0.key != "bootstrap.servers" }.sorted { $0.key < $1.key }
        var configuration = KafkaConfiguration(
            brokers: brokers, properties: others.map { ($0.key, $0.value) }, timeout: timeout)
        configuration.patience = patience
        return configuration
    }
}
