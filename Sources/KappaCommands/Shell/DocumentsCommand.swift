import Glibc
import KappaArguments
import KappaCore

/// `kappa __documents DIR`: writes the man pages and the completion scripts that are kept beside the source.
enum DocumentsCommand {
    static let folder = Argument<String>("DIR", type: .directory, help: "The folder that gets man/ and completions/.")

    static let command = Command(
        "__documents", abstract: "Write the man pages and completion scripts", parameters: [folder],
        examples: [Example("kappa __documents .", "As 'make docs' does.")], hidden: true
    ) { context in
        let folder = context[folder]
        for (path, text) in all(below: context.root) {
            let file = "\(folder)/\(path)"
            try write(text, to: file)
        }
        if let text = try? TextFile.read("\(folder)/README.md"), let new = readMe(text, context.root) {
            try write(new, to: "\(folder)/README.md")
        }
    }

    /// README's table of the commands.
    static func table(_ root: Command) -> String {
        let rows = CommandNode.all(root).filter { $0.path.count == 2 }.map { node in
            let below = node.subcommands.map(\.name).joined(separator: ", ")
            return "| `\(node.line)` | \(node.command.abstract)\(below.isEmpty ? "" : ": \(below)") |"
        }
        return "| command | what it does |\n|---|---|\n" + rows.joined(separator: "\n") + "\n"
    }

    /// README with the table between its two marks; nil where the marks are not there.
    static func readMe(_ text: String, _ root: Command) -> String? {
        guard let start = text.ranges(of: "<!-- commands -->\n").first,
            let end = text.ranges(of: "<!-- end of commands -->").first, start.upperBound <= end.lowerBound
        else { return nil }
        return text[..<start.upperBound] + table(root) + text[end.lowerBound...]
    }

    /// Every generated file, by its path from the root of the package.
    static func all(below root: Command) -> [(path: String, text: String)] {
        let pages = CommandNode.all(root).map { ("man/\($0.dashed).1", ManPage.render($0, facts)) }
        return pages + [
            ("completions/kappa.bash", CompletionCommand.Shell.bash.script(root)),
            ("completions/_kappa", CompletionCommand.Shell.zsh.script(root)),
            ("completions/kappa.fish", CompletionCommand.Shell.fish.script(root)),
        ]
    }

    static let facts = ManualFacts(
        version: Versions.kappa, date: Versions.date, exitStatuses: ExitStatus.table,
        files: [
            ("./kappa.conf", "Settings of this folder."),
            ("$XDG_CONFIG_HOME/kappa/kappa.conf", "Settings of this person; ~/.config where XDG_CONFIG_HOME is unset."),
            ("/etc/kappa/kappa.conf", "Settings of this machine."),
        ],
        environment: [
            ("KAPPA_NAME", "The value of --name, for every option whose help names it."),
            ("NO_COLOR", "No colours when it is set to anything."),
            ("COLUMNS", "The width of the terminal, when the terminal does not say."),
        ])

    private static func write(_ text: String, to path: String) throws {
        mkdir(path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"), 0o755)
        guard let file = fopen(path, "w") else {
            throw UsageError("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        fputs(text, file)
    }
}
