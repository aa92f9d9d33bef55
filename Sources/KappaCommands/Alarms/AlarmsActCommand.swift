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
    static let off = Flag("off", help: "End the shelving now.")

    private static let parameters: [any ParameterKey] =
        [AlarmsListCommand.sensor, side, by, comment, AlarmOptions.topic, ProcessOptions.time]

    static let acknowledge = Command(
        "ack", abstract: "Acknowledge a sensor's alarms, with a comment",
        discussion: """
            Writes who has taken note of an alarm, when and with which words, to ALARMS.actions. It applies to this \
            alarm only: when the alarm escalates, or is raised anew, it is open again.
            """,
        parameters: parameters + BrokerOptions.all,
        examples: [
            Example("kappa alarms ack 'BH-9483|piezometer' --comment 'Pump 2 was off'", "Acknowledge it, and say why.")
        ],
        run: runAcknowledge)

    static let shelve = Command(
        "shelve", abstract: "Silence a sensor's alarms for a time",
        discussion: "Alarms are raised as before, but nobody is told of them until the time is over.",
        parameters: parameters + [span, until, off] + BrokerOptions.all,
        examples: [
            Example("kappa alarms shelve 'BH-9483|piezometer' --for 8h --comment 'Being replaced'", "Until tonight."),
            Example("kappa alarms shelve 'BH-9483|piezometer' --off", "It is back in service."),
        ],
        run: runShelve)

    private static func runAcknowledge(_ context: CommandContext) throws {
        let account = try AlarmsListCommand.account(context)
        let sensor = context[AlarmsListCommand.sensor]
        switch try account.acknowledging(sensor, context[side], by: person(context), at: .now) {
        case .isDone(let done): context.messages.note("\(done.by) has acknowledged it at \(done.time)")
        case .acknowledges(let actions):
            try write(actions, context)
            context.messages.note("acknowledged \(actions.map(\.name).joined(separator: ", "))")
        }
    }

    private static func runShelve(_ context: CommandContext) throws {
        let now = Timestamp.now
        let end: Timestamp? =
            switch (context[span], context[until], context[off]) {
            case (let span?, nil, false): now.advanced(by: span)
            case (nil, let until?, false): until
            case (nil, nil, true): nil
            case (_, _, true): throw UsageError("--off takes no time: it ends the shelving now")
            default: throw UsageError("give one of --for, --until and --off")
            }
        guard end ?? .now >= now else { throw UsageError("--for, --until: that time is over already") }
        let account = try end == nil ? AlarmAccount() : AlarmsListCommand.account(context)
        let action = try account.shelving(
            context[AlarmsListCommand.sensor], context[side], until: end, by: person(context), at: now)
        try write([action], context)
        context.messages.note(
            end.map { "\(action.name) is shelved until \($0)" } ?? "\(action.name) is no longer shelved")
    }

    private static func person(_ context: CommandContext) -> AlarmAccount.Person {
        let login = getenv("USER").map { String(cString: $0) } ?? getenv("LOGNAME").map { String(cString: $0) }
        return AlarmAccount.Person(name: context[by] ?? login ?? "uid \(getuid())", comment: context[comment])
    }

    private static func write(_ actions: [AlarmAction], _ context: CommandContext) throws {
        let log = try AlarmActionLog(context[AlarmOptions.topic], try context.kafka())
        try log.write(actions)
    }
}
