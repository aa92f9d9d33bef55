import KappaArguments

/// `kappa topics …`: the log's topics and their settings.
enum TopicsCommand {
    static let command = Command(
        family: "topics", section: .log, abstract: "Make, list, describe, change and delete topics",
        subcommands: [
            TopicsCreateCommand.command, TopicsListCommand.command, TopicsDescribeCommand.command,
            TopicsAlterCommand.command, TopicsAddPartitionsCommand.command, TopicsPurgeCommand.command,
            TopicsDeleteCommand.command, TopicsApplyCommand.command,
        ])
}

/// Options that several of the family take.
enum TopicOptions {
    private static let words = Argument<[String]>("NAME", type: .topic, help: "The topics.")
    static let named = Option<[String]>(
        "topic", short: "t", type: .topic, help: "A topic, told as Kafka's own tools are told.")
    /// What each command that needs a topic takes.
    static let names: [any ParameterKey] = [words, named]
    static let settings = Option<[Setting]>(
        "config", short: "c", type: .setting, help: "A setting of the topic, such as retention.ms=604800000.")
    static let dryRun = Flag("dry-run", help: "Say what would be done, and do nothing.")
    static let yes = Flag("yes", short: "y", help: "Do not ask.")

    static func names(_ context: CommandContext) throws -> [String] {
        let names = context[words] + context[named]
        guard !names.isEmpty else { throw UsageError("NAME is missing", hint: "say which topics") }
        return names
    }
}

/// `retention.ms=604800000`.
struct Setting: Sendable, Equatable {
    var key: String
    var value: String
}

extension ValueType where Value == Setting {
    static var setting: Self {
        ValueType("KEY=VALUE") { (word) throws(ValueError) in
            guard let at = word.firstIndex(of: "="), at != word.startIndex else {
                throw ValueError("'\(word)' is not KEY=VALUE")
            }
            return Setting(key: String(word[..<at]), value: String(word[word.index(after: at)...]))
        }
    }
}
