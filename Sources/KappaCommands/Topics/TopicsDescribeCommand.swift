import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// `kappa topics describe NAME…`: a row for each partition, and the settings that are not defaults.
enum TopicsDescribeCommand {
    static let settings = Flag("configs", help: "Show the settings instead of the partitions, all of them.")
    static let names = Argument<[String]>("NAME", type: .topic, help: "The topics; all when none is named.")

    static let command = Command(
        "describe", abstract: "Show the partitions, offsets and settings of topics",
        discussion: """
            The size on disk is shown if the partition's leader runs on this machine and its folder can be read; \
            JSON and CSV have it in bytes.
            """,
        parameters: [names, TopicOptions.named, settings] + BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa topics describe monitoring", "Each partition with its first and next offset."),
            Example("kappa topics describe monitoring --configs", "Every setting and whether it is a default."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let client = try KafkaClient(context.kafka())
        let metadata = try client.metadata()
        var report = ItemReport()
        var topics = metadata.topics.filter { !$0.isInternal }
        let wanted = context[names] + context[TopicOptions.named]
        if !wanted.isEmpty {
            topics = []
            for name in wanted {
                if let topic = metadata.topics.first(where: { $0.name == name }) {
                    topics.append(topic)
                } else {
                    report.failed("there is no topic '\(name)'", context)
                }
            }
        }
        if !topics.isEmpty {
            if context[settings] {
                try describeSettings(topics.map(\.name), client, context)
            } else {
                try describePartitions(topics, client, PartitionSizes(metadata.brokers, client), context)
            }
        }
        try report.finish()
    }

    private static func describePartitions(
        _ topics: [ClusterMetadata.Topic], _ client: KafkaClient, _ sizes: PartitionSizes, _ context: CommandContext
    ) throws {
        let columns = [
            Column("topic"), Column("partition", title: "PART", align: .right), Column("leader", align: .right),
            Column("replicas"), Column("in_sync", title: "ISR"), Column("earliest", align: .right),
            Column("latest", align: .right),
            Column("records", align: .right), Column("size", align: .right),
        ]
        try context.output.rows("partitions", columns) { rows in
            for topic in topics {
                let logs = try client.watermarks(of: topic.partitions.map { TopicPartition(topic.name, $0.id) })
                for partition in topic.partitions {
                    let marks = logs[TopicPartition(topic.name, partition.id)] ?? Watermarks(low: 0, high: 0)
                    try rows.add([
                        .text(topic.name), .integer(partition.id), .integer(partition.leader),
                        .list(partition.replicas.map(String.init)), .list(partition.inSync.map(String.init)),
                        .integer(marks.low), .integer(marks.high), .integer(marks.high - marks.low),
                        sizes.bytes(of: topic.name, partition).map { .bytes(ByteCount(bytes: Int($0))) } ?? .absent,
                    ])
                }
            }
        }
        guard context.output.format == .table else { return }
        for (name, result) in try client.describeTopics(topics.map(\.name)) {
            let own = (try? result.get())?.filter(\.isOwn) ?? []
            guard !own.isEmpty else { continue }
            let words = own.map { "\($0.name)=\($0.value ?? "")" }
            let line = "\(name): \(words.joined(separator: " "))"
            if TextWidth.of(line) <= context.output.terminal.width ?? .max {
                try context.output.line(line)
            } else {
                try context.output.line("\(name):")
                for word in words { try context.output.line("  \(word)") }
            }
        }
        try context.output.flush()
    }

    private static func describeSettings(
        _ names: [String], _ client: KafkaClient, _ context: CommandContext
    ) throws {
        let columns = [Column("topic"), Column("setting"), Column("value"), Column("origin")]
        let described = try client.describeTopics(names)
        try context.output.rows("settings", columns) { rows in
            for (name, result) in described {
                for setting in try result.get() {
                    let value = setting.isSensitive ? "(hidden)" : setting.value
                    try rows.add([
                        .text(name), .text(setting.name), .optional(value),
                        .text(setting.isOwn ? "topic" : setting.isDefault ? "default" : "broker"),
                    ])
                }
            }
        }
    }
}
