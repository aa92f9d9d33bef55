import KappaArguments
import KappaTerminal

/// `kappa help [COMMAND…]`.
enum HelpCommand {
    static let words = Argument<[String]>("COMMAND", type: .string("COMMAND"), help: "A command, or a topic.")

    static let command = Command(
        "help", abstract: "Show the help of a command or a topic",
        parameters: [words],
        examples: [
            Example("kappa help topics create", "The help of one command."),
            Example("kappa help exit-status", "What the exit statuses mean."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let path = try Parser.parse(context[words], root: CommandRegistry.root).path
        try context.output.write(HelpText.render(path, long: true, terminal: context.output.terminal))
        try context.output.flush()
    }
}
