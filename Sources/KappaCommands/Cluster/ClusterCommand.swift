import KappaArguments
import KappaCore
import KappaKafka
import KappaTerminal

/// `kappa cluster`: the brokers behind `--brokers`.
enum ClusterCommand {
    static let command = Command(
        "cluster", section: .inspect, abstract: "Show the brokers, the controller and what they hold",
        parameters: BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa cluster", "Who is there."), Example("kappa cluster --json", "The same for a program."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let metadata = try KafkaClient(context.kafka()).metadata()
        let columns = [
            Column("id", align: .right), Column("host"), Column("port", align: .right), Column("controller"),
            Column("leads", align: .right),
        ]
        try context.output.rows("brokers", columns) { rows in
            for broker in metadata.brokers {
                let leads = metadata.topics.flatMap(\.partitions).filter { $0.leader == broker.id }.count
                try rows.add([
                    .integer(broker.id), .text(broker.host), .integer(broker.port),
                    .bool(broker.id == metadata.controller), .integer(leads),
                ])
            }
        }
        let partitions = metadata.topics.reduce(0) { $0 + $1.partitions.count }
        context.messages.note(
            "cluster \(metadata.clusterId ?? "without an id"), \(metadata.topics.count) topics, \(partitions) partitions, "
                + "answered by \(metadata.answeredBy), librdkafka \(libraryVersion)")
    }
}
