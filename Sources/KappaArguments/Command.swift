// KappaArguments: a command is declared once, as a value; the parser, the help, the completions, the man pages and
// `--help-json` are readers of that value. This room imports nothing: what a word means (a duration, a time) is
// handed in as a `ValueType`.

/// A command, or a family of them: its words, its parameters and what it does.
package struct Command: Sendable {
    package let name: String
    package let aliases: [String]
    /// The heading under which the parent's help lists this command.
    package let section: String
    /// One line, a verb first, no full stop.
    package let abstract: String
    /// Paragraphs for `--help` and the man page, parted by empty lines.
    package let discussion: String
    package let parameters: [Parameter]
    package let examples: [Example]
    package let subcommands: [Command]
    /// Options of its families, by name, that mean nothing to this command.
    package let withoutOptions: Set<String>
    package let isHidden: Bool
    package let action: Action?

    package typealias Action = @Sendable (Values) throws -> Void

    package init(
        _ name: String, aliases: [String] = [], section: String = "", abstract: String, discussion: String = "",
        parameters: [any ParameterKey] = [], examples: [Example] = [], subcommands: [Command] = [],
        without options: [any ParameterKey] = [], isHidden: Bool = false, action: Action?
    ) {
        self.name = name
        self.aliases = aliases
        self.section = section
        self.abstract = abstract
        self.discussion = discussion
        self.parameters = parameters.map(\.parameter)
        self.examples = examples
        self.subcommands = subcommands
        withoutOptions = Set(options.map(\.parameter.name))
        self.isHidden = isHidden
        self.action = action
    }

    /// The options and flags, without the positional arguments.
    package var options: [Parameter] { parameters.filter { !$0.isPositional } }
    package var arguments: [Parameter] { parameters.filter(\.isPositional) }

    package func subcommand(named word: String) -> Command? {
        subcommands.first { $0.name == word || $0.aliases.contains(word) }
    }
}

/// A command line that works as it stands, and what it does.
package struct Example: Sendable {
    package let line: String
    package let explanation: String

    package init(_ line: String, _ explanation: String) {
        self.line = line
        self.explanation = explanation
    }
}
