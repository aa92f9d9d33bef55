import KappaArguments
import KappaCore
import KappaKafka
import KappaTerminal

/// `kappa cluster`: the brokers behind `--brokers`.
enum ClusterCommand {
    static let command = Command(
        "cluster", section: .inspect, abstract: "Show the brokers, the controller and what they hold",
        discussion: "The version is known where a broker's settings name it: kappa's own, and Kafka before 4.",
        parameters: BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa cluster", "The brokers."), Example("kappa cluster --json", "The same for a program."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let client = try KafkaClient(context.kafka())
        let metadata = try client.metadata()
        let columns = [
            Column("id", align: .right), Column("host"), Column("port", align: .right), Column("controller"),
            Column("leads", align: .right), Column("version"),
        ]
        try context.output.rows("brokers", columns) { rows in
            for broker in metadata.brokers {
                let leads = metadata.topics.flatMap(\.partitions).filter { $0.leader == broker.id }.count
                try rows.add([
                    .integer(broker.id), .text(broker.host), .integer(broker.port),
                    .bool(broker.id == metadata.controller), .integer(leads),
                    .optional(version(client.brokerSettings(broker.id))),
                ])
            }
        }
        let partitions = metadata.topics.reduce(0) { $0 + $1.partitions.count }
        context.messages.note(
            "cluster \(metadata.clusterId ?? "without an id"): topics \(metadata.topics.count), partitions \(partitions), "
                + "answered by \(metadata.answeredBy), librdkafka \(libraryVersion)")
    }

    private static func version(_ settings: [String: String]) -> String? {
        if let own = settings["kappa.version"] { return "kappa \(own)" }
        return settings["inter.broker.protocol.version"].map { "Kafka \($0)" }
    }
}
