import Glibc
import KappaArguments
import KappaBroker
import KappaCore
import KappaHTTP
import KappaPipeline
import KappaTerminal

/// `kappa broker run`: serve in the foreground until a signal.
enum BrokerRunCommand {
    static let command = Command(
        "run", section: .log, abstract: "Run the broker in the foreground until Ctrl-C",
        discussion: """
            Prints the address once it answers, and serves until SIGINT or SIGTERM. Acknowledged records survive a \
            crash; the next start cuts off an incomplete end of a log, with a note.
            """,
        parameters: EmbeddedBrokerOptions.all + MetricsOption.all + OutputOptions.all,
        examples: [Example("kappa broker run --fsync interval:100", "Sync ten times a second instead of always.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let configuration = try EmbeddedBrokerOptions.configuration(context)
        if let metrics = context[MetricsOption.metrics], !metrics.isLoopback,
            !context[EmbeddedBrokerOptions.allowRemote]
        {
            throw UsageError(
                "other machines can reach the figures at \(metrics)", hint: "Add --allow-remote if that is meant.")
        }
        let stop = context.stop
        Interruption.takesItsTime()
        let broker = try Broker(configuration)
        try broker.start()
        try announce(broker, context)
        StageChannel.tell(.ready)
        let folder = BrokerFolder(configuration.dataDirectory)
        let server = try MetricsOption.serve(context) { MetricsPage(broker: (try? folder.counters()) ?? []) }
        defer { server?.stop() }
        broker.waitForEnd(or: stop.descriptor)
        try broker.stop()
        try stop.throwIfRequested()
    }

    private static func announce(_ broker: Broker, _ context: CommandContext) throws {
        context.messages.note("the broker's logs are in \(broker.configuration.dataDirectory)")
        try context.output.record(
            "broker",
            [
                (Column("address"), .text(broker.address.description)),
                (Column("data"), .text(broker.configuration.dataDirectory)),
                (Column("process"), .integer(Int64(getpid()))),
            ])
        try context.output.flush()
    }
}
