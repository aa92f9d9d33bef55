import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// `kappa groups list`.
enum GroupsListCommand {
    static let topic = Option<String?>(
        "topic", short: "t", type: .topic, settable: false, help: "Only groups with committed offsets in this topic.")
    static let state = Option<String?>(
        "state", type: .string("STATE"), settable: false,
        help: "Only groups in this state: Stable, Empty, Dead.")

    static let command = Command(
        "list", aliases: ["ls"], abstract: "List consumer groups",
        discussion: """
            The lag is the number of records that the group has yet to read, over all its partitions; '-' if it is \
            unknown.
            """,
        parameters: [topic, state] + BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa groups list", "Every group with its state, its members and its lag."),
            Example("kappa groups list --topic monitoring --state Stable", "Who is reading it now."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let client = try KafkaClient(context.kafka())
        let groups = try client.listGroups().filter { group in
            context[state].map { $0.lowercased() == group.state.lowercased() } ?? true
        }
        let columns = [
            Column("group"), Column("state"), Column("members", align: .right), Column("partitions", align: .right),
            Column("lag", align: .right),
        ]
        try context.output.rows("groups", columns) { rows in
            for group in groups {
                // A group that may not be described is there all the same.
                let lag = try? GroupLag(group.name, client)
                if let topic = context[topic] {
                    guard lag?.rows.contains(where: { $0.at.topic == topic && $0.current != nil }) ?? false else {
                        continue
                    }
                }
                try rows.add([
                    .text(group.name), .text(group.state), lag.map { .integer($0.members) } ?? .absent,
                    lag.map { .integer($0.rows.count) } ?? .absent, lag.map { .integer($0.total) } ?? .absent,
                ])
            }
        }
    }
}
