import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// `kappa topics apply FILE`: topics as a file declares them.
enum TopicsApplyCommand {
    static let file = Argument<String>("FILE", type: .file, help: "The declaration; '-' is standard input.")

    static let command = Command(
        "apply", abstract: "Bring topics to the state that a file declares",
        discussion: """
            The file has a section for each topic, and settings below it:

              [topic monitoring]
              partitions = 6
              retention.ms = 604800000

            Prints the plan, does it, and does nothing the second time. Topics that the file does not name are left \
            alone, and nothing is ever deleted.
            """,
        parameters: [file, TopicOptions.dryRun] + BrokerOptions.all + OutputOptions.all,
        examples: [Example("kappa topics apply topics.conf --dry-run", "Only the plan.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let declared = try TopicDeclaration.read(context[file])
        let client = try KafkaClient(context.kafka())
        let steps = try TopicPlan.make(declared, client)
        let columns = [Column("topic"), Column("action"), Column("detail")]
        try context.output.rows("plan", columns) { rows in
            for step in steps { try rows.add([.text(step.topic), .text(step.action.rawValue), .text(step.detail)]) }
        }
        if steps.isEmpty { context.messages.note("everything is as declared") }
        guard !context[TopicOptions.dryRun] else { return }
        var report = ItemReport()
        for step in steps {
            do { try step.perform(client) } catch let error as KafkaError { report.failed(error.message, context) }
        }
        try report.finish()
    }
}
