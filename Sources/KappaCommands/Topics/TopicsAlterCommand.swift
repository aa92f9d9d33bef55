import KappaArguments
import KappaCore
import KappaKafka

/// `kappa topics alter NAME… -c k=v --unset k`.
enum TopicsAlterCommand {
    static let unset = Option<[String]>("unset", type: .string("KEY"), help: "Reset a setting to its default.")

    static let command = Command(
        "alter", abstract: "Change settings of topics",
        parameters: TopicOptions.names + [TopicOptions.settings, unset, TopicOptions.dryRun] + BrokerOptions.all,
        examples: [
            Example("kappa topics alter monitoring -c retention.ms=86400000", "Keep a day from now on."),
            Example("kappa topics alter monitoring --unset retention.ms", "The default again."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let changes = context[TopicOptions.settings]
        guard !changes.isEmpty || !context[unset].isEmpty else {
            throw UsageError("nothing to change", hint: "-c KEY=VALUE sets a setting, --unset KEY takes it back")
        }
        let client = try KafkaClient(context.kafka())
        var report = ItemReport()
        for (name, result) in try client.describeTopics(TopicOptions.names(context)) {
            do throws(KafkaError) {
                var own = try result.get().filter(\.isOwn).map { (key: $0.name, value: $0.value ?? "") }
                own.removeAll { setting in
                    context[unset].contains(setting.key) || changes.contains { $0.key == setting.key }
                }
                own += changes.map { (key: $0.key, value: $0.value) }
                try client.replaceSettings(of: name, by: own, validateOnly: context[TopicOptions.dryRun])
                report.done("\(context[TopicOptions.dryRun] ? "would alter" : "altered") topic '\(name)'", context)
            } catch {
                report.failed(error.message, context)
            }
        }
        try report.finish()
    }
}
