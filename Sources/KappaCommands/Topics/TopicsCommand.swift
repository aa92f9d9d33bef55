import KappaArguments

/// `kappa topics …`: the log's topics and their settings.
enum TopicsCommand {
    static let command = Command(
        family: "topics", section: .log, abstract: "Create, list, describe, change and delete topics",
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
        "topic", short: "t", type: .topic, help: "Same as NAME; accepted as in Kafka's own tools.")
    /// What each command that needs a topic takes.
    static let names: [any ParameterKey] = [words, named]
    static let settings = Option<[Setting]>(
        "config", short: "c", type: .setting, help: "A setting of the topic, such as retention.ms=604800000.")
    static let dryRun = Flag("dry-run", help: "Print what would be done, and do nothing.")
    static let yes = Flag("yes", short: "y", help: "Do not ask.")

    static func names(_ context: CommandContext) throws -> [String] {
        let names = context[words] + context[named]
        guard !names.isEmpty else { throw UsageError("NAME is missing", hint: "say which topics") }
        return names
    }
}

/// What Kafka takes for the name of a topic.
enum TopicName {
    static func check(_ name: String) throws {
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || [0x2E, 0x5F, 0x2D].contains(byte)
        }
        guard isPlain, (1...249).contains(name.utf8.count), name != ".", name != ".." else {
            throw UsageError(
                "'\(name)' is not a topic name", hint: "a name has 1 to 249 ASCII letters, digits, '.', '_' and '-'")
        }
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
