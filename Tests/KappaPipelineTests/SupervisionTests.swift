import Testing

@testable import KappaPipeline

@Suite struct SupervisionTests {
    static let plans = [
        StagePlan(name: "broker", role: .broker),
        StagePlan(name: "topics", role: .topics, needs: ["broker"]),
        StagePlan(name: "source", role: .source, needs: ["broker", "topics"]),
        StagePlan(name: "process", role: .job, needs: ["broker", "topics"]),
        StagePlan(name: "sink", role: .sink, needs: ["broker", "topics"]),
    ]

    /// A run with a clock that the test turns.
    struct Run {
        var machine = Supervision(SupervisionTests.plans)
        var now = Duration.zero

        mutating func send(_ event: Supervision.Event, after time: Duration = .zero) -> [Supervision.Action] {
            now += time
            let actions = machine.handle(event, at: now)
            return actions.filter { if case .say = $0 { false } else { true } }
        }

        /// Everything started and running.
        static var running: Run {
            var run = Run()
            _ = run.send(.tick)
            _ = run.send(.ready("broker"))
            _ = run.send(.ended("topics", status: 0))
            _ = run.send(.ready("process"))
            return run
        }

        func state(_ name: String) -> Supervision.Stage.State? {
            machine.stages.first { $0.plan.name == name }?.state
        }
    }

    @Test func stagesStartWhenWhatTheyNeedIsReady() {
        var run = Run()
        #expect(run.send(.tick) == [.start("broker", draining: false)])
        #expect(run.send(.tick, after: .seconds(1)) == [])
        #expect(run.send(.ready("broker")) == [.start("topics", draining: false)])
        let rest: [Supervision.Action] = ["source", "process", "sink"].map { .start($0, draining: false) }
        #expect(run.send(.ended("topics", status: 0)) == rest)
    }

    @Test func whatDiesStartsAgainLaterAndLater() {
        var run = Run.running
        var pauses: [Duration] = []
        for _ in 0..<7 {
            #expect(run.send(.ended("process", status: 137), after: .seconds(1)) == [])
            guard case .resting(let until) = run.state("process") else {
                Issue.record("it does not rest")
                return
            }
            pauses.append(until - run.now)
            #expect(run.send(.tick, after: until - run.now) == [.start("process", draining: false)])
        }
        #expect(pauses.map { $0 / .milliseconds(500) } == [1, 2, 4, 8, 16, 30, 30])
    }

    @Test func whatIsNotReadyForLongIsToldOnce() {
        var run = Run()
        func said(_ time: Duration) -> [Supervision.Action] {
            run.now += time
            return run.machine.handle(.tick, at: run.now)
        }
        #expect(said(.zero) == [.start("broker", draining: false)])
        #expect(said(.seconds(29)) == [])
        #expect(said(.seconds(1)) == [.say("broker is not ready after 30s; still waiting for it")])
        #expect(said(.seconds(60)) == [])
        #expect(run.send(.ready("broker")) == [.start("topics", draining: false)])
    }

    @Test func aLongRunForgetsEarlierDeaths() {
        var backOff = RestartDelay()
        #expect(backOff.afterFailure(having: .seconds(1)) == .milliseconds(500))
        #expect(backOff.afterFailure(having: .seconds(29)) == .seconds(1))
        #expect(backOff.afterFailure(having: .seconds(30)) == .milliseconds(500))
    }

    @Test func aBrokerThatDiesLeavesTheOthersRunning() {
        var run = Run.running
        #expect(run.send(.ended("broker", status: 139)) == [])
        #expect(run.send(.tick, after: .milliseconds(500)) == [.start("broker", draining: false)])
        #expect(run.state("process") == .running)
    }

    @Test func aSourceAtItsEndIsDrainedThroughEveryStage() {
        var run = Run.running
        #expect(run.send(.ended("source", status: 0)) == [.terminate("process")])
        #expect(run.send(.ended("process", status: 143)) == [.start("process", draining: true)])
        #expect(run.send(.ended("process", status: 0)) == [.terminate("sink")])
        #expect(run.send(.ended("sink", status: 143)) == [.start("sink", draining: true)])
        #expect(run.send(.ended("sink", status: 0)) == [.terminate("broker")])
        #expect(run.send(.ended("broker", status: 143)) == [.end(.drained)])
    }

