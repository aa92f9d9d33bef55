import KappaCore

/// Keeps a pipeline's stages running, drains them, stops them: a pure machine.
///
/// Events and times go in, actions come out; the `Supervisor` at its edge owns the processes and the clock. Times are
/// spans since the start of the run.
package struct Supervision: Equatable {
    package enum Event: Equatable {
        /// Some time has gone by.
        case tick
        /// A server can be used.
        case ready(String)
        /// A process has ended: its exit status, or 128 and the signal.
        case ended(String, status: Int32)
        /// The time is over: end the source, drain, stop.
        case finish
        /// Stop without draining.
        case stop
        /// Kill what is left.
        case force
    }

    package enum Action: Equatable {
        case start(String, draining: Bool)
        case terminate(String)
        case kill(String)
        case say(String)
        /// No process is left.
        case end(Outcome)
    }

    package enum Outcome: Equatable {
        /// All that the source produced has gone through every stage.
        case drained
        /// It was asked to stop.
        case stopped
        /// A stage can never run: its name and its status.
        case failed(String, status: Int32)
    }

    enum Phase: Equatable {
        case running
        /// The source is at its end; these are still to be drained, the first of them now.
        case draining([String])
        case stopping(Outcome)
        case over
    }

    package struct Stage: Equatable {
        package enum State: Equatable {
            case waiting
            case starting
            case running
            case resting(until: Duration)
            case stopping(deadline: Duration, isKilled: Bool)
            case done
        }

        package let plan: StagePlan
        package var state = State.waiting
        var isDraining = false
        package var since = Duration.zero
        package var restarts = 0
        package var backOff = RestartDelay()
        /// It was told that the stage is slow to get ready.
        var isKnownAsSlow = false

        var isAlive: Bool {
            switch state {
            case .starting, .running, .stopping: true
            case .waiting, .resting, .done: false
            }
        }
    }

    /// So long a stage may take to get ready before that is told.
    static let slowStart = Duration.seconds(30)

    package private(set) var stages: [Stage]
    private(set) var phase = Phase.running

    package init(_ plans: [StagePlan]) {
        stages = plans.map { Stage(plan: $0) }
    }

    package mutating func handle(_ event: Event, at now: Duration) -> [Action] {
        var actions: [Action] = []
        switch event {
        case .tick: break
        case .ready(let name): ready(name, now)
        case .ended(let name, let status): ended(name, status, now, &actions)
        case .finish: finish(&actions)
        case .stop: beginStopping(.stopped)
        case .force: force(&actions)
        }
        advance(now, &actions)
        return actions
    }

    // MARK: Events

    private mutating func ready(_ name: String, _ now: Duration) {
        guard let index = index(of: name), stages[index].state == .starting else { return }
        stages[index].state = .running
    }

    private mutating func ended(_ name: String, _ status: Int32, _ now: Duration, _ actions: inout [Action]) {
        guard let index = index(of: name) else { return }
        let stage = stages[index]
        if case .stopping = stage.state {
            // A source that was told to stop has done its part; what stops in order to drain starts again.
            stages[index].state = isDraining(name) ? .waiting : .done
            return
        }
        if case .stopping = phase {
            stages[index].state = .done
        } else if status == 0, stage.plan.kind == .task || stage.plan.kind == .source || stage.isDraining {
            stages[index].state = .done
            completed(index)
        } else if status == ExitStatus.usage {
            actions.append(.say("\(name) cannot run: it ended with status \(status)"))
            stages[index].state = .done
            beginStopping(.failed(name, status: status))
        } else {
            rest(index, status, now, &actions)
        }
    }

    /// Something ended as it should.
    private mutating func completed(_ index: Int) {
        if stages[index].plan.kind == .source {
            phase = .draining(stages.filter(\.plan.drains).map(\.plan.name))
        } else if case .draining(let names) = phase {
            phase = .draining(names.filter { $0 != stages[index].plan.name })
        }
    }

    private mutating func rest(_ index: Int, _ status: Int32, _ now: Duration, _ actions: inout [Action]) {
        let stage = stages[index]
        let pause = stages[index].backOff.afterFailure(having: now - stages[index].since)
        stages[index].state = .resting(until: now + pause)
        stages[index].restarts += 1
        let what = stage.plan.name + " " + Supervision.words(for: status)
        let when = stage.state == .starting ? " before it was ready" : ""
        actions.append(.say("\(what)\(when); starting it again in \(pause.word)"))
    }

    /// The source, told to stop, is followed by the drain.
    private mutating func finish(_ actions: inout [Action]) {
        guard phase == .running else { return }
        guard stages.contains(where: { $0.plan.drains }) else { return beginStopping(.drained) }
        phase = .draining(stages.filter(\.plan.drains).map(\.plan.name))
    }

    private mutating func beginStopping(_ outcome: Outcome) {
        switch phase {
        case .running, .draining: phase = .stopping(outcome)
        case .stopping, .over: break
        }
    }

    private mutating func force(_ actions: inout [Action]) {
        beginStopping(.stopped)
        for index in stages.indices where stages[index].isAlive {
            stages[index].state = .stopping(deadline: .zero, isKilled: true)
            actions.append(.kill(stages[index].plan.name))
        }
    }

    // MARK: What the time and the phase ask for

    private mutating func advance(_ now: Duration, _ actions: inout [Action]) {
        killTheSlow(now, &actions)
        tellOfTheUnready(now, &actions)
        switch phase {
        case .running: startTheReady(now, &actions)
        case .draining: drain(now, &actions)
        case .stopping: stopTheUnneeded(now, &actions)
        case .over: break
        }
    }

    private mutating func killTheSlow(_ now: Duration, _ actions: inout [Action]) {
        for index in stages.indices {
            guard case .stopping(let deadline, isKilled: false) = stages[index].state, now >= deadline else { continue }
            stages[index].state = .stopping(deadline: deadline, isKilled: true)
            actions.append(.say("\(stages[index].plan.name) does not stop; killing it"))
            actions.append(.kill(stages[index].plan.name))
        }
    }

    /// What never gets ready would be waited for without a word.
    private mutating func tellOfTheUnready(_ now: Duration, _ actions: inout [Action]) {
        for index in stages.indices
        where stages[index].state == .starting && !stages[index].isKnownAsSlow
            && now - stages[index].since >= Supervision.slowStart
        {
            stages[index].isKnownAsSlow = true
            let name = stages[index].plan.name
            actions.append(.say("\(name) is not ready after \(Supervision.slowStart.word); still waiting for it"))
        }
    }

    private mutating func startTheReady(_ now: Duration, _ actions: inout [Action]) {
        for index in stages.indices where isDue(index, now) { start(index, now, &actions) }
    }

    private func isDue(_ index: Int, _ now: Duration) -> Bool {
        switch stages[index].state {
        case .waiting where stages[index].plan.kind == .audit && !stages[index].isDraining: false
        case .waiting: stages[index].plan.needs.allSatisfy(isReady)
        case .resting(let until): now >= until
        case .starting, .running, .stopping, .done: false
        }
    }

    private func isReady(_ name: String) -> Bool {
        guard let stage = stages.first(where: { $0.plan.name == name }) else { return true }
        // What has drained and ended has given all that whoever needs it waits for.
        let hasGivenAll = stage.state == .done && (stage.plan.kind == .task || stage.isDraining)
        return hasGivenAll || stage.plan.kind != .task && stage.state == .running
    }

    private mutating func start(_ index: Int, _ now: Duration, _ actions: inout [Action]) {
        stages[index].state = stages[index].plan.tellsWhenReady ? .starting : .running
        stages[index].since = now
        stages[index].isKnownAsSlow = false
        actions.append(.start(stages[index].plan.name, draining: stages[index].isDraining))
    }

    /// The source ends first; then the stages drain one after the other, each from a fresh start.
    private mutating func drain(_ now: Duration, _ actions: inout [Action]) {
        for index in stages.indices where stages[index].plan.kind == .source { end(index, now, &actions) }
        let isSourceOver = stages.allSatisfy { $0.plan.kind != .source || !$0.isAlive }
        guard case .draining(let names) = phase else { return }
        guard !names.isEmpty else {
            phase = .stopping(.drained)
            return stopTheUnneeded(now, &actions)
        }
        for index in stages.indices where stages[index].plan.kind != .source {
            let isNext = isSourceOver && stages[index].plan.name == names.first
            if isNext, !stages[index].isDraining {
                stages[index].isDraining = true
                stages[index].backOff = RestartDelay()
                if stages[index].isAlive { stop(index, now, &actions) } else { stages[index].state = .waiting }
            }
            if isDue(index, now) { start(index, now, &actions) }
        }
    }

    /// Nothing is stopped while something that needs it is alive.
    private mutating func stopTheUnneeded(_ now: Duration, _ actions: inout [Action]) {
        for index in stages.indices {
            let name = stages[index].plan.name
            guard !stages.contains(where: { $0.isAlive && $0.plan.needs.contains(name) }) else { continue }
            end(index, now, &actions)
        }
        guard case .stopping(let outcome) = phase, !stages.contains(where: \.isAlive) else { return }
        phase = .over
        actions.append(.end(outcome))
    }

    /// Stops what runs; what does not run, will not.
    private mutating func end(_ index: Int, _ now: Duration, _ actions: inout [Action]) {
        switch stages[index].state {
        case .starting, .running: stop(index, now, &actions)
        case .waiting, .resting: stages[index].state = .done
        case .stopping, .done: break
        }
    }

    private mutating func stop(_ index: Int, _ now: Duration, _ actions: inout [Action]) {
        stages[index].state = .stopping(deadline: now + stages[index].plan.patience, isKilled: false)
        actions.append(.terminate(stages[index].plan.name))
    }

    private func isDraining(_ name: String) -> Bool {
        guard case .draining(let names) = phase else { return false }
        return names.first == name
    }

    private func index(of name: String) -> Int? { stages.firstIndex { $0.plan.name == name } }

    package static func words(for status: Int32) -> String {
        status > 128 ? "was ended by signal \(status - 128)" : "ended with status \(status)"
    }
}
