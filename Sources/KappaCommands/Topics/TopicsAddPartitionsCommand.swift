import KappaArguments
import KappaCore
import KappaKafka

/// `kappa topics add-partitions NAME… --to N`.
enum TopicsAddPartitionsCommand {
    static let total = Option<Int>(
        "to", short: "p", type: .integer(1...100_000), help: "The new total.")

    static let command = Command(
        "add-partitions", abstract: "Add partitions to topics",
        discussion: """
            From then on a key's records may go to another partition, so a job with windows by key has to be replayed \
            across the change.
            """,
        parameters: TopicOptions.names + [total, TopicOptions.dryRun] + BrokerOptions.all,
        examples: [Example("kappa topics add-partitions monitoring --to 12", "Twelve in all.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let client = try KafkaClient(context.kafka())
        var report = ItemReport()
        for name in try TopicOptions.names(context) {
            let outcome = try client.createPartitions(
                name, total: context[total], validateOnly: context[TopicOptions.dryRun])
            if let error = outcome.error {
                report.failed(error.message, context)
            } else {
                let verb = context[TopicOptions.dryRun] ? "would have" : "has"
                report.done("topic '\(name)' \(verb) \(context[total]) partitions", context)
            }
        }
        try report.finish()
    }
}
