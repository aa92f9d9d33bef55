/// The commands of a tree with the way to each, parents first; what the readers walk over.
package struct CommandNode: Sendable {
    package let path: [Command]

    package var command: Command { path[path.count - 1] }
    package var words: [String] { path.map(\.name) }
    /// `kappa topics create`
    package var line: String { words.joined(separator: " ") }
    /// `kappa-topics-create`: the name of the man page.
    package var dashed: String { words.joined(separator: "-") }
    package var subcommands: [Command] { command.subcommands.filter { !$0.isHidden } }

    /// The options that may be typed here: the command's own, then those of its families.
    /// What a command declares again stands for what its family said.
    package var options: [Parameter] {
        path.optionsToType.filter { !$0.isHidden }.uniqued(by: \.name)
    }

    package static func all(_ root: Command) -> [CommandNode] { all([root]) }

    private static func all(_ path: [Command]) -> [CommandNode] {
        [CommandNode(path: path)]
            + path[path.count - 1].subcommands.filter { !$0.isHidden }.flatMap { all(path + [$0]) }
    }
}

extension [Command] {
    /// The options that may be typed behind this path's last command: its own first, then those of its families but
    /// for what means nothing to it.
    var optionsToType: [Parameter] {
        guard let last else { return [] }
        return last.options
            + dropLast().reversed().flatMap(\.options).filter { !last.withoutOptions.contains($0.name) }
    }
}

extension Parameter {
    /// All the ways to type it: `-w`, `--window`, its aliases, `--no-…`.
    package var spellings: [String] {
        (short.map { ["-\($0)"] } ?? []) + ([name] + aliases).map { "--\($0)" } + (isNegatable ? ["--no-\(name)"] : [])
    }

    /// The words that a shell can offer without asking anybody.
    var completionWords: [String] { choices.map(\.word) }
}
