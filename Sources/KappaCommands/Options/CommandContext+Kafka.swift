import KappaArguments
import KappaCore
import KappaKafka
import KappaTerminal

extension CommandContext {
    /// How long a broker may take to answer where `--timeout` means something else.
    static let defaultBound = Duration.seconds(5)

    /// The connection that `BrokerOptions.all` describe.
    package func broker() throws -> BrokerConnection { try BrokerConnection(values, messages) }

    /// The cluster that `BrokerOptions` describe.
    func kafka(bound: Duration? = nil) throws -> KafkaConfiguration {
        var configuration = try BrokerConnection(values, messages, bound: bound).configuration
        configuration.stop = stop
        configuration.isVerbose = messages.level == .verbose
        return configuration
    }
}
