import KappaArguments
import KappaCore
import KappaJobs
import KappaTerminal

/// `kappa alarms run`: readings in, alarms out, exactly once.
enum AlarmsRunCommand {
    static let command = Command(
        "run", abstract: "Watch the readings and raise alarms, exactly once",
        discussion: """
            Reads raw readings (or, with --converted, results that are converted already) and writes to the topic of \
            --output what happened last to each alarm, and to OUTPUT.history all that happened: raised, escalated, eased, \
            cleared; overdue and back for a sensor that says nothing. Of each sensor there is at most one alarm above its \
            levels, one below, one of its rate of change and one of its silence. Each event names the record of the log \
            that explains it.

            Alarms, late readings, dead letters (NAME.late, NAME.dead) and the offsets of the input are committed in one \
            transaction. What the job has to remember of an alarm stands in its own output, which is compacted; of anything \
            else it reads the log again. The clock is the readings' own; where the log is silent it goes on after --idle, \
            and that is recorded (NAME.ticks), so that the same log gives the same alarms.

            A level counts from the reading at which the value has lain beyond it for 'hold'; an alarm eases when the \
            value has left its level by more than 'hysteresis'. The rate is the change against a reading of half a \
            'rate_per' to one and a half before, and never over less than 'rate_per'.
            """,
        parameters: ProcessOptions.common + AlarmOptions.job + MetricsOption.all + BrokerOptions.all,
        examples: [
            Example("kappa alarms run --register site.csv", "Watch 'monitoring' by the levels of a register."),
            Example("kappa alarms run --register site.csv --drain", "Judge what there is, and stop."),
        ],
        run: { context in try ProcessCommand.run(ProcessSettings(context: context).alarmJob(), context) })
}
