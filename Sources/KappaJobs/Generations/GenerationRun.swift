package import KappaCore
import KappaStores

/// A generation at work: its job, and beside it the sink that fills its table.
package struct GenerationRun {
    private let spec: JobSpec
    private let generation: Generation
    private let store: GenerationStore?
    private let settings: ProcessRun.Settings
    private let voice: Voice
    private let stop: StopSignal

    package init(
        _ spec: JobSpec, _ generation: Generation, _ store: GenerationStore?, _ settings: ProcessRun.Settings,
        voice: Voice, stop: StopSignal
    ) {
        self.spec = spec
        self.generation = generation
        self.store = store
        self.settings = settings
        self.voice = voice
        self.stop = stop
    }

    package func run() throws {
        guard let store else { return try process(until: stop) }
        let sink = try sinkSettings(store)
        if spec.drains {
            try process(until: stop)
            FailPoint.pass(.startProcessed)
            _ = try SinkJob(sink, voice: voice, stop: stop).run()
            return
        }
        let both = StopSignal(within: stop)
        var failure: (any Error)?
        let thread = SinkThread(sink, voice: voice, stop: both)
        do { try process(until: both) } catch { failure = error }
        // The sink follows the process: it ends with it, whatever ended it.
        both.request()
        thread.join()
        if let failure = thread.failure ?? failure { throw failure }
    }

    private func process(until stop: StopSignal) throws {
        let run = try ProcessRun(spec, settings, voice: voice)
        try run.prepare()
        try run.run(run.board(stop), until: stop)
    }

    private func sinkSettings(_ store: GenerationStore) throws -> SinkSettings {
        var settings = try SinkSettings(draining: generation.topics, into: store.address, kafka: spec.kafka)
        settings.target = store.target(generation.number)
        settings.drains = spec.drains
        settings.readsAllPartitions = spec.drains
        settings.mustExist = spec.drains
        settings.linger = .milliseconds(250)
        return settings
    }
}
