/// The declaration of a command as JSON, for programs that build on it: a version, and `[]` where there is nothing.
package enum HelpJSON {
    package static func render(_ path: [Command]) -> String {
        let inherited = path.dropLast().flatMap(\.options).filter { !$0.isHidden }
        let names = path.map { string($0.name) }.joined(separator: ",")
        return "{\"version\":1,\"path\":[\(names)],\"command\":\(command(path[path.count - 1])),"
            + "\"inherited\":[\(inherited.map(parameter).joined(separator: ","))]}\n"
    }

    private static func command(_ command: Command) -> String {
        object([
            ("name", string(command.name)), ("aliases", list(command.aliases)), ("section", string(command.section)),
            ("abstract", string(command.abstract)), ("discussion", string(command.discussion)),
            ("parameters", array(command.parameters.filter { !$0.isHidden }.map(parameter))),
            ("examples", array(command.examples.map(example))),
            ("commands", array(command.subcommands.filter { !$0.isHidden }.map(self.command))),
        ])
    }

    private static func example(_ example: Example) -> String {
        object([("line", string(example.line)), ("explanation", string(example.explanation))])
    }

    private static func parameter(_ parameter: Parameter) -> String {
        let kind = parameter.isPositional ? "argument" : parameter.isFlag ? "flag" : "option"
        return object([
            ("kind", string(kind)), ("name", string(parameter.name)),
            ("short", parameter.short.map { string(String($0)) } ?? "null"), ("aliases", list(parameter.aliases)),
            ("placeholder", string(parameter.placeholder)), ("help", string(parameter.help)),
            ("discussion", string(parameter.discussion)), ("section", string(parameter.section)),
            ("choices", list(parameter.choices.map(\.word))), ("default", parameter.defaultWord.map(string) ?? "null"),
            ("environment", parameter.environmentName.map(string) ?? "null"),
            ("required", parameter.isRequired ? "true" : "false"),
            ("repeated", parameter.isRepeated ? "true" : "false"),
            ("negatable", parameter.isNegatable ? "true" : "false"),
            ("secret", parameter.isSecret ? "true" : "false"),
        ])
    }

    private static func object(_ parts: [(String, String)]) -> String {
        "{" + parts.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    private static func array(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }
    private static func list(_ words: [String]) -> String { array(words.map(string)) }

    static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
