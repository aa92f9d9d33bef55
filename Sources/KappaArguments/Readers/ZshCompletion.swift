/// The completion script for zsh: one function for each command, made of `_arguments`.
package enum ZshCompletion {
    package static func render(_ root: Command) -> String {
        let functions = CommandNode.all(root).map(function).joined(separator: "\n")
        return """
            #compdef \(root.name)
            # zsh completion for \(root.name); written by '\(root.name) completion zsh'

            _\(root.name)_ask() {
                local -a found
                found=(${(f)"$(_call_program \(root.name) \(root.name) __complete $1 -- ${(q)words[2,-1]} 2> /dev/null)"})
                compadd -a found
            }

            \(functions)
            if [ "$funcstack[1]" = "_\(root.name)" ]; then
                _\(root.name) "$@"
            else
                compdef _\(root.name) \(root.name)
            fi

            """
    }

    private static func name(_ node: CommandNode) -> String {
        "_" + node.words.joined(separator: "_").map { $0 == "-" ? "_" : String($0) }.joined()
    }

    private static func function(_ node: CommandNode) -> String {
        var specs = node.options.flatMap(option)
        if node.subcommands.isEmpty {
            specs += node.command.arguments.map(argument)
            return body(name(node), arguments(specs, states: false), "")
        }
        specs += ["'1: :->command'", "'*:: :->rest'"]
        let commands = node.subcommands.map { "            \(quoted("\($0.name):\($0.abstract)"))" }
        let cases = node.subcommands.map { command in
            let child = CommandNode(path: node.path + [command])
            let words = ([command.name] + command.aliases).joined(separator: "|")
            return "            \(words)) \(name(child)) ;;"
        }
        // A command with subcommands may take names itself.
        let names =
            node.command.arguments.first.map(action).flatMap { $0.hasPrefix("_kappa_ask") ? $0 : nil }
            .map { "            \($0)\n            " } ?? ""
        let states = """
                case $state in
                    command)
                        local -a commands=(
            \(commands.map { "            " + $0 }.joined(separator: "\n"))
                        )
                        _describe -t commands command commands
            \(names)            ;;
                    rest)
                        case $words[1] in
            \(cases.map { "                " + $0.drop { $0 == " " } }.joined(separator: "\n"))
                        esac
                        ;;
                esac

            """
        return body(name(node), arguments(specs, states: true), states)
    }

    private static func body(_ name: String, _ arguments: String, _ states: String) -> String {
        """
        \(name)() {
            local curcontext=$curcontext state line
            local -A opt_args
        \(arguments)
        \(states)}

        """
    }

    private static func arguments(_ specs: [String], states: Bool) -> String {
        let lines = ["    _arguments \(states ? "-C " : "")-s -S"] + specs.map { "        \($0)" }
        return lines.joined(separator: " \\\n")
    }

    /// `'(-w --window)'{-w,--window}'[help]:DURATION:…'`; a repeated one excludes nothing.
    private static func option(_ option: Parameter) -> [String] {
        let help = "[" + escaped(option.help, "[]:") + "]"
        let colon = option.bareWord == nil ? ":" : "::"
        let value = option.isFlag ? "" : "\(colon)\(escaped(option.placeholder, ":")):" + action(option)
        let star = option.isRepeated ? "*" : ""
        let exclusion = option.isRepeated ? "" : "(" + option.spellings.joined(separator: " ") + ")"
        return option.spellings.map { spelling in
            let ending = option.isFlag ? "" : spelling.hasPrefix("--") ? "=" : "+"
            return quoted(star + exclusion + spelling + ending + help + value)
        }
    }

    private static func argument(_ argument: Parameter) -> String {
        let place = argument.isRepeated ? "*" : argument.isRequired ? "" : ":"
        return quoted("\(place):\(escaped(argument.name, ":")):" + action(argument))
    }

    private static func action(_ parameter: Parameter) -> String {
        guard parameter.choices.isEmpty else { return "(" + parameter.completionWords.joined(separator: " ") + ")" }
        return switch parameter.completion {
        case .none: " "
        case .file: "_files"
        case .directory: "_files -/"
        case .dynamic(let name): "_kappa_ask \(name)"
        }
    }

    private static func escaped(_ text: String, _ letters: String) -> String {
        text.map { letters.contains($0) ? "\\\($0)" : String($0) }.joined()
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
