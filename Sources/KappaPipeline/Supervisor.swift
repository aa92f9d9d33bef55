import Glibc
package import KappaCore
import KappaHTTP
import KappaStores

/// Runs a pipeline: owns the processes, the clock and the screen around the pure `Supervision`.
///
/// Everything happens on one thread, in turns of at most a tenth of a second; the monitor has a thread of its own.
package final class Supervisor {
    private var plan: PipelinePlan
    private let view: any SupervisorView
    private let stop: StopSignal
    private let force: StopSignal
    private let monitor: PipelineMonitor
    private let inheritance: StageProcess.Inheritance
    private var machine: Supervision
    private let stages: [String: StagePlan]
    private var processes: [String: StageProcess] = [:]
    /// What waits for a fresh look at the log before it starts: a source that counts.
    private var heldSource: (draining: Bool, since: Int)?
    /// How many readings the log held before this run.
    package private(set) var baseline: Int64?
    /// The exact count in the end, once all has been drained.
    package let audit = PipelineAudit()
    /// What each stage said last, for one that cannot run: its words may have been shown to nobody.
    package private(set) var lastWords: [String: [String]] = [:]
    /// What each stage warned of last, for `kappa status`.
    private var warnings: [String: String] = [:]
    /// What each job said of its windows.
    private var jobNotes: [String: String] = [:]
    /// Events that come from no process that has ended: what stages told, and stages that could not be started.
    private var endings: [Supervision.Event] = []
    private let share: @Sendable (PipelineSnapshot) -> Void
    private var rates = PipelineRates()
    private let began = ContinuousClock.now
    private let timeLimit: Duration?
    private var hasFinished = false
    private var isMonitoring = false
    private var isAsked = false

    package init(
        _ plan: PipelinePlan, monitor: PipelineMonitor, lock: Int32, timeLimit: Duration?, view: any SupervisorView,
        stop: StopSignal, force: StopSignal, share: @escaping @Sendable (PipelineSnapshot) -> Void
    ) {
        self.share = share
        self.plan = plan
        self.view = view
        self.stop = stop
        self.force = force
        self.monitor = monitor
        self.timeLimit = timeLimit
        let lifeline = StageProcess.pipe()
        // The writing end stays open until this process is no more; nobody ever writes.
        inheritance = StageProcess.Inheritance(
            lifeline: lifeline.read, lock: lock, environment: Supervisor.environment())
        machine = Supervision(plan.stages)
        stages = plan.stages.reduce(into: [:]) { $0[$1.name] = $1 }
    }

    private var now: Duration { began.duration(to: .now) }

    /// Until no process is left.
    package func run() -> Supervision.Outcome {
        defer { monitor.stop() }
        var events: [Supervision.Event] = [.tick]
        while true {
            for event in events {
                if let outcome = perform(machine.handle(event, at: now)) { return outcome }
            }
            startHeldSource()
            wait()
            events = endings + reap() + wishes() + [.tick]
            endings = []
            show()
        }
    }

    // MARK: Actions

    private func perform(_ actions: [Supervision.Action]) -> Supervision.Outcome? {
        for action in actions {
            switch action {
            case .start(let name, let draining): start(name, draining: draining)
            case .say(let text): view.say(text)
            case .terminate(let name): end(name, SIGTERM)
            case .kill(let name): end(name, SIGKILL)
            case .end(let outcome): return outcome
            }
        }
        return nil
    }

    private func start(_ name: String, draining: Bool) {
        guard let stage = stages[name] else { return }
        switch stage.role {
        case .audit: audit.start(monitor.places)
        case .source where plan.count != nil: heldSource = (draining, monitor.figures.round)
        default: start(stage, draining: draining, remaining: nil)
        }
    }

    private func start(_ stage: StagePlan, draining: Bool, remaining: Int64?) {
        let name = stage.name
        do {
            let commands = plan.commands(of: stage, draining: draining, remaining: remaining)
            processes[name] = try StageProcess(commands, inheritance)
            // A source that is started again goes on from now.
            if stage.role == .source { plan.history = nil }
            view.detail("\(name): \(commands.map { $0.dropFirst().joined(separator: " ") }.joined(separator: " | "))")
        } catch {
            view.say(error.message)
            endings.append(.ended(name, status: ExitStatus.failed))
        }
    }

    /// What has no process, such as a source that is still held, ends at once.
    private func end(_ name: String, _ signal: Int32) {
        if isStage(name, .source) { heldSource = nil }
        if let process = processes[name] {
            process.signal(signal)
        } else {
            endings.append(.ended(name, status: 128 + signal))
        }
    }

    /// A source that counts starts once the log has been looked at since: it is told how many are left.
    private func startHeldSource() {
        let figures = monitor.figures
        guard let held = heldSource, let count = plan.count, figures.sawLog, figures.round >= held.since + 2 else {
            return
        }
        heldSource = nil
        let before = baseline ?? figures.books.produced
        baseline = before
        let remaining = max(0, count - (figures.books.produced - before))
        guard let source = stages.values.first(where: { $0.role == .source }) else { return }
        start(source, draining: held.draining, remaining: remaining)
    }

    // MARK: Events

    /// Waits for words or an end of a stage, or for a signal, and hands the words on.
    private func wait() {
        var set = [pollfd(fd: isAsked ? -1 : stop.descriptor, events: Int16(POLLIN), revents: 0)]
        set += processes.values.flatMap(\.pollers)
        _ = poll(&set, nfds_t(set.count), 100)
        for (name, process) in processes { hear(process, name) }
    }

    private func isStage(_ name: String, _ role: StagePlan.Role) -> Bool { stages[name]?.role == role }

    private func hear(_ process: StageProcess, _ name: String, isAtEnd: Bool = false) {
        for event in process.events() {
            switch event {
            case .ready: endings.append(.ready(name))
            case .doing(let what): jobNotes[name] = what
            case .warning(let what): warnings[name] = what
            }
        }
        tell(process.lines(isAtEnd: isAtEnd), of: name)
    }

    private func tell(_ lines: [String], of name: String) {
        for line in lines where !line.isEmpty {
            lastWords[name] = (lastWords[name] ?? []).suffix(1) + [line]
            view.tell(line, of: name)
        }
    }

    /// The log can be looked at once its topics are there.
    private func startMonitor() {
        guard !isMonitoring else { return }
        isMonitoring = true
        monitor.start(every: .milliseconds(250))
    }

    private func reap() -> [Supervision.Event] {
        var events: [Supervision.Event] = []
        for (name, process) in processes {
            guard let status = process.reap() else { continue }
            hear(process, name, isAtEnd: true)
            processes[name] = nil
            if isStage(name, .topics), status == 0 { startMonitor() }
            events.append(.ended(name, status: isReplaced(name) ? ExitStatus.usage : status))
        }
        if let status = audit.ending() {
            events += stages.values.filter { $0.role == .audit }.map { .ended($0.name, status: status) }
        }
        return events
    }

    /// Whether somebody else has taken the broker's place: the stages would go on with a log that is not theirs.
    private func isReplaced(_ name: String) -> Bool {
        guard isStage(name, .broker), let listen = plan.listen, listen.answers() else { return false }
        view.say("something else listens on \(listen) now; choose another port with --listen")
        return true
    }

    /// What people and the clock ask for.
    private func wishes() -> [Supervision.Event] {
        if force.isRequested { return [.force] }
        if stop.isRequested, !isAsked {
            isAsked = true
            view.say("stopping; Ctrl-C again forces")
            return [.stop]
        }
        if let timeLimit, now >= timeLimit, !hasFinished {
            hasFinished = true
            view.say("the time is over; storing what is left")
            return [.finish]
        }
        return []
    }

    // MARK: What is shown

    private func show() {
        let snapshot = snapshot()
        view.show(snapshot)
        share(snapshot)
    }

    private func snapshot() -> PipelineSnapshot {
        let figures = monitor.figures
        rates.add(figures.books, at: now)
        var snapshot = PipelineSnapshot()
        snapshot.elapsed = now
        snapshot.title = "data in \(plan.folder)"
        snapshot.books = figures.books
        snapshot.latest = figures.latest
        (snapshot.alarmCount, snapshot.alarms) = (figures.alarmCount, figures.alarms)
        snapshot.stages = machine.stages.filter(\.isWorthShowing).map {
            row(of: $0, figures.books)
        }
        return snapshot
    }

    private func row(of stage: Supervision.Stage, _ books: PipelineBooks) -> PipelineSnapshot.Stage {
        var row = PipelineSnapshot.Stage(
            name: stage.plan.name, state: stage.word, restarts: stage.restarts)
        row.pids = processes[stage.plan.name]?.pids ?? []
        switch stage.plan.role {
        case .broker: row.note = plan.brokers
        case .topics, .audit: break
        case .page: row.note = jobNotes[stage.plan.name] ?? ""
        case .alarms: row.note = warnings[stage.plan.name] ?? jobNotes[stage.plan.name] ?? ""
        case .alarmView(let topic, let table): row.note = "\(topic) into \(table)"
        case .source:
            (row.rate, row.total, row.unit) = (rates.produced, books.produced, "readings")
            row.note = plan.sourceNote
        case .sink:
            (row.rate, row.total, row.unit) = (rates.windows, books.windows, "windows")
            row.note = plan.store.name
        case .job:
            (row.rate, row.lag) = (rates.settled, max(0, books.open))
            (row.total, row.unit) = (books.stored + books.late + books.dead, "readings")
            row.note = warnings[stage.plan.name] ?? jobNotes[stage.plan.name] ?? ""
        }
        return row
    }

    /// The environment of the stages: this one's, without what is meant for the supervisor alone. Their words are for
    /// its view, which decides what is shown.
    private static func environment() -> [String] {
        var words: [String] = []
        var entry = environ
        while let word = entry.pointee {
            let text = String(cString: word)
            let own = ["KAPPA_DATA=", "KAPPA_LISTEN=", "KAPPA_COUNT=", "KAPPA_RATE=", "KAPPA_METRICS=", "KAPPA_QUIET="]
            if !own.contains(where: text.hasPrefix) {
                words.append(text)
            }
            entry += 1
        }
        return words + ["KAPPA_QUIET=false"]
    }
}

extension Supervision.Stage {
    /// A task that is done, and an audit that has not begun, are of no interest.
    var isWorthShowing: Bool {
        switch plan.kind {
        case .task: state != .done
        case .audit: isDraining
        case .service, .source: true
        }
    }

    package var word: String {
        switch state {
        case .waiting: "waiting"
        case .starting: "starting"
        case .running: isDraining ? "draining" : "running"
        case .resting: "resting"
        case .stopping: "stopping"
        case .done: "done"
        }
    }
}

extension PipelinePlan {
    var sourceNote: String {
        switch source {
        case .simulate: count.map { "simulated, until \($0.grouped)" } ?? "simulated site"
        case .http(let words): words.first { $0.hasPrefix("http") }.map(HTTPClient.withoutSecrets) ?? ""
        case .none: ""
        }
    }

    /// The first lines of a run: where everything is, and whose brokers they are.
    package var opening: [String] {
        let place = "the pipeline's data is in \(folder); its log at \(brokers), its view in \(store.name)"
        guard let brokersOrigin else { return [place] }
        let writes = source == .none ? "; nothing is produced to them (--source simulate would)" : ""
        return ["using the brokers \(brokers) (from \(brokersOrigin))\(writes)", place]
    }
}
