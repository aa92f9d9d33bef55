import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// `kappa groups describe GROUP…`.
enum GroupsDescribeCommand {
    static let maximum = Option<Int64?>(
        "max-lag", type: .integer(0...Int64.max), help: "Fail with status 1 if a group is further behind than this.")

    static let command = Command(
        "describe", abstract: "Show the offsets, members and lag of groups",
        parameters: GroupOptions.names + [maximum] + BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa groups describe kappa.monitoring", "Each partition with its lag."),
            Example("kappa groups describe kappa.monitoring --max-lag 1000", "For an alarm: status 1 above it."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let names = try GroupOptions.names(context)
        let client = try KafkaClient(context.kafka())
        var report = ItemReport()
        var lags: [(name: String, lag: GroupLag)] = []
        for name in names {
            let lag = try GroupLag(name, client)
            if lag.isKnown { lags.append((name, lag)) } else { report.failed("there is no group '\(name)'", context) }
        }
        try show(lags, context)
        for (name, lag) in lags {
            let partitions = "\(lag.rows.count) partition\(lag.rows.count == 1 ? "" : "s")"
            context.messages.note("\(name): \(lag.state), \(lag.total) behind over \(partitions)")
            if context[maximum] != nil, lag.rows.isEmpty {
                report.failed("group '\(name)' has no places yet, so how far it is behind cannot be told", context)
            }
            if let maximum = context[maximum], lag.total > maximum {
                report.failed("group '\(name)' is \(lag.total) behind, more than \(maximum)", context)
            }
        }
        try report.finish()
    }

    private static func show(_ lags: [(name: String, lag: GroupLag)], _ context: CommandContext) throws {
        let columns = [
            Column("group"), Column("topic"), Column("partition", title: "PART", align: .right),
            Column("current", title: "OFFSET", align: .right),
            Column("end", align: .right), Column("lag", align: .right), Column("member"), Column("host"),
        ]
        try context.output.rows("lag", columns) { rows in
            for (name, lag) in lags {
                for row in lag.rows {
                    try rows.add([
                        .text(name), .text(row.at.topic), .integer(row.at.partition),
                        row.current.map(Cell.integer) ?? .absent, .integer(row.end), .integer(row.lag),
                        .optional(row.member), .optional(row.host),
                    ])
                }
            }
        }
    }
}
