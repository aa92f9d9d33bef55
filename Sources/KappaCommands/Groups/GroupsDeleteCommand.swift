import KappaArguments
import KappaCore
import KappaKafka

/// `kappa groups delete GROUP…`.
enum GroupsDeleteCommand {
    static let ifExists = Flag("if-exists", help: "Succeed if there is no such group.")

    static let command = Command(
        "delete", aliases: ["rm"], abstract: "Delete groups with their committed offsets",
        discussion: "A group with members is refused. On a terminal it asks first.",
        parameters: GroupOptions.names + [ifExists, TopicOptions.dryRun, TopicOptions.yes] + BrokerOptions.all,
        examples: [Example("kappa groups delete old --if-exists --yes", "For a script.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let names = try GroupOptions.names(context)
        let client = try KafkaClient(context.kafka())
        let there = Set(try client.listGroups().map(\.name))
        var report = ItemReport()
        for name in names where !there.contains(name) {
            if context[ifExists] {
                report.done("there is no group '\(name)'", context)
            } else {
                report.failed("there is no group '\(name)'", context)
            }
        }
        let found = names.filter(there.contains)
        if context[TopicOptions.dryRun] {
            for name in found { report.done("would delete group '\(name)'", context) }
        } else if !found.isEmpty {
            try Confirmation.ask(
                "Delete \(found.joined(separator: ", ")) with all places?", isGiven: context[TopicOptions.yes], context)
            for outcome in try client.deleteGroups(found) {
                if let error = outcome.error {
                    report.failed(error.message, context)
                } else {
                    report.done("deleted group '\(outcome.name)'", context)
                }
            }
        }
        try report.finish()
    }
}
