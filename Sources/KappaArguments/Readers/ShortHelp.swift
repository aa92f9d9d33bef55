/// `-h`: what a command is for and its options, on one screen of 24 lines.
///
/// What all commands share is named on one line. Where the rest does not fit, each entry is held to one line, and then
/// section by section, from the last to the first, only the names are given.
struct ShortHelp {
    /// With the prompt that comes back below it, a screen is full.
    static let height = 23
    /// The sections that many commands share, which nobody looks up here.
    static let shared = ["Broker connection", "View store", "Output", "Common options"]

    private struct Entry {
        var label: String
        /// How it is named where only names are given.
        var name: String
        var help: String
    }

    private struct Section {
        var title: String
        var entries: [Entry]
        /// How many of the entries are written out; the others are named.
        var shown: Int
    }

    private let path: [Command]
    private let width: Int
    private let style: (String, HelpText.Role) -> String
    private var sections: [Section]
    private var isTight = false

    static func render(
        _ path: [Command], width: Int, style: @escaping (String, HelpText.Role) -> String
    ) -> String {
        var help = ShortHelp(path: path, width: width, style: style)
        help.fit()
        return help.lines().joined(separator: "\n") + "\n"
    }

    private init(path: [Command], width: Int, style: @escaping (String, HelpText.Role) -> String) {
        (self.path, self.width, self.style) = (path, width, style)
        let node = CommandNode(path: path)
        let isRoot = path.count == 1
        var sections = (isRoot ? node.subcommands.map(\.section).uniqued() : [""]).map { title in
            let commands = node.subcommands.filter { !isRoot || $0.section == title }
            return ShortHelp.section(
                title.isEmpty ? "Commands" : title,
                commands.map { Entry(label: $0.name, name: $0.name, help: $0.abstract) })
        }
        sections.append(ShortHelp.section("Arguments", node.command.arguments.map(ShortHelp.entry)))
        for title in node.options.map(\.section).uniqued() {
            let options = node.options.filter { $0.section == title }
            sections.append(ShortHelp.section(title.isEmpty ? "Options" : title, options.map(ShortHelp.entry)))
        }
        self.sections = sections.filter { !$0.entries.isEmpty }
        for index in self.sections.indices where ShortHelp.shared.contains(self.sections[index].title) {
            self.sections[index].shown = 0
        }
    }

    private static func section(_ title: String, _ entries: [Entry]) -> Section {
        Section(title: title, entries: entries, shown: entries.count)
    }

    private static func entry(_ parameter: Parameter) -> Entry {
        var help = parameter.help
        if let word = parameter.defaultWord, !parameter.isFlag { help += " [default: \(word)]" }
        let name = parameter.isPositional ? parameter.name : "--\(parameter.name)"
        return Entry(label: parameter.helpLabel, name: name, help: help)
    }

    private mutating func fit() {
        guard lines().count > ShortHelp.height else { return }
        isTight = true
        // The first section is the command's own; its entries go one by one.
        for index in sections.indices.reversed() {
            while sections[index].shown > 0, lines().count > ShortHelp.height {
                sections[index].shown = index == 0 || sections[index].title == "Options" ? sections[index].shown - 1 : 0
            }
        }
    }

    private func lines() -> [String] {
        let name = path.map(\.name).joined(separator: " ")
        var lines = [path[path.count - 1].abstract, "", style("Usage:", .heading) + " " + Usage.line(path)]
        var wasNamed = false
        for section in sections {
            let isNamed = section.shown == 0
            // Sections of which only the names are given stand together.
            if !(isNamed && wasNamed) { lines.append("") }
            wasNamed = isNamed
            if !isNamed {
                lines.append(style(section.title + ":", .heading))
                lines += section.entries.prefix(section.shown).flatMap(written)
            }
            lines += named(section)
        }
        let isFamily = !path[path.count - 1].subcommands.isEmpty
        let below = isFamily ? "or '\(name) COMMAND -h'." : "with examples."
        let all = "See '\(name) --help' for all of it,"
        // A long name has no room twice.
        return lines + [""] + (all.count + below.count < 80 ? ["\(all) \(below)"] : [all, below])
    }

    private var margin: Int {
        let labels = sections.flatMap { $0.entries.prefix($0.shown).map(\.label.count) }
        return min(34, (labels.max() ?? 0) + 4)
    }

    private func written(_ entry: Entry) -> [String] {
        let room = max(20, width - margin)
        var help = Paragraphs.wrap(entry.help, width: room)
        if isTight, help.count > 1 { help = [Paragraphs.wrap(entry.help, width: room - 2)[0] + " …"] }
        var lines: [String] = []
        var head = "  " + style(entry.label, .name)
        if entry.label.count + 4 <= margin {
            head += String(repeating: " ", count: margin - entry.label.count - 2) + (help.first ?? "")
            help = Array(help.dropFirst())
        }
        lines.append(head)
        return lines + help.map { String(repeating: " ", count: margin) + $0 }
    }

    /// `Windows: -w --every --grace`, on as many lines as it takes.
    private func named(_ section: Section) -> [String] {
        let rest = section.entries.dropFirst(section.shown)
        guard !rest.isEmpty else { return [] }
        let title = section.shown == 0 ? "\(section.title):" : "  more:"
        let lines = Paragraphs.wrap(rest.map(\.name).joined(separator: " "), width: max(20, width - title.count - 1))
        let blank = String(repeating: " ", count: title.count + 1)
        return lines.enumerated().map { index, line in
            (index == 0 ? style(title, .heading) + " " : blank) + style(line, .name)
        }
    }
}
