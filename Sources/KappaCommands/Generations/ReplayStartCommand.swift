import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaStores
import KappaStreams
import KappaTerminal

/// `kappa replay start`: the next generation of a job, from the log, beside the one that speaks.
enum ReplayStartCommand {
    static let generation = Option<Int?>(
        "generation", type: .integer(2...1_000_000), settable: false,
        help: "Go on with this generation (default: the newest inactive one with these rules, or a new one).")

    static let from = Option<OffsetRange.Bound?>(
        "from", type: .bound, settable: false,
        help: "Begin with the first whole window at or after this time, not at the log's beginning.",
        discussion: "An offset stands for the time of the readings there.")

    static let command = Command(
        "start", abstract: "Process the log again under new rules, beside the running job",
        discussion: """
            Begins the next generation of a job at the beginning of the log, with a group, transactions and outputs of its \
            own: the results go to TOPIC.gN, and with --store to the table NAME__gN. It takes the rules of 'kappa process'. \
            The running generation is not touched, and recorded ticks count as they did for it.

            It runs until it is stopped, keeping up with the log; with --drain it ends at the log's end. Started again with \
            the same rules it goes on. 'kappa replay diff' compares, 'kappa replay switch' makes it the active one.
            """,
        parameters: [GenerationOptions.job, from, generation, SinkCommand.table] + ProcessOptions.common
            + ProcessOptions.ofWindows + StoreOptions.all + BrokerOptions.all,
        examples: [
            Example("kappa replay start --window 1m --drain", "What would windows of a minute have given?"),
            Example("kappa replay start --window 1m --dry-run", "What would be read and written."),
            Example(
                "kappa replay start --window 1m --store sqlite:kappa.db", "Run it beside the live job, with its table."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let spec = try spec(context)
        let control = try ControlLog(spec.name, spec.kafka)
        try LiveJob(spec, control.client).check(context.voice)
        let generation = try choose(spec, control, context)
        let running = adapt(spec, to: generation, control)
        if context[ProcessOptions.dryRun] {
            return try GenerationPlan(running, generation, control.client).show(context)
        }
        try control.beginWriting()
        if !control.generations.contains(generation) { try control.write(generation) }
        FailPoint.pass(.startRecorded)
        try GenerationStart(running, generation, control.client).begin()
        context.messages.note(
            "generation \(generation.number) of '\(generation.job)', beside generation \(control.pointer.live)")
        try work(running, generation, context)
    }

    /// The job as `kappa process` would run it.
    private static func spec(_ context: CommandContext) throws -> JobSpec {
        var spec = try ProcessSettings(context: context).windows()
        if context.isGiven(GenerationOptions.job) || context[ProcessOptions.name] == nil {
            spec.name = context[GenerationOptions.job]
        }
        guard Set(spec.outputs).count == spec.outputs.count else {
            throw UsageError("--output: two values share a topic, which a comparison could not tell apart")
        }
        return spec
    }

    private static func choose(
        _ spec: JobSpec, _ control: ControlLog, _ context: CommandContext
    ) throws -> Generation {
        guard case .windows(let plan) = spec.work else { throw UsageError("only jobs of windows have generations") }
        if let number = context[generation] {
            let found = try control.generation(number)
            guard found.fingerprint == spec.fingerprint else {
                throw CommandFailure(
                    "generation \(number) of '\(spec.name)' was started with other rules",
                    hint: "without --generation the next one is begun")
            }
            return found
        }
        let time = try context[from].flatMap { try GenerationStart.time(of: $0, spec, plan, control.client) }
        let begin = GenerationStart.firstWindow(plan, time)
        let known = control.generations.last {
            $0.number != control.pointer.live && $0.fingerprint == spec.fingerprint && $0.outputs == spec.outputs
                && (context[from] == nil || $0.fromMilliseconds == begin)
        }
        if let known { return known }
        var fresh = Generation(
            job: spec.name, number: 1, parent: control.pointer.live, fingerprint: spec.fingerprint,
            input: spec.input, outputs: spec.outputs, key: plan.key.map(\.name), value: plan.value,
            graceMilliseconds: plan.graceMilliseconds, startedAt: Timestamp.now.milliseconds,
            fromMilliseconds: begin)
        fresh.number = max(control.generations.last?.number ?? 1, control.pointer.live, control.pointer.previous) + 1
        try takeFreeNumber(&fresh, control, context)
        return fresh
    }

    /// Topics that hold something are another job's, or were left behind; their records must not mix with the new ones.
    private static func takeFreeNumber(
        _ fresh: inout Generation, _ control: ControlLog, _ context: CommandContext
    ) throws {
        let known = Set(try control.client.metadata().topics.map(\.name))
        while let taken = try fresh.ownTopics.first(where: { topic in
            guard known.contains(topic) else { return false }
            if control.account?.isOthers(topic, than: fresh.job) == true { return true }
            let logs = try control.client.watermarks(of: try control.client.partitions(of: topic))
            return logs.values.contains { $0.high > $0.low }
        }) {
            context.messages.note("'\(taken)' is there already, so it will not be generation \(fresh.number)")
            fresh.number += 1
        }
    }

    /// The same rules under the names of the generation.
    static func adapt(_ spec: JobSpec, to generation: Generation, _ control: ControlLog) -> JobSpec {
        var spec = spec
        spec.generation = generation.number
        spec.outputs = generation.topics
        spec.late = generation.late
        spec.dead = generation.dead
        spec.ticks = generation.ticks
        // What moved the clocks of its ancestors without a record moves its own at the same places.
        var parent = generation.parent
        while true {
            spec.earlierTicks.append(GenerationNames.topic("\(spec.name).ticks", parent))
            guard let next = control.generations.first(where: { $0.number == parent })?.parent, next < parent else {
                return spec
            }
            parent = next
        }
    }

    private static func work(_ spec: JobSpec, _ generation: Generation, _ context: CommandContext) throws {
        guard context.isGiven(StoreOptions.store) else { return try ProcessRun(spec, context).run() }
        let settings = try sinkSettings(spec, generation, context)
        if spec.drains {
            try ProcessRun(spec, context).run()
            FailPoint.pass(.startProcessed)
            _ = try SinkJob(settings, voice: context.voice, stop: context.stop).run()
            return
        }
        var failure: (any Error)?
        let thread = SinkThread(settings, context)
        do { try ProcessRun(spec, context).run() } catch { failure = error }
        // The sink follows the process: it ends with it, whatever ended it.
        if !context.stop.isRequested { context.stop.request() }
        thread.join()
        if let failure { throw thread.failure ?? failure }
    }

    private static func sinkSettings(
        _ spec: JobSpec, _ generation: Generation, _ context: CommandContext
    ) throws -> SinkSettings {
        var settings = try SinkSettings(
            draining: generation.topics, into: try StoreAddress.chosen(context), kafka: spec.kafka)
        settings.target = try GenerationOptions.target(context, generation.number)
        settings.drains = spec.drains
        settings.readsAllPartitions = spec.drains
        settings.mustExist = spec.drains
        settings.linger = .milliseconds(250)
        return settings
    }
}
