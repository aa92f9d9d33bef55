import KappaArguments
import KappaCore
import KappaKafka
import KappaTerminal

/// `kappa broker acls …`: what users may do, told to the broker while it runs.
enum BrokerAclsCommand {
    static let command = Command(
        family: "acls", abstract: "List, add and remove access rules",
        discussion: """
            Kafka's own rules, for a broker that was started with --super-users and for any Kafka cluster. What no \
            rule allows is refused; a rule that denies comes before all that allow; super users may do everything. \
            Who may read, write, delete or alter may also describe.
            """,
        examples: [
            Example(
                "kappa broker acls add --user logger --allow write --topic monitoring",
                "The logger writes to one topic, and does nothing else."),
            Example(
                "kappa broker acls add --user dashboard --allow read --topic monitoring --group dashboard",
                "The dashboard reads it, in its own group."),
            Example("kappa broker acls list --user logger", "What the logger may do."),
        ],
        subcommands: [
            BrokerAclsListCommand.command, BrokerAclsAddCommand.command, BrokerAclsRemoveCommand.command,
        ])
}

enum BrokerAclsListCommand {
    static let command = Command(
        "list", aliases: ["ls"], abstract: "List the rules",
        parameters: AclOptions.all + BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa broker acls list", "All of them."),
            Example("kappa broker acls list --topic monitoring --ndjson", "Those that name a topic, for a program."),
        ], run: run)

    static func run(_ context: CommandContext) throws {
        let client = try KafkaClient(context.kafka())
        var rules: Set<AccessRule> = []
        for filter in try AclOptions.filters(context) { rules.formUnion(try client.accessRules(filter)) }
        let columns = [
            Column("user"), Column("permission"), Column("operation"), Column("kind"), Column("name"),
            Column("pattern"), Column("host"),
        ]
        try context.output.rows("acls", columns) { rows in
            for rule in rules.sorted(by: AclOptions.order) {
                try rows.add([
                    .text(rule.principal), .text(rule.permission.word), .text(rule.operation.word),
                    .text(rule.kind.word), .text(rule.name), .text(rule.pattern.word), .text(rule.host),
                ])
            }
        }
    }
}

enum BrokerAclsAddCommand {
    static let command = Command(
        "add", abstract: "Add rules",
        discussion: """
            One rule is made for each user, operation, resource and host that is named; one that is there already is \
            fine. A consumer needs to read its topics and its group; a producer needs to write to its topics, and to \
            its transactional id if it has one.
            """,
        parameters: AclOptions.all + BrokerOptions.all,
        examples: [
            Example("kappa broker acls add --user logger --allow write --topic monitoring", "It may write there."),
            Example(
                "kappa broker acls add --user '*' --deny delete --topic '*'", "Nobody deletes a topic or its records."),
            Example(
                "kappa broker acls add --user site-7 --allow write --topic site-7. --prefixed",
                "All topics whose names begin so."),
        ], run: run)

    static func run(_ context: CommandContext) throws {
        let rules = try AclOptions.rules(context)
        let client = try KafkaClient(context.kafka())
        var report = ItemReport()
        for (rule, error) in zip(rules, try client.addAccessRules(rules)) {
            if let error {
                report.failed(ForeignText.line(error.message), context)
            } else {
                report.done(ForeignText.line("\(rule)"), context)
            }
        }
        try report.finish()
    }
}

enum BrokerAclsRemoveCommand {
    static let command = Command(
        "remove", aliases: ["rm"], abstract: "Remove rules",
        discussion: """
            Removes all rules that match what is given; what is not given matches anything. Without --allow and \
            --deny, rules of both kinds and of all operations are meant. On a terminal it asks first, and --dry-run \
            only shows them.
            """,
        parameters: AclOptions.all + [TopicOptions.dryRun, TopicOptions.yes] + BrokerOptions.all,
        examples: [
            Example(
                "kappa broker acls remove --user logger --allow write --topic monitoring --yes", "That one rule."),
            Example("kappa broker acls remove --user site-7 --yes", "All rules of a user who has left."),
        ], run: run)

    static func run(_ context: CommandContext) throws {
        let filters = try AclOptions.filters(context)
        guard AclOptions.saysAnything(context) else {
            throw UsageError(
                "the rules to remove are missing",
                hint: "--user, --topic, --allow and the like choose them")
        }
        let client = try KafkaClient(context.kafka())
        var found: Set<AccessRule> = []
        for filter in filters { found.formUnion(try client.accessRules(filter)) }
        let rules = found.sorted(by: AclOptions.order)
        guard !rules.isEmpty else { throw CommandFailure("no rule matches") }
        var report = ItemReport()
        if context[TopicOptions.dryRun] {
            for rule in rules { report.done("would remove: \(ForeignText.line("\(rule)"))", context) }
            return
        }
        for rule in rules { context.messages.note(ForeignText.line("\(rule)")) }
        let count = rules.count == 1 ? "this rule" : "these \(rules.count) rules"
        try Confirmation.ask("Remove \(count)?", isGiven: context[TopicOptions.yes], context)
        let removed = try client.removeAccessRules(filters)
        context.messages.note("removed \(Set(removed).count) of them")
    }
}
