import KappaArguments

/// `kappa groups …`: consumer groups and their places.
enum GroupsCommand {
    static let command = Command(
        family: "groups", section: .log, abstract: "List, describe, reset and delete consumer groups",
        subcommands: [
            GroupsListCommand.command, GroupsDescribeCommand.command, GroupsResetCommand.command,
            GroupsDeleteCommand.command,
        ])
}

/// Words that several of the family take.
enum GroupOptions {
    private static let words = Argument<[String]>("GROUP", type: .group, help: "The groups.")
    private static let named = Option<[String]>(
        "group", short: "g", type: .group, help: "Same as GROUP; accepted as in Kafka's own tools.")
    static let names: [any ParameterKey] = [words, named]

    static func names(_ context: CommandContext) throws -> [String] {
        let names = context[words] + context[named]
        guard !names.isEmpty else { throw UsageError("GROUP is missing", hint: "'kappa groups list' shows them") }
        return names
    }
}
