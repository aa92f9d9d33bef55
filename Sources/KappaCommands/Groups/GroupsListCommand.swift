import KappaArguments
import KappaCore
import KappaKafka
import KappaTerminal

/// `kappa groups list`.
enum GroupsListCommand {
    static let topic = Option<String?>(
        "topic", short: "t", type: .topic, settable: false, help: "Only groups with places in this topic.")
    static let state = Option<String?>(
        "state", type: .string("STATE"), settable: false,
        help: "Only groups in this state: Stable, Empty, Dead.")

    static let command = Command(
        "list", aliases: ["ls"], abstract: "List consumer groups",
        parameters: [topic, state] + BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa groups list", "Every group with its state."),
            Example("kappa groups list --topic monitoring --state Stable", "Who is reading it now."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let client = try KafkaClient(context.kafka())
        let groups = try client.listGroups().filter { group in
            context[state].map { $0.lowercased() == group.state.lowercased() } ?? true
        }
        try context.output.rows("groups", [Column("group"), Column("state")]) { rows in
            for group in groups {
                if let topic = context[topic] {
                    guard try client.groupOffsets(group.name).contains(where: { $0.at.topic == topic }) else {
                        continue
                    }
                }
                try rows.add([.text(group.name), .text(group.state)])
            }
        }
    }
}
