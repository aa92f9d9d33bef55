import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaStreams
import KappaTerminal

/// `kappa alarms list` and `show`: how the alarms stand.
enum AlarmsListCommand {
    static let all = Flag("all", help: "Also list alarms that are over.")
    static let open = Flag("open", help: "Only alarms that nobody has acknowledged or shelved.")
    static let exitCode = Flag("exit-code", help: "End with status 1 if any alarm is listed.")
    static let sensor = Argument<String>(
        "SENSOR", type: .string("SENSOR"), help: "The sensor: its key fields, joined by bars, such as BH-1|piezometer.")

    static let command = Command(
        "list", abstract: "List the active alarms, the worst first",
        parameters: [all, open, exitCode, AlarmOptions.topic, ProcessOptions.time] + BrokerOptions.all
            + OutputOptions.all,
        examples: [
            Example("kappa alarms list", "What is wrong on the site just now."),
            Example("kappa alarms list --open --exit-code", "A check for a script."),
        ],
        run: runList)

    static let show = Command(
        "show", abstract: "Show everything about a sensor's alarms",
        parameters: [sensor, AlarmOptions.topic, ProcessOptions.time] + BrokerOptions.all + OutputOptions.all,
        examples: [Example("kappa alarms show 'BH-9483|piezometer'", "Since when, how far, and what is to be done.")],
        run: runShow)

    static let columns = [
        Column("level"), Column("sensor"), Column("alarm"), Column("since"), Column("value", align: .right),
        Column("limit", align: .right), Column("peak", align: .right), Column("unit"), Column("state"), Column("tell"),
    ]

    private static func runList(_ context: CommandContext) throws {
        let now = Timestamp.now
        let account = try account(context)
        let listed = account.standings.filter { standing in
            context[open] ? standing.isOpen(at: now) : context[all] || standing.record.isRaised
        }
        try context.output.rows("alarms", columns) { rows in
            for standing in listed { try rows.add(cells(standing, now)) }
        }
        if listed.isEmpty { context.messages.note("no alarms") }
        for state in account.telling where state.outcome == .failed {
            context.messages.warning(
                "\(state.target) could not be told of \(state.events) events: \(state.reason ?? "") (last tried at "
                    + "\(state.time))")
        }
        if context[exitCode], !listed.isEmpty {
            throw CommandFailure(listed.count == 1 ? "there is an alarm" : "there are \(listed.count) alarms")
        }
    }

    static func account(_ context: CommandContext) throws -> AlarmAccount {
        let kafka = try context.kafka()
        return try AlarmAccount(
            context[AlarmOptions.topic], time: context[ProcessOptions.time], kafka, KafkaClient(kafka))
    }

    private static func cells(_ standing: AlarmAccount.Standing, _ now: Timestamp) -> [Cell] {
        let record = standing.record
        return [
            AlarmColours.cell(record), .text(record.sensor), .text(record.side.rawValue), .time(record.since),
            record.value.map(Cell.number) ?? .absent, record.limit.map(Cell.number) ?? .absent,
            record.peak.map(Cell.number) ?? .absent, .optional(record.unit), .text(state(standing, now)),
            .optional(record.tell),
        ]
    }

    static func state(_ standing: AlarmAccount.Standing, _ now: Timestamp) -> String {
        if standing.isShelved(at: now), let until = standing.shelf?.until { return "shelved until \(until)" }
        guard standing.record.isRaised else { return "over" }
        return standing.acknowledgement.map { "acknowledged by \($0.by)" } ?? "open"
    }

    private static func runShow(_ context: CommandContext) throws {
        let now = Timestamp.now
        let standings = try account(context).standings.filter { $0.record.sensor == context[sensor] }
        guard !standings.isEmpty else {
            throw CommandFailure(
                "there has been no alarm of '\(context[sensor])'",
                hint: "'kappa alarms list --all' shows the sensors that had any")
        }
        let titles = columns.map(\.name) + ["event", "time", "peak_time", "response", "comment", "reading", "record"]
        try context.output.rows("alarms", titles.map { Column($0, canShrink: false) }) { rows in
            for standing in standings {
                let record = standing.record
                let comment = standing.isShelved(at: now) ? standing.shelf : standing.acknowledgement
                try rows.add(
                    cells(standing, now) + [
                        .text(record.event.rawValue), .time(record.time), record.peakTime.map(Cell.time) ?? .absent,
                        .optional(record.response), .optional(comment?.comment), .text(record.reading),
                        .text(record.id),
                    ])
            }
        }
    }
}
