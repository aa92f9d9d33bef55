import KappaArguments
import KappaTerminal

/// `kappa` alone: the list of commands, and the status of a command line that says nothing.
enum RootCommand {
    static func run(_ context: CommandContext) throws {
        let terminal = Terminal(descriptor: 2, color: context[CommonOptions.color])
        context.messages.error(
            String(HelpText.render([context.root], long: false, terminal: terminal).dropLast()))
        throw NothingSaid()
    }
}

/// The usage has been shown, and there is no more to say.
struct NothingSaid: Error {}
