import KappaArguments
import KappaCore
import KappaJobs
import KappaStores
import KappaTerminal

/// `kappa doctor`: what is wrong with this set-up, and the cure of each thing.
enum DoctorCommand {
    static let topic = Option<String>(
        "topic", short: "t", type: .topic, default: StandardTopics.input, help: "The topic of the raw readings.")

    static let command = Command(
        "doctor", section: .inspect, abstract: "Check brokers, topics, clock, permissions and store",
        discussion: "Each finding comes with its fix. The status is 1 if anything is wrong.",
        parameters: [topic] + BrokerOptions.all + StoreOptions.all + OutputOptions.all,
        examples: [Example("kappa doctor", "The first thing to try when something fails.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let findings = try SetupCheck(
            try context.kafka(), topic: context[topic], store: try StoreAddress.chosen(context)
        ).findings()
        let columns = [Column("check"), Column("result"), Column("detail"), Column("cure", title: "FIX")]
        try context.output.rows("findings", columns) { rows in
            for finding in findings {
                try rows.add([
                    .text(finding.what), finding.isFine ? .styled("fine", .green) : .styled("wrong", .red),
                    .text(finding.detail), .optional(finding.cure),
                ])
            }
        }
        let wrong = findings.filter { !$0.isFine }.count
        if wrong > 0 { throw CommandFailure("\(wrong) of \(findings.count) checks found something wrong") }
    }
}
