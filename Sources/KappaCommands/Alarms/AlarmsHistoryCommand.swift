import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaStreams
import KappaTerminal

/// `kappa alarms history`: what happened, and what people did about it.
enum AlarmsHistoryCommand {
    static let sensor = Argument<String?>(
        "SENSOR", type: .string("SENSOR"), help: "Only this sensor's, such as BH-1|piezometer.")
    static let since = Option<Timestamp?>("since", type: .time, settable: false, help: "From this time on.")
    static let until = Option<Timestamp?>("until", type: .time, settable: false, help: "Before this time.")

    static let command = Command(
        "history", abstract: "List what happened to the alarms, and what was done about them",
        parameters: [sensor, since, until, AlarmOptions.topic, ProcessOptions.time] + BrokerOptions.all
            + OutputOptions.all,
        examples: [Example("kappa alarms history --since -1d", "What happened since yesterday.")],
        run: run)

    private struct Line {
        var time: Timestamp
        var cells: [Cell]
    }

    static func run(_ context: CommandContext) throws {
        let kafka = try context.kafka()
        let lines = try read(context, kafka, KafkaClient(kafka)).filter { line in
            line.time >= context[since] ?? Timestamp(milliseconds: .min)
                && line.time < context[until] ?? Timestamp(milliseconds: .max)
        }
        let columns = [
            Column("time"), Column("event"), Column("sensor"), Column("alarm"), Column("level"),
            Column("value", align: .right), Column("limit", align: .right), Column("unit"), Column("by"),
            Column("comment"), Column("reading"),
        ]
        // In the order of their times; of equal ones in the order of the log.
        let sorted = lines.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
        try context.output.rows("history", columns) { rows in
            for (_, line) in sorted { try rows.add(line.cells) }
        }
        if lines.isEmpty { context.messages.note("nothing happened") }
    }

    private static func read(
        _ context: CommandContext, _ kafka: KafkaConfiguration, _ client: KafkaClient
    ) throws -> [Line] {
        let alarms = context[AlarmOptions.topic]
        let history = try ActiveGenerations(kafka, client).topic(of: "\(alarms).history")
        let topics = [history, AlarmAction.topic(of: alarms)]
        let known = Set(try client.metadata().topics.map(\.name))
        guard known.contains(topics[0]) else {
            throw CommandFailure(
                "there is no topic '\(topics[0])'", hint: "'kappa alarms run' writes it; --alarms names another one")
        }
        var lines: [Line] = []
        try TopicReading.all(of: topics.filter(known.contains), kafka, client) { message, topic in
            var found: Line?
            if topic == 0 {
                found = AlarmRecord(message, time: context[ProcessOptions.time]).flatMap { line($0, context[sensor]) }
            } else {
                found = AlarmAction(message.value).flatMap { line($0, context[sensor]) }
            }
            if let found { lines.append(found) }
        }
        return lines
    }

    private static func line(_ record: AlarmRecord, _ sensor: String?) -> Line? {
        guard record.sensor == sensor ?? record.sensor else { return nil }
        return Line(
            time: record.time,
            cells: [
                .time(record.time), .text(record.event.rawValue), .text(record.sensor), .text(record.side.rawValue),
                .optional(record.level ?? record.from), record.value.map(Cell.number) ?? .absent,
                record.limit.map(Cell.number) ?? .absent, .optional(record.unit), .absent, .absent,
                .text(record.reading),
            ])
    }

    private static func line(_ action: AlarmAction, _ sensor: String?) -> Line? {
        let words = action.name.split(separator: "|", omittingEmptySubsequences: false)
        let side = words.last.flatMap { AlarmSide(rawValue: String($0)) }
        let own = side == nil ? action.name : words.dropLast().joined(separator: "|")
        guard own == sensor ?? own else { return nil }
        let comment = (action.until.map { ["until \($0)"] } ?? []) + (action.comment.isEmpty ? [] : [action.comment])
        return Line(
            time: action.time,
            cells: [
                .time(action.time), .text(action.kind.rawValue), .text(own), .text(side?.rawValue ?? "all"), .absent,
                .absent, .absent, .absent, .text(action.by), .text(comment.joined(separator: ": ")), .absent,
            ])
    }
}
