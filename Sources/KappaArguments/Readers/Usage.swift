/// The one line that says how a command is written.
package enum Usage {
    package static func line(_ path: [Command]) -> String {
        let command = path[path.count - 1]
        var words = path.map(\.name)
        words += command.options.filter { $0.isRequired && !$0.isHidden }.map { "--\($0.name) \($0.placeholder)" }
        if command.options.contains(where: { !$0.isRequired && !$0.isHidden }) || path.count > 1 {
            words.append("[options]")
        }
        words += command.arguments.map(argument)
        if !command.subcommands.isEmpty { words.append(command.action == nil ? "COMMAND" : "[COMMAND]") }
        return words.joined(separator: " ")
    }

    private static func argument(_ argument: Parameter) -> String {
        let word = argument.isRepeated ? "\(argument.name)…" : argument.name
        return argument.isRequired ? word : "[\(word)]"
    }
}
