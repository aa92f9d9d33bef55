import KappaArguments
import KappaTerminal

/// `kappa` alone: the list of commands.
enum RootCommand {
    static func run(_ context: CommandContext) throws {
        try context.output.write(
            HelpText.render([CommandRegistry.root], long: false, terminal: context.output.terminal))
        try context.output.flush()
    }
}
