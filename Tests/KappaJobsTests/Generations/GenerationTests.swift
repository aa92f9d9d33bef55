import KappaCore
import KappaKafka
import KappaSQLite
import KappaStores
import KappaStreams
import KappaTestSupport
import Testing

@testable import KappaJobs

/// Generations of a job beside each other: begun, compared, switched to and back, and taken away.
@Suite(.timeLimit(.minutes(5))) struct GenerationTests {
    private struct Scene {
        let process: ProcessScene
        let store: GenerationStore
        let spec: JobSpec

        /// A first generation that has read so many seconds, into a topic and a table.
        static func make(seconds: Int = 40) async throws -> Scene {
            let process = try ProcessScene(partitions: 1)
            try process.write(seconds: 0..<seconds, boreholes: 3)
            let spec = process.spec()
            _ = try await process.drain(spec)
            let store = GenerationStore(process.log.store, view: try ViewName(word: "record"))
            let scene = Scene(process: process, store: store, spec: spec)
            try await scene.fill(1, topics: spec.outputs)
            return scene
        }

        func fill(_ generation: Int, topics: [String]) async throws {
            var settings = try SinkSettings(draining: topics, into: store.address, kafka: spec.kafka)
            settings.target = store.target(generation)
            let sink = RunningEngine { [settings] voice, stop in
                try SinkJob(settings, voice: voice, stop: stop).run()
            }
            _ = try await sink.finish()
        }

        func control() throws -> ControlLog { try ControlLog(spec.name, spec.kafka) }

        /// Begins a generation with these rules and drains it, as a start with --drain does.
        func start(_ change: (inout JobSpec) -> Void = { _ in }) async throws -> Int {
            var spec = spec
            change(&spec)
            let control = try control()
            let choice = GenerationChoice(spec, control, voice: .silent)
            let generation = try choice.generation(nil, from: nil)
            try control.beginWriting()
            try control.write(generation)
            var adapted = choice.adapted(to: generation)
            adapted.drains = true
            let run = RunningEngine { [adapted, store] voice, stop in
                try GenerationStart(adapted, generation, try KafkaClient(adapted.kafka)).begin()
                try GenerationRun(adapted, generation, store, ProcessRun.Settings(), voice: voice, stop: stop).run()
            }
            _ = try await run.finish()
            return generation.number
        }

        func compare(_ old: Int, _ new: Int) throws -> GenerationComparison {
            let control = try control()
            return try GenerationComparison(
                old: try control.generation(old), new: try control.generation(new), kafka: spec.kafka,
                client: process.log.client, samples: 3, voice: .silent)
        }

        func move(to number: Int, isBack: Bool = false, isCompared: Bool = false) throws {
            try GenerationSwitch(try control(), store, voice: .silent, stop: StopSignal())
                .move(to: number, GenerationSwitch.Rules(isCompared: isCompared), isBack: isBack)
        }

        func shown() async throws -> [String] {
            try await process.log.query("SELECT count(*), round(sum(reading), 3) FROM record")
        }
    }

    @Test func theSameRulesGiveNoDifference() async throws {
        let scene = try await Scene.make()
        let number = try await scene.start()
        #expect(number == 2)
        let comparison = try scene.compare(1, 2)
        #expect(comparison.difference.isEqual)
        #expect(comparison.difference.counts["out"]?.same == 12)
        #expect(try await scene.process.results(of: "out.g2") == scene.process.expected)
    }

    @Test func aSwitchShowsTheOtherGenerationAndTheWayBackTheFirst() async throws {
        let scene = try await Scene.make()
        let before = try await scene.shown()
        #expect(before == ["12|234.0"])
        // Windows of twenty seconds: half as many, of other means.
        let number = try await scene.start { spec in
            guard case .windows(var plan) = spec.work else { return }
            (plan.sizeMilliseconds, plan.everyMilliseconds) = (20_000, 20_000)
            spec.work = .windows(plan)
        }
        #expect(try scene.control().pointer.live == 1)
        #expect(try await scene.shown() == before)
        #expect(try !scene.compare(1, number).difference.isEqual)
        try scene.move(to: number)
        #expect(try scene.control().pointer.live == number && scene.control().pointer.previous == 1)
        #expect(try await scene.shown() == ["6|117.0"])
        #expect(try ActiveGenerations(scene.spec.kafka, scene.process.log.client).topic(of: "out") == "out.g\(number)")
        try scene.move(to: 1, isBack: true)
        #expect(try await scene.shown() == before)
        #expect(try ActiveGenerations(scene.spec.kafka, scene.process.log.client).topic(of: "out") == "out")
        // Once more is no more.
        try scene.move(to: 1, isBack: true)
        #expect(try scene.control().pointer.live == 1)
    }

    @Test func nobodySwitchesToWhatWasNotComparedOrHasNotCaughtUp() async throws {
        let scene = try await Scene.make()
        let number = try await scene.start()
        let uncompared = #expect(throws: JobFailure.self) { try scene.move(to: number, isCompared: true) }
        #expect(uncompared?.message.contains("has not been compared") == true)
        // The first one goes on; the second, which has ended, is behind.
        try scene.process.write(seconds: 40..<60, boreholes: 3)
        _ = try await scene.process.drain(scene.spec)
        let behind = #expect(throws: JobFailure.self) { try scene.move(to: number) }
        #expect(behind?.message.contains("generation 2 is at") == true)
        #expect(try scene.control().pointer.live == 1)
    }

    @Test func aGenerationThatIsNotActiveGoesWithAllThatIsIts() async throws {
        let scene = try await Scene.make()
        let number = try await scene.start()
        try scene.move(to: number)
        let active = #expect(throws: JobFailure.self) {
            try GenerationRemoval(number, try scene.control(), scene.store)
        }
        #expect(active?.message.contains("is the active one") == true)
        try scene.move(to: 1, isBack: true)
        try GenerationRemoval(number, try scene.control(), scene.store).run(voice: .silent)
        #expect(try scene.control().generations.map(\.number).contains(number) == false)
        let topics = try scene.process.log.client.metadata().topics.map(\.name)
        #expect(!topics.contains { $0.hasSuffix(".g2") }, "\(topics)")
        #expect(try scene.process.log.client.groupOffsets("kappa.job.g2").isEmpty)
        #expect(
            try await scene.process.log.query(
                "SELECT count(*) FROM sqlite_master WHERE name = 'record__g2'") == ["0"])
        #expect(try await scene.shown() == ["12|234.0"])
        let plain = #expect(throws: JobFailure.self) {
            try GenerationRemoval(1, try scene.control(), scene.store)
        }
        #expect(plain != nil)
    }

    @Test func whoWritesTheAccountShutsOthersOut() async throws {
        let scene = try await Scene.make()
        let (first, second) = (try scene.control(), try scene.control())
        try first.beginWriting()
        try second.beginWriting()
        let generation = try GenerationChoice(scene.spec, second, voice: .silent).generation(nil, from: nil)
        #expect(throws: JobFailure.self) { try first.write(generation) }
        try second.write(generation)
        #expect(try scene.control().generation(2).outputs == ["out"])
    }
}
