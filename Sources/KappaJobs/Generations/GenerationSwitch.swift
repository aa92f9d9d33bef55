package import KappaCore
package import KappaKafka
package import KappaStores

/// Moves the stable names to another generation. Each step is whole by itself and may be taken twice.
package struct GenerationSwitch {
    /// What a switch insists on.
    package struct Rules {
        /// Somebody has compared the generation with the active one.
        package var isCompared = true
        /// It has caught up with the active one, and so has the store.
        package var hasCaughtUp = true

        package init(isCompared: Bool = true, hasCaughtUp: Bool = true) {
            self.isCompared = isCompared
            self.hasCaughtUp = hasCaughtUp
        }
    }

    private let control: ControlLog
    private let store: GenerationStore?
    private let voice: Voice
    private let stop: StopSignal

    /// - Parameter store: nil moves the topics' pointer alone.
    package init(_ control: ControlLog, _ store: GenerationStore?, voice: Voice, stop: StopSignal) {
        self.control = control
        self.store = store
        self.voice = voice
        self.stop = stop
    }

    /// The pointer decides: before it nothing has happened, after it the store follows, whoever has to see to that.
    ///
    /// - Parameter isBack: to where it came from; nothing is compared.
    package func move(to number: Int, _ rules: Rules, isBack: Bool = false) throws {
        let generation = try control.generation(number)
        let live = try control.generation(control.pointer.live)
        let opened = try store.map { (try $0.open(for: .writing), $0.target(number)) }
        if !isBack, number != live.number { try check(generation, live, rules) }
        if let (store, target) = opened { try check(store, target, generation, rules) }
        if !isBack, number != live.number { tellChanges(generation) }
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
        if let (store, target) = opened { pointer.showing = try intent(store, target) ?? pointer.showing }
        if pointer != control.pointer { try control.write(pointer) }
        FailPoint.pass(.switchPointed)
        if let (store, target) = opened { try GenerationSwitch.show(target, in: store, control) }
        voice.note(
            "generation \(number) of '\(control.job)' is active" + (opened.map { ", and \($0.0.name) shows it" } ?? ""))
    }

    /// What readers will see otherwise, as the last comparison found it.
    private func tellChanges(_ generation: Generation) {
        guard let count = generation.changedSensors, let time = generation.comparedAt else { return }
        let sensors = count == 1 ? "1 sensor differs" : "\(count) sensors differ"
        voice.note("\(sensors), as compared at \(Timestamp(milliseconds: time))\(count == 0 ? "" : ":")")
        for line in generation.changes { voice.note("  \(line)") }
        guard count > generation.changes.count else { return }
        voice.note("  and \(count - Int64(generation.changes.count)) more: 'kappa replay diff --sensors' lists them")
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
    package static func finish(_ control: ControlLog, _ store: GenerationStore?, voice: Voice) throws -> Bool {
        guard control.pointer.showing != nil else { return false }
        return try finish(control, in: try store?.open(for: .writing), voice)
    }

    /// The same for the store of a sink that begins.
    package static func finish(_ kafka: KafkaConfiguration, _ address: StoreAddress, voice: Voice) throws {
        let account = try ControlAccount.read(kafka, try KafkaClient(kafka))
        for pointer in account?.unfinished ?? [] {
            try finish(try ControlLog(pointer.job, kafka), in: try address.open(for: .writing), voice)
        }
    }

    @discardableResult
    private static func finish(
        _ control: ControlLog, in given: (any ViewStore)?, _ voice: Voice
    ) throws -> Bool {
        guard let intent = control.pointer.showing else { return false }
        let live = control.pointer.live
        let what =
            "the switch to generation \(live) of '\(control.job)' was interrupted before \(intent.store) showed it"
        guard let store = given,
            case let target = ViewTarget(view: try ViewName(word: intent.view), generation: live),
            try store.status(of: target).identity == intent.identity
        else {
            voice.warning(what)
            voice.note("the next command with this --store finishes it, 'kappa replay list' too")
            return false
        }
        try control.beginWriting()
        try show(target, in: store, control)
        voice.note("\(what); it does now")
        return true
    }

    private func check(_ generation: Generation, _ live: Generation, _ rules: Rules) throws {
        guard generation.comparedAt != nil || generation.number == 1 || !rules.isCompared else {
            throw JobFailure(
                "generation \(generation.number) has not been compared with generation \(live.number)",
                hint: "'kappa replay diff' compares them; --without-diff switches all the same")
        }
        guard rules.hasCaughtUp else { return }
        let wanted = try GenerationPlaces(live, control.client).inputs
        try wait(for: generation) {
            let now = try GenerationPlaces(generation, control.client)
            for place in wanted {
                let reached = now.inputs.first { $0.at == place.at }?.position ?? 0
                guard reached < place.position else { continue }
                return JobFailure(
                    "\(place.at): generation \(generation.number) is at \(reached), not yet at \(place.position)",
                    hint: "'kappa replay start' lets it catch up; --behind switches all the same")
            }
            return nil
        }
    }

    /// Asks until nothing stands in the way. Where the generation runs it may still come, otherwise it will not.
    private func wait(for generation: Generation, _ obstacle: () throws -> JobFailure?) throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while let failure = try obstacle() {
            let isRunning = try control.client.describeGroups([generation.group]).contains(where: \.isActive)
            guard isRunning, ContinuousClock.now < deadline else { throw failure }
            if stop.wait(.milliseconds(100)) { try stop.throwIfRequested() }
        }
    }

    /// The table has to hold what the topics hold just now.
    private func check(
        _ store: any ViewStore, _ target: ViewTarget, _ generation: Generation, _ rules: Rules
    ) throws {
        if case .missing = try store.status(of: target).state {
            throw JobFailure(
                "\(store.name) has no table '\(target.tableName)'",
                hint: "'kappa replay start --generation \(generation.number) --store …' fills it")
        }
        guard generation.number > 1, rules.hasCaughtUp else { return }
        var ends: [TopicPartition: Int64] = [:]
        for at in try generation.topics.flatMap(control.client.partitions) {
            ends[at] = try control.client.watermarks(at).high
        }
        try wait(for: generation) {
            let positions = try store.positions(of: target)
            // Alarms and their history fill a table each.
            let topics = generation.moment == nil ? nil : Set(positions.map(\.source.topic))
            for (at, end) in ends where end > 0 && topics?.contains(at.topic) != false {
                let stored = positions.first { $0.source.topic == at.topic && $0.source.partition == at.partition }
                guard (stored?.nextOffset ?? 0) < end else { continue }
                return JobFailure(
                    "\(store.name): '\(target.tableName)' holds \(at) up to \(stored?.nextOffset ?? 0) of \(end)",
                    hint: "'kappa replay start --store …' fills it; --behind switches all the same")
            }
            return nil
        }
    }
}
