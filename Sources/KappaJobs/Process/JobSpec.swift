package import KappaCore
package import KappaFormats
package import KappaKafka
package import KappaStreams

/// A processing job as the runtime needs it: from where, through what, to where, under which name.
package struct JobSpec: Sendable {
    package var name: String
    package var kafka: KafkaConfiguration
    package var input: String
    /// One topic for each route; a route may share its topic with others.
    package var outputs: [String]
    package var late: String
    package var dead: String
    package var ticks: String
    package var work: Work
    /// What the input is written in.
    package var payload = Payload.json

    package var idle: Duration = .seconds(30)
    package var commitInterval: Duration = .seconds(1)
    /// Records of one poll at most; a test's way to show that it does not matter.
    package var pollSize = 4096
    /// Commits at the latest after so many records.
    package var commitRecords = 1_000_000
    package var drains = false
    package var clock = JobClock.system
    package var until: Timestamp?
    package var instances = 1
    package var creates = true
    /// The input's records already lie where their key says, and each one is held to it.
    package var isKeyed = false
    /// Which way through the log this is: the first, or a replay beside it with names of its own.
    package var generation = 1
    /// A job of alarms goes on under a changed register, and records that it does.
    package var adoptsRegister = false
    /// Ticks that other generations recorded and that count for this one too.
    package var earlierTicks: [String] = []

    package enum Work: Sendable {
        case windows(WindowPlan)
        case alarms(WindowPlan)
        case map(MapTask.Shape, [FieldPredicate])
        case wordsPerLine
        case runningWords
    }

    package init(name: String, kafka: KafkaConfiguration, input: String, outputs: [String], work: Work) {
        self.name = name
        self.kafka = kafka
        self.input = input
        self.outputs = outputs
        self.work = work
        late = "\(input).late"
        dead = "\(input).dead"
        ticks = "\(name).ticks"
    }

    package var group: String { GenerationNames.group(name, generation) }
    package var keyed: String { GenerationNames.topic("\(name).keyed", generation) }

    /// What the results are; nil where a template decides.
    package var schema: ResultSchema? {
        switch work {
        case .windows(let plan): plan.schema
        case .alarms(let plan): plan.alarmSchema(isState: true)
        case .map(let shape, _): shape.schema
        case .wordsPerLine: LineCountTask.schema
        case .runningWords: WordCountTask.schema
        }
    }

    /// What each output holds.
    package var schemas: [ResultSchema?] {
        guard case .alarms(let plan) = work else { return outputs.map { _ in schema } }
        return [plan.alarmSchema(isState: true), plan.alarmSchema(isState: false)]
    }

    /// The output that is this job's state too: the last record of each key is what it goes on from.
    package var stateOutput: String? {
        if case .alarms = work { outputs.first } else { nil }
    }

    /// What decides the results; a group of another fingerprint is not continued.
    package var fingerprint: String {
        let rules =
            switch work {
            case .windows(let plan): plan.fingerprint
            case .alarms(let plan): plan.alarmFingerprint
            case .map(let shape, let filters): MapTask.fingerprint(shape, filters: filters)
            case .wordsPerLine: LineCountTask.fingerprint
            case .runningWords: WordCountTask.fingerprint
            }
        return Fingerprint.of("\(input);\(rules)" + (payload.words.map { ";\($0)" } ?? ""))
    }

    /// The options that the fingerprint is made of, in words.
    package var rules: JobRules {
        guard let words = payload.words else { return rulesOfWork }
        return JobRules([("payload", words)] + rulesOfWork.values)
    }

    private var rulesOfWork: JobRules {
        switch work {
        case .windows(let plan): JobRules([("input", input)] + plan.rules.values)
        case .alarms(let plan): JobRules([("input", input)] + plan.alarmRules.values)
        case .map(let shape, let filters): JobRules([("input", input)] + MapTask.rules(shape, filters: filters))
        case .wordsPerLine: JobRules([("input", input), ("per", "line")])
        case .runningWords: JobRules([("input", input), ("per", "word")])
        }
    }

    package var readsTicks: Bool {
        switch work {
        case .windows, .alarms: true
        default: false
        }
    }

    /// Whether records of one key may lie in several partitions of the input.
    package func needsKeying(partitions: Int) -> Bool {
        switch work {
        case .windows, .alarms: partitions > 1 && !isKeyed
        case .runningWords: partitions > 1
        default: false
        }
    }
}
