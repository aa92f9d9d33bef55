import KappaArguments
import KappaCore
import KappaKafka
import KappaTerminal

extension CommandContext {
    /// How long a broker may take to answer where `--timeout` means something else.
    static let defaultBound = Duration.seconds(5)

    /// The cluster that `BrokerOptions` describe.
    func kafka(bound: Duration? = nil) throws -> KafkaConfiguration {
        var configuration = try BrokerConnection(values, messages, bound: bound).configuration
        configuration.isVerbose = messages.level == .verbose
        return configuration
    }
}

/// What a command of this room found wrong itself.
package struct CommandFailure: Failure {
    let kind: FailureKind
    let message: String
    let hint: String?

    init(_ message: String, kind: FailureKind = .failed, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }
}
