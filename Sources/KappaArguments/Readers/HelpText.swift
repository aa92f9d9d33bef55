/// The help of a command: `-h` on one screen, `--help` with all that is known.
package struct HelpText {
    /// What a piece of the help is, for whoever colours it.
    package enum Role: Sendable { case heading, name, faint }

    private let path: [Command]
    private let width: Int
    private let style: (String, Role) -> String
    private var text = ""

    package static func render(
        _ path: [Command], long: Bool, width: Int = 100, style: @escaping (String, Role) -> String = { text, _ in text }
    ) -> String {
        guard long else { return ShortHelp.render(path, width: max(40, width), style: style) }
        var help = HelpText(path: path, width: max(40, width), style: style)
        help.writeHead()
        help.writeCommands()
        help.writeParameters()
        help.writeExamples()
        help.writeFoot()
        return help.text
    }

    private init(path: [Command], width: Int, style: @escaping (String, Role) -> String) {
        self.path = path
        self.width = width
        self.style = style
    }

    private var command: Command { path[path.count - 1] }

    private mutating func writeHead() {
        text += command.abstract + "\n\n" + style("Usage:", .heading) + " " + Usage.line(path) + "\n"
        if !command.aliases.isEmpty { text += "Also called: " + command.aliases.joined(separator: ", ") + "\n" }
        guard !command.discussion.isEmpty else { return }
        text += "\n" + Paragraphs.wrap(command.discussion, width: width).joined(separator: "\n") + "\n"
    }

    private mutating func writeCommands() {
        let visible = command.subcommands.filter { !$0.isHidden }
        let margin = (visible.map(\.name.count).max() ?? 0) + 4
        // Only the whole program is large enough for headings.
        let sections = path.count == 1 ? visible.map(\.section).uniqued() : []
        for section in sections {
            heading(section.isEmpty ? "Commands" : section)
            for each in visible where each.section == section { entry(each.name, [each.abstract], margin) }
        }
        if sections.isEmpty, !visible.isEmpty {
            heading("Commands")
            for each in visible { entry(each.name, [each.abstract], margin) }
        }
    }

    private mutating func writeParameters() {
        let arguments = command.arguments
        let margin = 8
        if !arguments.isEmpty { heading("Arguments") }
        for each in arguments { entry(each.helpLabel, lines(of: each), margin) }
        for section in shown.filter({ !$0.isPositional }).map(\.section).uniqued() {
            heading(section.isEmpty ? "Options" : section)
            for each in shown where !each.isPositional && each.section == section {
                entry(each.helpLabel, lines(of: each), margin)
            }
        }
    }

    /// The command's own parameters, then what its families declare.
    private var shown: [Parameter] {
        command.arguments + CommandNode(path: path).options
    }

    private func lines(of parameter: Parameter) -> [String] {
        var lines = [parameter.help]
        if let word = parameter.defaultWord { lines[0] += " [default: \(word)]" }
        if !parameter.discussion.isEmpty { lines.append(parameter.discussion) }
        let explained = parameter.choices.contains { !$0.help.isEmpty }
        if explained {
            lines += parameter.choices.map { "\($0.word): \($0.help)" }
        } else if !parameter.choices.isEmpty {
            lines.append("One of " + parameter.choices.map(\.word).joined(separator: ", ") + ".")
        }
        if let name = parameter.environmentName { lines.append("Environment: \(name)") }
        return lines
    }

    private mutating func writeExamples() {
        guard !command.examples.isEmpty else { return }
        heading("Examples")
        for (index, example) in command.examples.enumerated() {
            if index > 0 { text += "\n" }
            text += "  " + style("$ " + example.line, .name) + "\n"
            text += Paragraphs.wrap(example.explanation, width: width - 4).map { "    \($0)\n" }.joined()
        }
    }

    private mutating func writeFoot() {
        guard !command.subcommands.isEmpty else { return }
        text += "\nSee '\(path.map(\.name).joined(separator: " ")) COMMAND --help' for one of them.\n"
    }

    private mutating func heading(_ title: String) { text += "\n" + style(title + ":", .heading) + "\n" }

    private mutating func entry(_ label: String, _ lines: [String], _ margin: Int) {
        let wrapped = lines.flatMap { Paragraphs.wrap($0, width: width - margin) }
        let pad = String(repeating: " ", count: margin)
        var rest = wrapped[...]
        text += "  " + style(label, .name)
        if label.count + 4 <= margin, let first = rest.popFirst() {
            text += String(repeating: " ", count: margin - label.count - 2) + first
        }
        text += "\n" + rest.map { pad + $0 + "\n" }.joined()
    }
}

extension Parameter {
    /// `-w, --window DURATION`, `--[no-]verify`, `TOPIC…`.
    package var helpLabel: String {
        guard !isPositional else { return isRepeated ? "\(name)…" : name }
        let long = "--" + (isNegatable ? "[no-]" : "") + name + (isFlag ? "" : " \(placeholder)")
        return (short.map { "-\($0), " } ?? "    ") + long
    }
}

extension Sequence {
    /// The first element of each key.
    package func uniqued(by key: (Element) -> some Hashable) -> [Element] {
        var seen: Set<AnyHashable> = []
        return filter { seen.insert(AnyHashable(key($0))).inserted }
    }
}

extension Sequence where Element: Hashable {
    /// Each element once, where it first stood.
    package func uniqued() -> [Element] { uniqued(by: \.self) }
}
