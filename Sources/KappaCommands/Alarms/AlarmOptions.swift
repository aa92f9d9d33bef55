import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaStreams
import KappaTerminal

/// What the commands about alarms share.
enum AlarmOptions {
    static let topic = Option<String>(
        "alarms", type: .topic, default: "alarms", help: "The topic of the alarms, as 'kappa alarms run' writes it.")
    static let converted = Flag(
        "converted", settable: true, section: ProcessOptions.fields,
        help: "The input's values are engineering values already, as 'kappa process --register' makes them.")
    static let grace = Option<Duration>(
        "grace", type: .duration, default: "10s", section: ProcessOptions.windows,
        help: "How much older than the latest reading a reading may be.")
    static let idle = Option<Duration>(
        "idle", type: .duration, default: "30s", section: ProcessOptions.windows,
        help: "At the end of the log, let the clock go on after this much silence (0: never).")

    /// What a job of alarms is told beside the options of every job.
    static let job: [any ParameterKey] = [
        ProcessOptions.register, ProcessOptions.key, ProcessOptions.value, ProcessOptions.time,
        ProcessOptions.temperature, ProcessOptions.items, converted, grace, idle, ProcessOptions.maxFuture,
        ProcessOptions.ticks, ProcessOptions.keyed,
    ]
}

extension ProcessSettings {
    /// The plan of a job of alarms, by a register that lies at a path.
    func alarmPlan(register path: String) throws -> WindowPlan {
        let key = try key()
        var plan = WindowPlan.alarms(try RegisterFile.read(path, key: key))
        plan.key = key
        plan.value = context[ProcessOptions.value]
        plan.time = context[ProcessOptions.time]
        plan.items = context[ProcessOptions.items]
        plan.temperature = context[ProcessOptions.temperature]
        plan.isConverted = context[AlarmOptions.converted]
        plan.graceMilliseconds = context[AlarmOptions.grace].wholeMilliseconds
        plan.maxFutureMilliseconds = context[ProcessOptions.maxFuture].wholeMilliseconds
        // The record key of a reading is its key without the route, where it has one.
        if !key.contains(where: { $0.name == plan.route }) { plan.route = nil }
        if let name = plan.alarmSchema(isState: true).doubledName {
            throw UsageError("--key: an alarm has a field '\(name)' of its own")
        }
        return plan
    }

    func alarmJob() throws -> JobSpec {
        guard let path = context[ProcessOptions.register] else {
            throw UsageError(
                "--register: alarms need a register of levels", hint: "'kappa alarms init > site.csv' begins one")
        }
        var plan = try alarmPlan(register: path)
        plan.filters = try filters()
        let outputs = try oneOutput(default: "alarms")
        let output = outputs[0]
        var spec = try spec(.alarms(plan), outputs: [output, "\(output).history"])
        spec.name = context[ProcessOptions.name] ?? "alarms"
        spec.late = "\(spec.name).late"
        spec.dead = "\(spec.name).dead"
        spec.ticks = context[ProcessOptions.ticks] ?? "\(spec.name).ticks"
        spec.idle = context[AlarmOptions.idle]
        spec.isKeyed = context[ProcessOptions.keyed]
        return spec
    }
}
