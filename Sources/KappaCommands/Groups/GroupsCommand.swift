import KappaArguments

/// `kappa groups …`: consumer groups and their places.
enum GroupsCommand {
    static let command = Command(
        family: "groups", section: .log, abstract: "List, describe, move and delete consumer groups",
        subcommands: [
            GroupsListCommand.command, GroupsDescribeCommand.command, GroupsResetCommand.command,
            GroupsDeleteCommand.command,
        ])
}
