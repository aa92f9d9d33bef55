import KappaArguments
import KappaTerminal

/// `kappa completion bash|zsh|fish`.
enum CompletionCommand {
    enum Shell: String, CaseIterable, Sendable {
        case bash, zsh, fish

        func script(_ root: Command) -> String {
            switch self {
            case .bash: BashCompletion.render(root)
            case .zsh: ZshCompletion.render(root)
            case .fish: FishCompletion.render(root)
            }
        }
    }

    static let shell = Argument<Shell>("SHELL", type: .choice("SHELL"), help: "The shell to write for.")

    static let command = Command(
        "completion", abstract: "Write the completion script of a shell",
        discussion: """
            The scripts that come with the program are installed where Debian's shells look for them. This command is \
            for other systems.
            """,
        parameters: [shell],
        examples: [
            Example("source <(kappa completion bash)", "Completion in this bash."),
            Example("kappa completion fish > ~/.config/fish/completions/kappa.fish", "Completion in every fish."),
        ]
    ) { context in
        try context.output.write(context[shell].script(context.root))
        try context.output.flush()
    }
}
