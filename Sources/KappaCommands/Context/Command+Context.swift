import KappaArguments

/// The headings of the list of commands.
enum CommandSection: String, CaseIterable {
    case pipeline = "Pipeline"
    case log = "Log"
    case views = "Views"
    case inspect = "Inspect"
    case program = "Program"
}

extension Command {
    /// A command that runs with its context.
    init(
        _ name: String, aliases: [String] = [], section: CommandSection = .program, abstract: String,
        discussion: String = "", parameters: [any ParameterKey] = [], examples: [Example] = [],
        subcommands: [Command] = [], without options: [any ParameterKey] = [], hidden: Bool = false,
        run: @escaping @Sendable (CommandContext) throws -> Void
    ) {
        self.init(
            name, aliases: aliases, section: section.rawValue, abstract: abstract, discussion: discussion,
            parameters: parameters, examples: examples, subcommands: subcommands, without: options, isHidden: hidden,
            action: { values in try run(CommandContext(values)) })
    }

    /// A family of commands, which does nothing by itself.
    init(
        family name: String, aliases: [String] = [], section: CommandSection = .program, abstract: String,
        discussion: String = "", parameters: [any ParameterKey] = [], examples: [Example] = [],
        subcommands: [Command]
    ) {
        self.init(
            name, aliases: aliases, section: section.rawValue, abstract: abstract, discussion: discussion,
            parameters: parameters, examples: examples, subcommands: subcommands, action: nil)
    }
}
