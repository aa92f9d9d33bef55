import KappaArguments
import KappaCore
import KappaJobs
import KappaStreams
import KappaTerminal

/// `kappa alarms test`: what levels would have said of the past.
enum AlarmsTestCommand {
    static let from = Option<Timestamp?>(
        "from", type: .time, settable: false, help: "Count only alarms from this time on.")
    static let to = Option<Timestamp?>("to", type: .time, settable: false, help: "Count only alarms before this time.")
    static let levels = Option<String>("levels", type: .file, settable: false, help: "The register to try.")

    static let command = Command(
        "test", abstract: "Show how often a register would have raised alarms in the past",
        discussion: """
            Reads the log from its beginning and writes nothing. With --register too, the two are compared: how often \
            each level of each sensor would have been reached under the one and under the other.

            The log is judged partition by partition, so the records of a sensor have to lie in one of them, as \
            'kappa produce --key-field' puts them.
            """,
        parameters: [levels, from, to, ProcessOptions.input] + AlarmOptions.job + BrokerOptions.all
            + OutputOptions.all,
        examples: [
            Example("kappa alarms test --levels new.csv --from -30d", "How often in the last thirty days?"),
            Example(
                "kappa alarms test --levels new.csv --register site.csv --from -30d", "The new levels beside the old."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let settings = ProcessSettings(context: context)
        let isCompared = context[ProcessOptions.register] != nil
        var plans = [try settings.alarmPlan(register: context[levels])]
        if let old = context[ProcessOptions.register] { plans.insert(try settings.alarmPlan(register: old), at: 0) }
        let trial = try AlarmTrial(
            plans, input: context[ProcessOptions.input], from: context[from] ?? Timestamp(milliseconds: .min),
            until: context[to] ?? Timestamp(milliseconds: .max), try context.kafka())
        let counts = [Column("times", align: .right)]
        let both = [Column("times_before", align: .right), Column("times", align: .right)]
        let columns =
            [Column("sensor"), Column("alarm"), Column("level")] + (isCompared ? both : counts)
            + [Column("first"), Column("last")]
        let ordered = trial.counts.sorted { left, right in
            let (one, other) = (left.key, right.key)
            return (one.sensor, one.side.rawValue, one.level) < (other.sensor, other.side.rawValue, other.level)
        }
        try context.output.rows("levels", columns) { rows in
            for (alarm, count) in ordered {
                try rows.add(
                    [.text(alarm.sensor), .text(alarm.side.rawValue), .text(alarm.level)]
                        + count.times.map { Cell.integer($0) } + [.time(count.first), .time(count.last)])
            }
        }
        let sums = plans.indices.map { index in trial.counts.values.reduce(0) { $0 + $1.times[index] } }
        context.messages.note(
            "\(trial.readings) readings would have raised \(sums[sums.count - 1]) alarms"
                + (isCompared ? ", and \(sums[0]) by \(context[ProcessOptions.register] ?? "")" : ""))
    }
}
