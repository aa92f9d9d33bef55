package import KappaArguments
import KappaCore

// KappaCommands: one file per command, and the composition root. Only this room knows all the others, and only it turns
// failures into exit statuses.
//
// How to declare a command: a file `ThingCommand.swift`, an enumeration as its name space, its keys as constants, and
// one line in `CommandRegistry.all`.
//
//     enum LagCommand {
//         static let group = Argument<String>("GROUP", type: .group, help: "The consumer group.")
//         static let topics = Option<[String]>("topic", short: "t", type: .topic, help: "Only this topic.")
//         static let every = Option<Duration?>("every", type: .duration, help: "Ask again after this time.")
//
//         static let command = Command(
//             "lag", section: .inspect, abstract: "Show how far a group is behind",
//             discussion: "Paragraphs for --help and the man page.",
//             parameters: [group, topics, every] + BrokerOptions.all + OutputOptions.all,
//             examples: [Example("kappa lag view.record", "How far the sink of that name is behind.")],
//             run: run)
//
//         static func run(_ context: CommandContext) throws {
//             let broker = try context.broker()              // librdkafka properties and the timeout
//             let names = context[topics]                    // [String]; context[every] is Duration?
//             try context.output.rows("lag", [Column("topic"), Column("lag", align: .right)]) { rows in
//                 try rows.add([.text("monitoring"), .integer(3)])
//             }
//             context.messages.note("words for people, on standard error")
//             // SIGINT and SIGTERM; `stop.descriptor` is for poll(2):
//             while !context.stop.isRequested { … }
//         }
//     }
//
// `Option<T>` with `default: "10s"` (as it would be typed) has that default, without one it must be given; `Option<T?>`
// may be absent; `Option<[T]>` may be repeated; `Flag` is a Bool. An option with a value can also come from the
// environment (`KAPPA_EVERY`) and the settings files (`every = 5s`, or `lag.every = 5s`) unless it says
// `settable: false`. A command throws a `Failure`; its kind decides the exit status. A wrong combination of options
// is a `UsageError`.

/// Every command of the program, in the order of the help.
package enum CommandRegistry {
    static let all: [Command] = [
        UpCommand.command,
        DownCommand.command,
        StatusCommand.command,
        BrokerCommand.command,
        TopicsCommand.command,
        ProduceCommand.command,
        ConsumeCommand.command,
        GroupsCommand.command,
        SchemaCommand.command,
        SimulateCommand.command,
        ProcessCommand.command,
        AlarmsCommand.command,
        ReplayCommand.command,
        ArchiveCommand.command,
        SinkCommand.command,
        QueryCommand.command,
        ServeCommand.command,
        ReportCommand.command,
        StoreCommand.command,
        WaitCommand.command,
        ClusterCommand.command,
        DoctorCommand.command,
        ConfigCommand.command,
        CompletionCommand.command,
        HelpCommand.command,
        CompleteCommand.command,
        DocumentsCommand.command,
    ]

    package static let root = Command(
        "kappa", abstract: "Run a Kappa-architecture pipeline: a log, one processing path, views, replay",
        discussion: """
            One program for an append-only log of raw events, one processing path over it, views built from it, and \
            replay of the log whenever the code or the calibration changes.

            Without a Kafka cluster and a database it runs all of it by itself; with them, only --brokers and --store \
            differ.
            """,
        parameters: CommonOptions.all,
        examples: [
            Example("kappa help", "The list of commands."),
            Example("kappa --version -v", "The versions of kappa and of all its libraries."),
        ],
        subcommands: all,
        run: RootCommand.run)
}
