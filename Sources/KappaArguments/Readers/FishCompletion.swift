/// The completion script for fish.
package enum FishCompletion {
    package static func render(_ root: Command) -> String {
        let nodes = CommandNode.all(root)
        let valued = Set(nodes.flatMap(\.options).filter { !$0.isFlag }.flatMap(\.spellings)).sorted()
        let paths = nodes.dropFirst().map { "'\($0.line)'" }
        return """
            # fish completion for \(root.name); written by '\(root.name) completion fish'

            function __\(root.name)_path
                set -l valued \(valued.joined(separator: " "))
                set -l paths \(paths.joined(separator: " "))
                set -l path \(root.name)
                set -l skip 0
                for word in (commandline -opc)[2..-1]
                    if test $skip -eq 1
                        set skip 0
                    else if contains -- $word $valued
                        set skip 1
                    else if contains -- "$path $word" $paths
                        set path "$path $word"
                    end
                end
                echo $path
            end

            function __\(root.name)_at
                test (__\(root.name)_path) = "$argv"
            end

            function __\(root.name)_ask
                \(root.name) __complete $argv[1] -- (commandline -opc)[2..-1] (commandline -ct) 2> /dev/null
            end

            complete -c \(root.name) -f

            """ + nodes.map { lines($0, root.name).joined(separator: "\n") }.joined(separator: "\n") + "\n"
    }

    private static func lines(_ node: CommandNode, _ program: String) -> [String] {
        let start = "complete -c \(program) -n '__\(program)_at \(node.line)'"
        let commands = node.subcommands.map { "\(start) -a \($0.name) -d \(quoted($0.abstract))" }
        let arguments = node.command.arguments.prefix(1).compactMap { argument in
            values(argument, program).map { "\(start) \($0) -d \(quoted(argument.name))" }
        }
        return commands + arguments + node.options.flatMap { option($0, start, program) }
    }

    private static func option(_ option: Parameter, _ start: String, _ program: String) -> [String] {
        var line = start + (option.short.map { " -s \($0)" } ?? "")
        line += ([option.name] + option.aliases).map { " -l \($0)" }.joined()
        if !option.isFlag { line += (option.completion == .file ? " -r " : " -x ") + (values(option, program) ?? "") }
        let lines = [line.trimmed + " -d \(quoted(option.help))"]
        return option.isNegatable ? lines + ["\(start) -l no-\(option.name)"] : lines
    }

    private static func values(_ parameter: Parameter, _ program: String) -> String? {
        guard parameter.choices.isEmpty else { return "-a '\(parameter.completionWords.joined(separator: " "))'" }
        return switch parameter.completion {
        case .none: nil
        case .file: "-F"
        case .directory: "-a '(__fish_complete_directories)'"
        case .dynamic(let name): "-a '(__\(program)_ask \(name))'"
        }
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "'"
    }
}

extension String {
    fileprivate var trimmed: String { hasSuffix(" ") ? String(dropLast()) : self }
}
