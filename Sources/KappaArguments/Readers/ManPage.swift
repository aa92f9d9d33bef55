/// What the manual says of the program as a whole.
package struct ManualFacts: Sendable {
    package let version: String
    /// `2026-11-21`
    package let date: String
    package let exitStatuses: [(status: String, meaning: String)]
    package let files: [(path: String, meaning: String)]
    package let environment: [(name: String, meaning: String)]

    package init(
        version: String, date: String, exitStatuses: [(status: String, meaning: String)],
        files: [(path: String, meaning: String)], environment: [(name: String, meaning: String)]
    ) {
        self.version = version
        self.date = date
        self.exitStatuses = exitStatuses
        self.files = files
        self.environment = environment
    }
}

/// The man page of a command, in man(7).
package struct ManPage {
    private let node: CommandNode
    private let facts: ManualFacts
    private var lines: [String] = []

    package static func render(_ node: CommandNode, _ facts: ManualFacts) -> String {
        var page = ManPage(node: node, facts: facts)
        page.head()
        page.commands()
        page.parameters()
        page.ending()
        return page.lines.joined(separator: "\n") + "\n"
    }

    private init(node: CommandNode, facts: ManualFacts) {
        self.node = node
        self.facts = facts
    }

    private var program: String { node.words[0] }

    private mutating func head() {
        lines.append(
            ".TH \(node.dashed.uppercased()) 1 \(facts.date) \"\(program) \(facts.version)\" \"\(program) manual\"")
        section("NAME")
        lines += Roff.sentence("\(node.dashed) \u{2} \(node.command.abstract)").map(ManPage.withDash)
        section("SYNOPSIS")
        lines.append(Roff.bold(Usage.line(node.path)))
        let discussion = node.command.discussion
        section("DESCRIPTION")
        paragraphs(discussion.isEmpty ? node.command.abstract + "." : discussion)
        if !node.command.aliases.isEmpty {
            lines += [".PP", Roff.text("Also called: " + node.command.aliases.joined(separator: ", ") + ".")]
        }
    }

    /// The dash between a name and its meaning is a request of its own, unlike those inside names.
    private static func withDash(_ line: String) -> String {
        line.map { $0 == "\u{2}" ? "\\-" : String($0) }.joined()
    }

    private mutating func section(_ title: String) { lines.append(".SH \(title)") }

    private mutating func paragraphs(_ text: String) {
        var needsBreak = false
        for paragraph in Roff.paragraphs(text) {
            if needsBreak { lines.append(".PP") }
            lines += paragraph
            needsBreak = true
        }
    }

    private mutating func commands() {
        guard !node.subcommands.isEmpty else { return }
        section("COMMANDS")
        for command in node.subcommands {
            item(Roff.bold("\(node.dashed)-\(command.name)") + "(1)", [Roff.text(command.abstract + ".")])
        }
    }

    private mutating func parameters() {
        let own = node.command.parameters.filter { !$0.isHidden }
        if !node.command.arguments.isEmpty { section("ARGUMENTS") }
        for argument in node.command.arguments { item(Roff.bold(argument.helpLabel), about(argument)) }
        let options = own.filter { !$0.isPositional }
        for title in options.map(\.section).uniqued() {
            section(title.isEmpty ? "OPTIONS" : Roff.heading(title))
            for option in options where option.section == title { item(label(option), about(option)) }
        }
        if node.path.count > 1 {
            lines += [".SH COMMON OPTIONS", Roff.text("The options of \(program)(1) are taken here too.")]
        }
    }

    private func label(_ option: Parameter) -> String {
        Roff.bold(option.helpLabel.drop { $0 == " " }.description)
    }

    private func about(_ parameter: Parameter) -> [String] {
        var sentences = [parameter.help, parameter.discussion].filter { !$0.isEmpty }
        for choice in parameter.choices {
            sentences.append(choice.help.isEmpty ? "" : "\(choice.word): \(choice.help)")
        }
        if !parameter.choices.isEmpty, parameter.choices.allSatisfy({ $0.help.isEmpty }) {
            sentences.append("One of " + parameter.choices.map(\.word).joined(separator: ", ") + ".")
        }
        if let word = parameter.defaultWord { sentences.append("The default is \(word).") }
        if !parameter.aliases.isEmpty {
            sentences.append("Also called " + parameter.aliases.map { "--\($0)" }.joined(separator: ", ") + ".")
        }
        if let name = parameter.environmentName { sentences.append("Environment: \(name).") }
        return sentences.filter { !$0.isEmpty }.flatMap { Roff.sentence($0) }
    }

    private mutating func item(_ label: String, _ text: [String]) { lines += [".TP", label] + text }

    private mutating func ending() {
        if !node.command.examples.isEmpty { section("EXAMPLES") }
        for example in node.command.examples {
            item(Roff.bold("$ " + example.line), Roff.sentence(example.explanation))
        }
        if node.path.count == 1 {
            section("ENVIRONMENT")
            for (name, meaning) in facts.environment { item(Roff.bold(name), Roff.sentence(meaning)) }
            section("FILES")
            for (path, meaning) in facts.files { item(Roff.bold(path), Roff.sentence(meaning)) }
        }
        section("EXIT STATUS")
        for (status, meaning) in facts.exitStatuses { item(Roff.bold(status), Roff.sentence(meaning)) }
        seeAlso()
    }

    private mutating func seeAlso() {
        var others = node.path.count > 1 ? [node.words.dropLast().joined(separator: "-")] : []
        others += node.subcommands.map { "\(node.dashed)-\($0.name)" }
        guard !others.isEmpty else { return }
        section("SEE ALSO")
        for (index, other) in others.enumerated() {
            lines.append(".BR \(Roff.text(other)) (1)\(index == others.count - 1 ? "" : ",")")
        }
    }
}
