import KappaArguments
import KappaCore
import KappaKafka
import KappaTerminal

/// `kappa topics list`.
enum TopicsListCommand {
    static let isInternal = Flag("internal", short: "i", help: "Show the internal ones too.")
    static let like = Option<BytePattern?>(
        "like", placeholder: "REGEX", type: .anchoredPattern, settable: false,
        help: "Only topics whose whole name matches.")

    static let command = Command(
        "list", aliases: ["ls"], abstract: "List topics",
        parameters: [isInternal, like] + BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa topics list", "Names, partitions and replicas."),
            Example("kappa topics list --like 'monitoring.*' --ndjson", "Some of them, for a program."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let metadata = try KafkaClient(context.kafka()).metadata()
        let columns = [
            Column("name"), Column("partitions", align: .right), Column("replicas", align: .right),
        ]
        try context.output.rows("topics", columns) { rows in
            for topic in metadata.topics where context[isInternal] || !topic.isInternal {
                guard context[like]?.matches(topic.name) ?? true else { continue }
                try rows.add([
                    .text(topic.name), .integer(topic.partitions.count),
                    .integer(topic.partitions.first?.replicas.count ?? 0),
                ])
            }
        }
    }
}
