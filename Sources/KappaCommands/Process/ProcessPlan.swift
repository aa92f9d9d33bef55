import KappaCore
import KappaStreams
import KappaTerminal

/// What `--dry-run` shows.
struct ProcessPlan {
    let spec: JobSpec
    let topics: JobTopics
    let stages: [JobStage]

    func show(on output: Output) throws {
        try output.rows("plan", [Column("what"), Column("value")]) { rows in
            for (what, value) in lines { try rows.add([.text(what), .text(value)]) }
        }
    }

    private var lines: [(String, String)] {
        [("job", spec.name), ("fingerprint", spec.fingerprint), ("group", spec.group)]
            + [("input", "\(spec.input), \(count(topics.inputPartitions))")]
            + stages.dropFirst().map { ("keyed through", "\($0.topic), \(count($0.partitions))") }
            + topics.planned.filter { $0.name != spec.keyed }.map { topic in
                (topic.purpose, "\(topic.name), \(count(topic.partitions))\(topic.exists ? "" : ", to be made")")
            } + rules
    }

    private var rules: [(String, String)] {
        guard case .windows(let plan) = spec.work else { return [] }
        let millis = { (count: Int64) in Duration.milliseconds(count).word }
        var windows = "\(millis(plan.sizeMilliseconds)) long"
        if plan.everyMilliseconds != plan.sizeMilliseconds {
            windows += ", one every \(millis(plan.everyMilliseconds))"
        }
        return [
            ("windows", windows), ("grace", millis(plan.graceMilliseconds)), ("idle after", spec.idle.word),
            ("furthest future", millis(plan.maxFutureMilliseconds)),
            ("key", plan.key.map(\.name).joined(separator: ", ")), ("value", plan.value), ("time", plan.time),
            ("carried", plan.carry.map(\.name).joined(separator: ", ")),
            ("aggregates", plan.aggregates.map(\.rawValue).joined(separator: ", ")),
        ]
    }

    private func count(_ partitions: Int) -> String { partitions == 1 ? "1 partition" : "\(partitions) partitions" }
}
