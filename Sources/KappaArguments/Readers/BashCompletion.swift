/// The completion script for bash 4 and later. It needs no other script.
package enum BashCompletion {
    package static func render(_ root: Command) -> String {
        let nodes = CommandNode.all(root)
        var lines = ["# bash completion for \(root.name); written by '\(root.name) completion bash'", ""]
        lines += ["declare -A _\(root.name)_commands=("] + nodes.compactMap(commands) + [")"]
        lines += ["declare -A _\(root.name)_options=("] + nodes.map(options) + [")"]
        lines += ["declare -A _\(root.name)_values=("] + nodes.flatMap(values) + [")"]
        return lines.joined(separator: "\n") + "\n" + script(root.name)
    }

    private static func commands(_ node: CommandNode) -> String? {
        guard !node.subcommands.isEmpty else { return nil }
        return "    ['\(node.line)']='\(node.subcommands.map(\.name).joined(separator: " "))'"
    }

    private static func options(_ node: CommandNode) -> String {
        "    ['\(node.line)']='\(node.options.flatMap(\.spellings).joined(separator: " "))'"
    }

    /// What stands after an option with a value, and (under `…`) what the arguments are.
    private static func values(_ node: CommandNode) -> [String] {
        let options = node.options.filter { !$0.isFlag }.flatMap { option in
            option.spellings.map { "    ['\(node.line) \($0)']='\(kind(option))'" }
        }
        let arguments = node.command.arguments.prefix(1).map { "    ['\(node.line) …']='\(kind($0))'" }
        return options + arguments
    }

    private static func kind(_ parameter: Parameter) -> String {
        guard parameter.choices.isEmpty else { return "words " + parameter.completionWords.joined(separator: " ") }
        return switch parameter.completion {
        case .none: "none"
        case .file: "file"
        case .directory: "directory"
        case .dynamic(let name): "ask \(name)"
        }
    }

    private static func script(_ name: String) -> String {
        """

        _\(name)() {
            local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
            local path=\(name) word index kind='' also='' options_ended=''
            COMPREPLY=()
            # `--name=value` arrives as three words.
            if [[ $current == '=' ]]; then
                current=''
            elif [[ $previous == '=' && $COMP_CWORD -ge 2 ]]; then
                previous=${COMP_WORDS[COMP_CWORD - 2]}
            fi
            for ((index = 1; index < COMP_CWORD; index++)); do
                word=${COMP_WORDS[index]}
                if [[ $word == '--' ]]; then
                    options_ended=yes
                elif [[ -n ${_\(name)_values["$path $word"]+set} && -z $options_ended ]]; then
                    [[ ${COMP_WORDS[index + 1]} == '=' ]] && ((index++))
                    ((index++))
                elif [[ $word != -* && " ${_\(name)_commands[$path]-} " == *" $word "* ]]; then
                    path+=" $word"
                fi
            done
            if [[ -n ${_\(name)_values["$path $previous"]+set} && -z $options_ended ]]; then
                kind=${_\(name)_values["$path $previous"]}
            elif [[ $current == -* && -z $options_ended ]]; then
                kind="words ${_\(name)_options[$path]-}"
            elif [[ -n ${_\(name)_commands[$path]-} ]]; then
                kind="words ${_\(name)_commands[$path]}"
                also=${_\(name)_values["$path …"]-}
            else
                kind=${_\(name)_values["$path …"]-none}
            fi
            case $kind in
                'words '*) mapfile -t COMPREPLY < <(compgen -W "${kind#words }" -- "$current") ;;
                'ask '*)
                    mapfile -t COMPREPLY < <(
                        compgen -W "$("${COMP_WORDS[0]}" __complete "${kind#ask }" -- "${COMP_WORDS[@]:1}" 2> /dev/null)" \\
                            -- "$current")
                    ;;
                file) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
                directory) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
            esac
            # A command with subcommands may take names itself.
            if [[ $also == 'ask '* ]]; then
                mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(
                    compgen -W "$("${COMP_WORDS[0]}" __complete "${also#ask }" -- "${COMP_WORDS[@]:1}" 2> /dev/null)" \\
                        -- "$current")
            fi
        }

        complete -F _\(name) \(name)

        """
    }
}
