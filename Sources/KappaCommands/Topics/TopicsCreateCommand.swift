import KappaArguments
import KappaCore
import KappaKafka
import KappaPipeline

/// `kappa topics create NAME…`.
enum TopicsCreateCommand {
    static let partitions = Option<Int>(
        "partitions", short: "p", type: .integer(-1...100_000), default: "-1",
        help: "How many partitions; -1 is the broker's default.")
    static let replication = Option<Int>(
        "replication-factor", short: "r", aliases: ["replicas"], type: .integer(-1...1000), default: "-1",
        help: "How many replicas; -1 is the broker's default.")
    static let ifNotExists = Flag("if-not-exists", help: "Succeed if the topic exists already.")

    static let command = Command(
        "create", abstract: "Create topics",
        discussion: "Returns once the topics can be written to.",
        parameters: TopicOptions.names + [
            partitions, replication, TopicOptions.settings, ifNotExists, TopicOptions.dryRun,
        ] + BrokerOptions.all,
        examples: [
            Example("kappa topics create monitoring -p 6", "One topic with six partitions."),
            Example("kappa topics create readings -c retention.ms=604800000 --if-not-exists", "Keep a week."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let client = try KafkaClient(context.kafka())
        let settings = context[TopicOptions.settings].map { (key: $0.key, value: $0.value) }
        guard context[partitions] != 0 else { throw UsageError("--partitions: a topic has at least one partition") }
        guard context[replication] != 0 else {
            throw UsageError("--replication-factor: a topic has at least one replica")
        }
        for name in try TopicOptions.names(context) { try TopicName.check(name) }
        let topics = try TopicOptions.names(context).map {
            NewTopic($0, partitions: context[partitions], replication: context[replication], settings: settings)
        }
        var report = ItemReport()
        for outcome in try client.createTopics(topics, validateOnly: context[TopicOptions.dryRun]) {
            switch outcome.error {
            case nil:
                let verb = context[TopicOptions.dryRun] ? "would create" : "created"
                report.done("\(verb) topic '\(outcome.name)'", context)
            case let error? where error.code == KafkaError.topicExists && context[ifNotExists]:
                // That each topic is there already is no news when a pipeline goes on.
                if !StageChannel.isOpen { report.done("topic '\(outcome.name)' is there already", context) }
            case let error?:
                report.failed(error.message, context)
            }
        }
        try report.finish()
        if !context[TopicOptions.dryRun] { try waitUntilThere(topics.map(\.name), client) }
    }

    /// A broker may answer before every part of it knows the topic; producing must work from here on.
    private static func waitUntilThere(_ names: [String], _ client: KafkaClient) throws {
        let deadline = ContinuousClock.now + .seconds(5)
        for name in names {
            while true {
                let topic = try client.metadata(topic: name).topics.first
                if let topic, topic.error == nil, topic.partitions.allSatisfy({ $0.leader >= 0 }) { break }
                guard ContinuousClock.now < deadline else {
                    throw CommandFailure("topic '\(name)' was created but has no leader yet", kind: .timedOut)
                }
            }
        }
    }
}
