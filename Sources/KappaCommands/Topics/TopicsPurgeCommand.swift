import KappaArguments
import KappaCore
import KappaKafka
import KappaTerminal

/// `kappa topics purge NAME… --before OFFSET|TIME`.
enum TopicsPurgeCommand {
    static let before = Option<String>(
        "before", type: .string("OFFSET|TIME"), settable: false,
        help: "Up to this offset or time; 'end' empties the topic.")

    static let command = Command(
        "purge", abstract: "Delete the oldest records of topics",
        discussion: "What is purged cannot be read or replayed any more. On a terminal it asks first.",
        parameters: TopicOptions.names + [before, TopicOptions.dryRun, TopicOptions.yes] + BrokerOptions.all
            + OutputOptions.all,
        examples: [
            Example("kappa topics purge monitoring --before -30d --yes", "Keep the last thirty days."),
            Example("kappa topics purge scratch --before end --yes", "Empty it."),
        ],
        run: run)

    private struct Change {
        var at: TopicPartition
        var marks: Watermarks
        var start: Int64
    }

    static func run(_ context: CommandContext) throws {
        let names = try TopicOptions.names(context)
        let client = try KafkaClient(context.kafka())
        let changes = try names.flatMap { name in
            try client.partitions(of: name).map { try change($0, client, context) }
        }
        if !context[TopicOptions.dryRun] {
            let count = changes.reduce(0) { $0 + max(0, $1.start - $1.marks.low) }
            try Confirmation.ask(
                "Delete \(count) records of \(names.joined(separator: ", "))?",
                isGiven: context[TopicOptions.yes], context)
            let due = changes.filter { $0.start > $0.marks.low }.map { PartitionOffset($0.at, $0.start) }
            if !due.isEmpty {
                for outcome in try client.deleteRecords(before: due) {
                    if let error = outcome.error { throw error }
                }
            }
        }
        try show(changes, context)
    }

    private static func change(_ at: TopicPartition, _ client: KafkaClient, _ context: CommandContext) throws -> Change
    {
        let marks = try client.watermarks(at)
        let word = context[before]
        var start = marks.high
        if let offset = Int64(word), offset >= 0 {
            start = min(offset, marks.high)
        } else if word != "end" {
            let time: Timestamp
            do throws(WordError) { time = try Timestamp(expression: word, now: .now) } catch {
                throw UsageError("--before: \(error.message)", hint: "an offset, a time or 'end'")
            }
            let found = try client.offsets(atOrAfter: time, in: [at]).first?.offset ?? PartitionOffset.none
            start = found >= 0 ? found : marks.high
        }
        return Change(at: at, marks: marks, start: max(start, marks.low))
    }

    private static func show(_ changes: [Change], _ context: CommandContext) throws {
        let columns = [
            Column("topic"), Column("partition", align: .right), Column("before", align: .right),
            Column("after", align: .right), Column("records", align: .right),
        ]
        try context.output.rows("purged", columns) { rows in
            for change in changes {
                try rows.add([
                    .text(change.at.topic), .integer(change.at.partition), .integer(change.marks.low),
                    .integer(change.start), .integer(change.start - change.marks.low),
                ])
            }
        }
    }
}
