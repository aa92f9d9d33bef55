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

    static let kind = Option<Kind>(
        "kind", type: .choice("KIND"), default: "windows", settable: false,
        help: "What the job makes: windows ('kappa process') or alarms ('kappa alarms run').")

    enum Kind: String, CaseIterable, Sendable { case windows, alarms }

    static let command = Command(
        "start", abstract: "Process the log again under new rules, beside the running job",
        discussion: """
            Begins the next generation of a job at the beginning of the log, with a group, transactions and outputs of \
            its own: the results go to TOPIC.gN, and with --store to the table NAME__gN. It takes the options of \
            'kappa process'. The running generation is not touched, and recorded ticks close the same windows as they \
            did for it. With --kind alarms it takes those of 'kappa alarms run' instead: what would another register \
            have raised?

            It runs until it is stopped, keeping up with the log; with --drain it ends at the log's end. Started \
            again with the same rules it goes on. 'kappa replay diff' compares, 'kappa replay switch' makes it the \
            active one.
            """,
        parameters: [GenerationOptions.job, kind, from, generation, GenerationOptions.table] + ProcessOptions.common
            + ProcessOptions.ofWindows + [AlarmOptions.converted] + StoreOptions.all + BrokerOptions.all,
        examples: [
            Example("kappa replay start --window 1m --drain", "What would windows of a minute have given?"),
            Example("kappa replay start --window 1m --dry-run", "What would be read and written."),
            Example("kappa replay start --kind alarms --register new.csv --drain", "Alarms by other levels."),
            Example(
                "kappa replay start --window 1m --store sqlite:kappa.db", "Run it beside the live job, with its table."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let spec = try spec(context)
        let control = try ControlLog(spec.name, spec.kafka)
        try LiveJob(spec, control.client).check(context.voice)
        let choice = GenerationChoice(spec, control, voice: context.voice)
        let generation = try choice.generation(context[generation], from: context[from])
        let running = choice.adapted(to: generation)
        let store = context[kind] == .windows ? try GenerationOptions.store(context) : nil
        if context[ProcessOptions.dryRun] {
            return try ProcessCommand.show(
                try GenerationPlan(running, generation, control.client, store).lines(), context)
        }
        try control.beginWriting()
        if !control.generations.contains(generation) { try control.write(generation) }
        FailPoint.pass(.startRecorded)
        try GenerationStart(running, generation, control.client).begin()
        context.messages.note(
            "generation \(generation.number) of '\(generation.job)', beside generation \(control.pointer.live)")
        try GenerationRun(
            running, generation, store, ProcessCommand.runSettings(context), voice: context.voice, stop: context.stop
        ).run()
    }

    /// The job as `kappa process` would run it.
    private static func spec(_ context: CommandContext) throws -> JobSpec {
        guard context[kind] == .windows else { return try alarms(context) }
        guard context.values.origin(of: AlarmOptions.converted) != .commandLine else {
            throw UsageError("--converted is for --kind alarms")
        }
        var spec = try ProcessSettings(context: context).windows()
        if context.isGiven(GenerationOptions.job) || context[ProcessOptions.name] == nil {
            spec.name = context[GenerationOptions.job]
        }
        guard Set(spec.outputs).count == spec.outputs.count else {
            throw UsageError("--output: two values share a topic, which a comparison could not tell apart")
        }
        return spec
    }

    /// The job as `kappa alarms run` would run it.
    private static func alarms(_ context: CommandContext) throws -> JobSpec {
        let known = Set(AlarmOptions.job.map(\.parameter.name))
        for key in ProcessOptions.ofWindows where context.values.origin(of: key) == .commandLine {
            guard known.contains(key.parameter.name) else {
                throw UsageError("--\(key.parameter.name) is for windows; alarms have none")
            }
        }
        guard context.values.origin(of: StoreOptions.store) != .commandLine else {
            throw UsageError(
                "--store: alarms and their history fill a table each",
                hint: "'kappa sink STORE alarms --generation N --table alarms' fills one of them")
        }
        var spec = try ProcessSettings(context: context).alarmJob()
        if context.isGiven(GenerationOptions.job) { spec.name = context[GenerationOptions.job] }
        return spec
    }
}
