import KappaArguments

// What runs history again. A replay never changes what it reads, writes in transactions that hold its own progress, and
// so can be killed at any moment and started again.

/// `kappa replay`: the same log once more.
enum ReplayCommand {
    static let command = Command(
        family: "replay", section: .pipeline, abstract: "Replay topics, dead letters and whole jobs",
        subcommands: [
            ReplayStartCommand.command, ReplayListCommand.status, ReplayDiffCommand.command,
            ReplaySwitchCommand.command, ReplaySwitchCommand.rollback, ReplayDropCommand.command,
            ReplayListCommand.list, ReplayListCommand.current, ReplayTopicCommand.command, ReplayDeadCommand.command,
        ])
}
