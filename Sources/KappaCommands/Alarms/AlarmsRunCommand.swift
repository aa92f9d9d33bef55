import KappaArguments
import KappaCore
import KappaJobs
import KappaTerminal

/// `kappa alarms run`: readings in, alarms out, exactly once.
enum AlarmsRunCommand {
    static let adopt = Flag(
        "adopt", settable: true, section: ProcessOptions.run,
        help: "Go on under a changed register from here, and record that in the history.")

    static let command = Command(
        "run", abstract: "Watch the readings and raise alarms, exactly once",
        discussion: """
            Reads raw readings (or, with --converted, results that are converted already) and writes to the topic of \
            --output what happened last to each alarm, and to OUTPUT.history all that happened: raised, escalated, \
            eased, cleared; overdue and back for a sensor that says nothing. A sensor has at most one alarm above its \
            levels, one below, one for its rate of change and one for its silence. Each event names the record of the \
            log that explains it.

            Alarms, late readings, dead letters (NAME.late, NAME.dead) and the offsets of the input are committed in \
            one transaction. What the job has to remember of an alarm is kept in its own compacted output; anything \
            else it reads again from the log. The clock is the readings' own; where the log is silent it goes on after \
            --idle, and that is recorded (NAME.ticks), so that the same log gives the same alarms. A sensor's readings \
            have to lie in one partition, as 'kappa produce --key-field' puts them; from several they are judged in \
            the order in which they come.

            A level is reached once the value has stayed beyond it for 'hold'; an alarm eases when the value has left \
            its level by more than 'hysteresis'. The rate compares a reading with one that is between half and one and \
            a half 'rate_per' older; a change over a shorter time than 'rate_per' counts as if it had taken all of it.

            With a changed register it is another job, which --name starts; 'kappa alarms test' shows what that \
            register would have raised, and 'kappa replay start --kind alarms' works it out beside this job. With \
            --adopt this job goes on under the changed register from where it is, and the history records that.

            With --notify it tells people too, as 'kappa alarms notify' does beside it. A target that cannot be told \
            holds no alarm up.
            """,
        parameters: ProcessOptions.common + AlarmOptions.job + [adopt] + AlarmsNotifyCommand.options
            + MetricsOption.all + BrokerOptions.all,
        examples: [
            Example("kappa alarms run --register site.csv", "Watch 'monitoring' by the levels of a register."),
            Example("kappa alarms run --register site.csv --drain", "Judge what there is, and stop."),
            Example("kappa alarms run --register new.csv --adopt --drain", "Go on by other levels."),
            Example(
                "kappa alarms run --register site.csv --notify https://chat.example/hook", "Watch, and tell a chat."),
        ],
        run: run)

    private static func run(_ context: CommandContext) throws {
        var spec = try ProcessSettings(context: context).alarmJob()
        spec.adoptsRegister = context[adopt]
        let alarms = spec.outputs[0]
        let telling = try AlarmsNotifyCommand.settings(context, of: alarms)
        let stop = StopSignal(within: context.stop)
        var notifier: NotifierThread?
        defer {
            stop.request()
            notifier?.join()
        }
        try ProcessCommand.run(spec, context) { run, board in
            if let change = run.adopted { try note(change, spec, context) }
            guard let telling else { return }
            // Whoever is new is noted before the first alarm of this run: nothing of it goes untold.
            notifier = try NotifierThread(telling, voice: voice(board, context), stop: stop, waits: spec.drains)
        }
        guard let telling, spec.drains, !context[ProcessOptions.dryRun] else { return }
        try AlarmsNotifyCommand.tell(telling, drains: true, context)
    }

    /// From which time on other levels hold is a part of what happened.
    private static func note(_ change: String, _ spec: JobSpec, _ context: CommandContext) throws {
        let action = AlarmAction(.register, of: "", at: .now, by: spec.name, comment: change)
        try AlarmActionLog(spec.outputs[0], spec.kafka).write([action])
        context.messages.note("going on under another register: \(change)")
    }

    /// What is said beside the job goes above its block on the terminal.
    private static func voice(_ board: JobBoard, _ context: CommandContext) -> Voice {
        Voice(level: context.messages.level) { saying in
            switch saying {
            case .note(let text): board.note(text)
            case .warning(let text), .error(let text): board.warn(text)
            case .detail(let text): board.detail(text)
            case .progress: break
            }
        }
    }
}
