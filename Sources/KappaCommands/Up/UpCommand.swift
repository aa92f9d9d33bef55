import Glibc
import KappaArguments
import KappaCore
import KappaHTTP
import KappaPipeline
import KappaStores
import KappaTerminal

/// `kappa up`: the whole pipeline in one command.
enum UpCommand {
    static let command = Command(
        "up", section: .pipeline, abstract: "Run the whole pipeline: broker, source, process, sink",
        discussion: """
            On a machine with nothing but kappa, this runs all of it: the embedded broker, its topics, a simulated \
            site, the job that aggregates readings into windows, the sink that stores them in SQLite, and the page \
            that shows them, whose address is told (see kappa serve). With \
            --brokers and --store the same pipeline runs on a Kafka cluster and on PostgreSQL. A second run goes on \
            where the first one stopped.

            Every stage is a process of its own. One that dies is restarted with a note, after a longer pause each \
            time. Brokers that the settings name are read, but nothing is produced to them unless --source or --http \
            is on the command line.

            Ctrl-C stops the pipeline in order, a second Ctrl-C at once; when the supervisor itself is killed, its \
            stages notice and stop.

            With --for or --count the pipeline ends by itself: everything produced is stored first, and then the \
            counts are reconciled: readings produced = readings in stored windows + late + dead. The status is 1 if \
            they do not add up.
            """,
        parameters: UpOptions.all,
        examples: [
            Example("kappa up", "The whole pipeline, with a live screen."),
            Example("kappa up --for 60s --rate 1000/s", "A minute of a thousand readings a second, then the balance."),
            Example("kappa up --count 100000 --data /tmp/demo", "A hundred thousand readings, all accounted for."),
            Example("kappa up --page 127.0.0.1:9000", "With the page at another port; --page off has none."),
            Example(
                "kappa up --brokers kafka:9092 --store postgres://site@db/monitoring",
                "On a Kafka cluster and PostgreSQL."),
            Example("kappa up --detach && kappa status", "In the background; kappa down ends it."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        if context[UpOptions.printFile] { return try show(PipelineFile.standard, context) }
        if context[UpOptions.systemd] { return try show(SystemdUnit.text(context), context) }
        if let file = context[UpOptions.file] { try PipelineFile.adopt(file) }
        let folder = UpOptions.folder(context)
        try DataFolder.make(folder)
        if context[UpOptions.detach] { return try detach(folder, context) }
        guard let lock = try PipelineLock(folder: folder, patience: .seconds(30)) else {
            throw CommandFailure(
                "a pipeline is running in \(folder)", hint: "kappa status shows it, kappa down ends it.")
        }
        let plan = try PipelinePlan(context, folder: folder)
        if let listen = plan.listen, listen.answers() {
            throw CommandFailure(
                "something else listens on \(listen)",
                hint: "Choose another port with --listen, 0 for any, or use what listens there with --brokers.")
        }
        try supervise(plan, lock.descriptor, context)
    }

    /// The same words in a session of their own.
    private static func detach(_ folder: String, _ context: CommandContext) throws {
        let words = ProcessArguments.all.filter { $0 != "--detach" }
        let stop = context.stop
        try DetachedPipeline(ProcessArguments.program ?? "", words, folder: folder)
            .start(voice: context.voice, stop: stop)
    }

    private static func show(_ text: String, _ context: CommandContext) throws {
        try context.output.write(text)
        try context.output.flush()
    }

    private static func supervise(_ plan: PipelinePlan, _ lock: Int32, _ context: CommandContext) throws {
        let stop = context.stop
        Interruption.takesItsTime()
        StopRequests.install()
        let monitor = PipelineMonitor(try plan.places(context))
        let board = PublishedStatus(plan)
        let server = try context[UpOptions.metrics].map { address throws(HTTPError) in
            try MetricsPage.serve(address) { PipelineMetrics.page(board.latest) }
        }
        defer { server?.stop() }
        let view = view(plan, context)
        for line in plan.opening { view.say(line) }
        if let server { view.say("the figures are at http://\(server.address)/metrics") }
        let supervisor = Supervisor(
            plan, monitor: monitor, lock: lock, timeLimit: context[UpOptions.duration], view: view,
            stop: stop, force: StopRequests.force, share: { board.post($0) })
        let outcome = supervisor.run()
        view.close()
        board.clear()
        let ending = UpEnding(
            plan: plan, outcome: outcome, audit: supervisor.audit, baseline: supervisor.baseline,
            lastWords: supervisor.lastWords)
        try ending.report(context)
    }

    private static func view(_ plan: PipelinePlan, _ context: CommandContext) -> any SupervisorView {
        guard context.output.terminal.isTerminal, context.output.format == .table, context.messages.level != .quiet
        else { return LogView(context.messages.kept(in: "\(plan.folder)/\(DetachedPipeline.logName)")) }
        return ScreenView(hints: plan.hints, messages: context.messages)
    }
}
