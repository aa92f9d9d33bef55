import KappaArguments
import KappaCore
import KappaKafka

/// `kappa topics delete NAME…`.
enum TopicsDeleteCommand {
    static let ifExists = Flag("if-exists", help: "Succeed if there is no such topic.")

    static let command = Command(
        "delete", aliases: ["rm"], abstract: "Delete topics with all their records",
        discussion: "What is deleted cannot be read or replayed any more. On a terminal it asks first.",
        parameters: TopicOptions.names + [ifExists, TopicOptions.dryRun, TopicOptions.yes] + BrokerOptions.all,
        examples: [Example("kappa topics delete scratch --if-exists --yes", "For a script.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let wanted = try TopicOptions.names(context)
        let client = try KafkaClient(context.kafka())
        let there = Set(try client.metadata().topics.map(\.name))
        var report = ItemReport()
        for name in wanted where !there.contains(name) {
            if context[ifExists] {
                report.done("there is no topic '\(name)'", context)
            } else {
                report.failed("there is no topic '\(name)'", context)
            }
        }
        let names = wanted.filter(there.contains)
        if context[TopicOptions.dryRun] {
            for name in names { report.done("would delete topic '\(name)'", context) }
        } else if !names.isEmpty {
            try Confirmation.ask(
                "Delete \(names.joined(separator: ", ")) with all records?", isGiven: context[TopicOptions.yes], context
            )
            for outcome in try client.deleteTopics(names) {
                if let error = outcome.error {
                    report.failed(error.message, context)
                } else {
                    report.done("deleted topic '\(outcome.name)'", context)
                }
            }
        }
        try report.finish()
    }
}
