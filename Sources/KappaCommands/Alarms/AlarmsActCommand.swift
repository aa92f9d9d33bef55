import Glibc
import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaStreams
import KappaTerminal

/// `kappa alarms ack` and `shelve`: what people do about alarms, written to the log.
enum AlarmsActCommand {
    static let side = Argument<AlarmSide?>(
        "ALARM", type: .choice("ALARM"), help: "Which of the sensor's alarms (default: all of them).")
    static let by = Option<String?>("by", type: .string("NAME"), help: "Who does it (default: who is logged in).")
    static let comment = Option<String>("comment", type: .string("TEXT"), default: "", help: "Why, or what was done.")
    static let span = Option<Duration?>("for", type: .duration, settable: false, help: "Shelve for this long.")
    static let until = Option<Timestamp?>("until", type: .time, settable: false, help: "Shelve until this time.")
    static let off = Flag("off", help: "Take it off the shelf.")

    private static let parameters: [any ParameterKey] =
        [AlarmsListCommand.sensor, side, by, comment, AlarmOptions.topic, ProcessOptions.time]

    static let acknowledge = Command(
        "ack", abstract: "Acknowledge a sensor's alarms, with a comment",
        discussion: """
            Writes who has taken note of an alarm, when and with which words, to ALARMS.actions. It is of this alarm \
            alone: when the alarm escalates, or is raised anew, it is open again.
            """,
        parameters: parameters + BrokerOptions.all,
        examples: [
            Example("kappa alarms ack 'BH-9483|piezometer' --comment 'Pump 2 was off'", "Somebody has seen to it.")
        ],
        run: runAcknowledge)

    static let shelve = Command(
        "shelve", abstract: "Put a sensor's alarms aside for a time",
        discussion: "The alarms go on as before; only nobody is told of them until the time is over.",
        parameters: parameters + [span, until, off] + BrokerOptions.all,
        examples: [
            Example("kappa alarms shelve 'BH-9483|piezometer' --for 8h --comment 'Being replaced'", "Until tonight."),
            Example("kappa alarms shelve 'BH-9483|piezometer' --off", "It is back in service."),
        ],
        run: runShelve)

    private static func runAcknowledge(_ context: CommandContext) throws {
        let sensor = context[AlarmsListCommand.sensor]
        let standings = try AlarmsListCommand.account(context).standings.filter { standing in
            standing.record.sensor == sensor && standing.record.isRaised
                && standing.record.side == context[side] ?? standing.record.side
        }
        guard !standings.isEmpty else {
            throw CommandFailure(
                "no alarm of '\(sensor)' stands", hint: "'kappa alarms list' shows the alarms that do")
        }
        let open = standings.filter { $0.acknowledgement == nil }
        if let done = standings.compactMap(\.acknowledgement).first, open.isEmpty {
            return context.messages.note("\(done.by) has acknowledged it at \(done.time)")
        }
        try write(
            open.map { standing in
                var action = action(.acknowledged, standing.record.name, context)
                (action.since, action.severity) = (standing.record.since, standing.record.severity)
                return action
            }, context)
        context.messages.note("acknowledged \(open.map(\.record.name).joined(separator: ", "))")
    }

    private static func runShelve(_ context: CommandContext) throws {
        let sensor = context[AlarmsListCommand.sensor]
        let name = context[side].map { "\(sensor)|\($0.rawValue)" } ?? sensor
        if context[off] {
            guard context[span] == nil, context[until] == nil else {
                throw UsageError("--off takes an alarm off the shelf at once, without a time")
            }
            try write([action(.unshelved, name, context)], context)
            return context.messages.note("\(name) is off the shelf")
        }
        var shelved = action(.shelved, name, context)
        switch (context[span], context[until]) {
        case (let span?, nil): shelved.until = shelved.time.advanced(by: span)
        case (nil, let until?): shelved.until = until
        default: throw UsageError("give one of --for, --until and --off")
        }
        guard let end = shelved.until, end > shelved.time else {
            throw UsageError("the shelf would end before it began")
        }
        // A sensor that is misspelt would go on telling everybody.
        guard try AlarmsListCommand.account(context).standings.contains(where: { $0.record.sensor == sensor }) else {
            throw CommandFailure(
                "there has been no alarm of '\(sensor)'",
                hint: "'kappa alarms list --all' shows the sensors that had any")
        }
        try write([shelved], context)
        context.messages.note("\(name) is shelved until \(end)")
    }

    private static func action(_ kind: AlarmAction.Kind, _ name: String, _ context: CommandContext) -> AlarmAction {
        let login = getenv("USER").map { String(cString: $0) } ?? getenv("LOGNAME").map { String(cString: $0) }
        let by = context[by] ?? login ?? "uid \(getuid())"
        return AlarmAction(kind, of: name, at: .now, by: by, comment: context[comment])
    }

    private static func write(_ actions: [AlarmAction], _ context: CommandContext) throws {
        let log = try AlarmActionLog(context[AlarmOptions.topic], try context.kafka())
        try log.write(actions)
    }
}