    @Test func aDrainThatFailsIsTriedAgain() {
        var run = Run.running
        _ = run.send(.ended("source", status: 0))
        _ = run.send(.ended("process", status: 143))
        #expect(run.send(.ended("process", status: 3)) == [])
        #expect(run.send(.tick, after: .milliseconds(500)) == [.start("process", draining: true)])
    }

    @Test func aStageThatRestsWhenItsDrainComesStartsAtOnce() {
        var run = Run.running
        _ = run.send(.ended("process", status: 1))
        #expect(run.send(.ended("source", status: 0)) == [.start("process", draining: true)])
    }

    @Test func theTimeIsOver() {
        var run = Run.running
        #expect(run.send(.finish) == [.terminate("source")])
        #expect(run.send(.ended("source", status: 143)) == [.terminate("process")])
    }

    @Test func stoppingGoesAgainstTheNeeds() {
        var run = Run.running
        #expect(run.send(.stop) == [.terminate("source"), .terminate("process"), .terminate("sink")])
        _ = run.send(.ended("source", status: 143))
        #expect(run.send(.ended("process", status: 143)) == [])
        #expect(run.send(.ended("sink", status: 0)) == [.terminate("broker")])
        #expect(run.send(.ended("broker", status: 0)) == [.end(.stopped)])
        #expect(run.send(.tick, after: .seconds(9)) == [])
    }

    @Test func whatDoesNotStopIsKilled() {
        var run = Run.running
        _ = run.send(.stop)
        #expect(run.send(.tick, after: .seconds(9)) == [])
        #expect(run.send(.tick, after: .seconds(1)) == ["source", "process", "sink"].map { .kill($0) })
    }

    @Test func forceKillsWhateverLives() {
        var run = Run.running
        _ = run.send(.stop)
        _ = run.send(.ended("source", status: 143))
        #expect(run.send(.force) == [.kill("broker"), .kill("process"), .kill("sink")])
        for name in ["process", "sink"] { _ = run.send(.ended(name, status: 137)) }
        #expect(run.send(.ended("broker", status: 137)) == [.end(.stopped)])
    }

    @Test func aStageThatCanNeverRunEndsThePipeline() {
        var run = Run.running
        #expect(run.send(.ended("sink", status: 2)) == [.terminate("source"), .terminate("process")])
        _ = run.send(.ended("source", status: 143))
        _ = run.send(.ended("process", status: 143))
        #expect(run.send(.ended("broker", status: 143)) == [.end(.failed("sink", status: 2))])
    }

    @Test func stoppingBeforeAnythingRunsEndsAtOnce() {
        var run = Run()
        #expect(run.send(.stop) == [.end(.stopped)])
    }

    /// Whatever happens in whatever order, a run that is stopped ends, and nothing starts after that.
    @Test(arguments: 1...300)
    func everyStoppedRunEnds(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % sides
        }
        var run = Run()
        var isStopped = false
        for step in 0..<400 {
            let alive = run.machine.stages.filter(\.isAlive).map(\.plan.name)
            var event = Supervision.Event.tick
            if step == 100 + roll(100), !isStopped { event = .finish }
            if step == 300 {
                event = .stop
                isStopped = true
            } else if !alive.isEmpty, roll(2) == 0 {
                let name = alive[roll(alive.count)]
                event = roll(3) == 0 ? .ready(name) : .ended(name, status: [0, 1, 137, 143][roll(4)])
            }
            let wasOver = run.machine.phase == .over
            let actions = run.send(event, after: .milliseconds(roll(900)))
            if wasOver || isStopped {
                let starts = actions.filter { if case .start = $0 { true } else { false } }
                #expect(starts.isEmpty)
            }
        }
        #expect(run.machine.phase == .over)
        let alive = run.machine.stages.filter(\.isAlive)
        #expect(alive.isEmpty)
    }
}
