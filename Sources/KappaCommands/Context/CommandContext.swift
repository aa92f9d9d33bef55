package import KappaArguments
package import KappaCore
import KappaPipeline
package import KappaTerminal

/// What a running command is given: its values, its ways out, and the wish to stop.
package struct CommandContext {
    package let values: Values
    /// Data, on standard output.
    package let output: Output
    /// Words, on standard error; may be used from any thread.
    package let messages: Messages

    /// Asked for by SIGINT and SIGTERM, once somebody has looked: until then they end the program at once.
    package var stop: StopSignal { Interruption.installed }

    /// The words for an engine, which knows no terminal; the supervisor of a pipeline hears its warnings too.
    package var voice: Voice { StageChannel.joined(to: messages.voice) }

    init(_ values: Values) throws {
        self.values = values
        let color = values[CommonOptions.color]
        output = Output(
            format: try OutputOptions.format(values), terminal: Terminal(descriptor: 1, color: color))
        messages = Messages(level: CommonOptions.level(values), terminal: Terminal(descriptor: 2, color: color))
    }

    package subscript<Key: ParameterKey>(key: Key) -> Key.Value { values[key] }

    /// Whether it was said on the command line, in the environment or in a settings file.
    package func isGiven(_ key: some ParameterKey) -> Bool { values.isGiven(key) }

    /// The whole program's declaration, of which the command is a part.
    package var root: Command { values.root }

    /// The words of the command: `kappa topics create`.
    package var name: String { values.path.joined(separator: " ") }
}

/// A combination of options that makes no sense.
package struct UsageError: Failure {
    package let kind = FailureKind.usage
    package let message: String
    package let hint: String?

    package init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}
