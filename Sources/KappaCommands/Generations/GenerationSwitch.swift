import KappaCore
import KappaJobs
import KappaKafka
import KappaStores
import KappaTerminal

/// Moves the stable names to another generation. Each step is whole by itself and may be taken twice.
struct GenerationSwitch {
    private let control: ControlLog
    private let context: CommandContext

    init(_ control: ControlLog, _ context: CommandContext) {
        self.control = control
        self.context = context
    }

    /// The pointer decides: before it nothing has happened, after it the store follows, whoever has to see to that.
    func move(to number: Int, isChecked: Bool, isBack: Bool = false) throws {
        let generation = try control.generation(number)
        let live = try control.generation(control.pointer.live)
        let store = try GenerationOptions.store(context, .writing)
        let target = try GenerationOptions.target(context, number)
        if isChecked, number != live.number { try check(generation, live) }
        if let store { try check(store, target, generation) }
        FailPoint.pass(.switchChecked)
        try control.beginWriting()
        var pointer = control.pointer
        if number != live.number {
            // What has closed until now was heard from the old one; what closes later is the new one's.
            let from = try GenerationPlaces(live, control.client).closedUpTo.values.min()
            pointer = GenerationPointer(
                job: control.job, live: number, previous: live.number, from: from,
                switchedAt: Timestamp.now.milliseconds, isBack: isBack, showing: pointer.showing)
        }
        if let store { pointer.showing = try intent(store, target) ?? pointer.showing }
        if pointer != control.pointer { try control.write(pointer) }
        FailPoint.pass(.switchPointed)
        if let store { try GenerationSwitch.show(target, in: store, control) }
        context.messages.note(
            "generation \(number) of '\(control.job)' is active" + (store.map { ", and \($0.name) shows it" } ?? ""))
    }

    private func intent(_ store: any ViewStore, _ target: ViewTarget) throws -> ShownIntent? {
        let identity = try store.status(of: target).identity
        return identity.map { ShownIntent(store: store.name, view: target.view.description, identity: $0) }
    }

    /// Lets the store show what the pointer says, and takes the intent back. Where another command has taken over
    /// meanwhile, what it decided is shown.
    private static func show(_ target: ViewTarget, in store: any ViewStore, _ control: ControlLog) throws {
        try store.show(target)
        FailPoint.pass(.switchShown)
        var done = control.pointer
        done.showing = nil
        guard done != control.pointer else { return }
        do {
            try control.write(done)
        } catch is JobFailure {
            try control.read()
            guard control.pointer.live != target.generation else { return }
            try store.show(ViewTarget(view: target.view, generation: control.pointer.live, shape: target.shape))
        }
    }

    /// Finishes a switch that was interrupted before its store showed it. Where that store is not at hand it says what
    /// is left to do.
    @discardableResult
    static func finish(_ control: ControlLog, _ context: CommandContext) throws -> Bool {
        guard control.pointer.showing != nil else { return false }
        return try finish(control, try GenerationOptions.store(context, .writing), context)
    }

    /// The same for the store of a sink that begins.
    package static func finish(
        _ kafka: KafkaConfiguration, _ address: StoreAddress, _ context: CommandContext
    ) throws {
        let account = try ControlAccount.read(kafka, try KafkaClient(kafka))
        for pointer in account?.unfinished ?? [] {
            try finish(try ControlLog(pointer.job, kafka), try address.open(for: .writing), context)
        }
    }

    @discardableResult
    private static func finish(
        _ control: ControlLog, _ given: (any ViewStore)?, _ context: CommandContext
    ) throws -> Bool {
        guard let intent = control.pointer.showing else { return false }
        let live = control.pointer.live
        let what =
            "the switch to generation \(live) of '\(control.job)' was interrupted before \(intent.store) showed it"
        guard let store = given,
            case let target = ViewTarget(view: try ViewName(word: intent.view), generation: live),
            try store.status(of: target).identity == intent.identity
        else {
            context.messages.warning(what)
            context.messages.note("the next command with this --store finishes it, 'kappa replay list' too")
            return false
        }
        try control.beginWriting()
        try show(target, in: store, control)
        context.messages.note("\(what); it does now")
        return true
    }

    private func check(_ generation: Generation, _ live: Generation) throws {
        guard generation.comparedAt != nil || generation.number == 1 || context[ReplaySwitchCommand.withoutDiff] else {
            throw CommandFailure(
                "nobody has compared generation \(generation.number) with generation \(live.number)",
                hint: "'kappa replay diff' does; --without-diff goes on without it")
        }
        guard !context[ReplaySwitchCommand.behind] else { return }
        let wanted = try GenerationPlaces(live, control.client).inputs
        try wait(for: generation) {
            let now = try GenerationPlaces(generation, control.client)
            for place in wanted {
                let reached = now.inputs.first { $0.at == place.at }?.position ?? 0
                guard reached < place.position else { continue }
                return CommandFailure(
                    "\(place.at): generation \(generation.number) is at \(reached), not yet at \(place.position)",
                    hint: "'kappa replay start' lets it catch up; --behind switches all the same")
            }
            return nil
        }
    }

    /// Asks until nothing stands in the way. Where the generation runs it may still come, otherwise it will not.
    private func wait(for generation: Generation, _ obstacle: () throws -> CommandFailure?) throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while let failure = try obstacle() {
            let isRunning = try control.client.describeGroups([generation.group]).contains(where: \.isActive)
            guard isRunning, ContinuousClock.now < deadline else { throw failure }
            if context.stop.wait(.milliseconds(100)) { try context.stop.throwIfRequested() }
        }
    }

    /// The table has to hold what the topics hold just now.
    private func check(_ store: any ViewStore, _ target: ViewTarget, _ generation: Generation) throws {
        if case .missing = try store.status(of: target).state {
            throw CommandFailure(
                "\(store.name) has no table '\(target.tableName)'",
                hint: "'kappa replay start --generation \(generation.number) --store …' fills it")
        }
        guard generation.number > 1, !context[ReplaySwitchCommand.behind] else { return }
        var ends: [TopicPartition: Int64] = [:]
        for at in try generation.topics.flatMap(control.client.partitions) {
            ends[at] = try control.client.watermarks(at).high
        }
        try wait(for: generation) {
            let positions = try store.positions(of: target)
            for (at, end) in ends where end > 0 {
                let stored = positions.first { $0.source.topic == at.topic && $0.source.partition == at.partition }
                guard (stored?.nextOffset ?? 0) < end else { continue }
                return CommandFailure(
                    "\(store.name): '\(target.tableName)' holds \(at) up to \(stored?.nextOffset ?? 0) of \(end)",
                    hint: "'kappa replay start --store …' fills it; --behind switches all the same")
            }
            return nil
        }
    }
}
