import KappaArguments
import KappaCore
import KappaKafka
import KappaTerminal

extension CommandContext {
    /// How long a broker may take to answer where `--timeout` means something else.
    static let defaultBound = Duration.seconds(5)

    /// The cluster that `BrokerOptions` describe.
    func kafka(bound: Duration? = nil) throws -> KafkaConfiguration {
        let connection = try BrokerConnection(values, bound: bound)
        var configuration = KafkaConfiguration(
            brokers: connection.brokers,
            properties: connection.properties.filter { $0.key != "bootstrap.servers" }.sorted { $0.key < $1.key }
                .map { (key: $0.key, value: $0.value) },
            timeout: connection.timeout)
        configuration.isVerbose = messages.level == .verbose
        return configuration
    }

    /// The end that a signal asked for, once what was under way has been finished; nothing where none came.
    func throwIfInterrupted() throws {
        guard let signal = interruption.signal else { return }
        throw CommandFailure("interrupted", kind: .interrupted(signal: signal))
    }
}

/// What a command of this room found wrong itself.
struct CommandFailure: Failure {
    let kind: FailureKind
    let message: String
    let hint: String?

    init(_ message: String, kind: FailureKind = .failed, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }
}
