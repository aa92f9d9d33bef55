import KappaCore
import KappaStreams

/// What a run of a job would do, in words.
struct ProcessPlan {
    let spec: JobSpec
    let topics: JobTopics
    let stages: [JobStage]

    var lines: [(what: String, value: String)] {
        var lines: [(what: String, value: String)] = [
            ("job", spec.name), ("fingerprint", spec.fingerprint), ("group", spec.group),
        ]
        lines.append(("input", "\(spec.input), \(count(topics.inputPartitions))"))
        for stage in stages.dropFirst() {
            lines.append(("keyed through", "\(stage.topic), \(count(stage.partitions))"))
        }
        for topic in topics.planned where topic.name != spec.keyed {
            let missing = topic.exists ? "" : ", to be made"
            lines.append((topic.purpose, "\(topic.name), \(count(topic.partitions))\(missing)"))
        }
        return lines + rules
    }

    private var rules: [(what: String, value: String)] {
        if case .alarms(let plan) = spec.work {
            return plan.alarmRules.values.filter { !$0.value.isEmpty }.map { ($0.name, $0.value) }
        }
        guard case .windows(let plan) = spec.work else { return [] }
        let millis = { (count: Int64) in Duration.milliseconds(count).word }
        var windows = "\(millis(plan.sizeMilliseconds)) long"
        if plan.everyMilliseconds != plan.sizeMilliseconds {
            windows += ", one every \(millis(plan.everyMilliseconds))"
        }
        let register = plan.rules.values.first { $0.name == "register" }?.value ?? ""
        return (register.isEmpty ? [] : [("register", register)]) + [
            ("windows", windows), ("grace", millis(plan.graceMilliseconds)), ("idle after", spec.idle.word),
            ("furthest future", millis(plan.maxFutureMilliseconds)),
            ("key", plan.key.map(\.name).joined(separator: ", ")), ("value", plan.value), ("time", plan.time),
            ("carried", plan.carry.map(\.name).joined(separator: ", ")),
            ("aggregates", plan.aggregates.map(\.rawValue).joined(separator: ", ")),
        ]
    }

    private func count(_ partitions: Int) -> String { partitions == 1 ? "1 partition" : "\(partitions) partitions" }
}
