import KappaArguments
import KappaTerminal

/// `kappa help [COMMAND…]`.
enum HelpCommand {
    static let words = Argument<[String]>(
        "COMMAND", type: .string("COMMAND", completion: .dynamic("commands")), help: "A command, or a topic.")

    static let command = Command(
        "help", abstract: "Show the help of a command or a topic",
        discussion: "The topics:\n\n"
            + HelpTopic.all.map { "  " + $0.name.padded(to: 14) + $0.abstract }.joined(separator: "\n"),
        parameters: [words],
        examples: [
            Example("kappa help config show", "The help of one command."),
            Example("kappa help exit-status", "What the exit statuses mean."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let words = context[words]
        let terminal = context.output.terminal
        if let topic = HelpTopic.all.first(where: { [$0.name] == words }) {
            let lines = Paragraphs.wrap(topic.text, width: min(100, terminal.width ?? 100))
            try context.output.write(lines.joined(separator: "\n") + "\n")
        } else {
            let text = HelpText.render(try path(words, context.root), long: true, terminal: terminal)
            let isShown = Pager.show(text, terminal: terminal, isWanted: context[CommonOptions.pager])
            if !isShown { try context.output.write(text) }
        }
        try context.output.flush()
    }

    /// A word that is neither is answered with the nearest of both.
    private static func path(_ words: [String], _ root: Command) throws -> [Command] {
        if words.count == 1, root.subcommand(named: words[0]) == nil {
            let names = HelpTopic.all.map(\.name) + root.subcommands.filter { !$0.isHidden }.map(\.name)
            let near = Spelling.nearest(to: words[0], among: names)
            throw UsageError(
                "there is no command or topic '\(words[0])'", hint: near.map { "did you mean '\($0)'?" })
        }
        return try Parser.parse(words, root: root).path
    }
}

extension String {
    /// At least so wide.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
