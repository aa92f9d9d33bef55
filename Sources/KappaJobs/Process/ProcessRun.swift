package import KappaCore
import KappaKafka
import KappaStreams

/// One run of a job: the plan, the topics, the workers, and the one who watches them.
package final class ProcessRun {
    package struct Settings {
        /// The file for the figures of each second; `-` is standard output.
        package var stats: String?
        package var calibration: CalibrationWatch.Settings?
        /// Shows how the job stands in place of what it showed before; empty takes it away.
        package var show: (([String]) -> Void)?

        package init(
            stats: String? = nil, calibration: CalibrationWatch.Settings? = nil, show: (([String]) -> Void)? = nil
        ) {
            self.stats = stats
            self.calibration = calibration
            self.show = show
        }
    }

    private let spec: JobSpec
    private let settings: Settings
    private let voice: Voice
    /// For what is asked before the work begins; a client that is there wakes now and then.
    private var client: KafkaClient?
    private var topics: JobTopics
    private let stages: [JobStage]
    private let watch: ProcessWatch
    private var isFirstRun = false
    /// How the register of a job that goes on has changed.
    package private(set) var adopted: String?

    /// Learns what there is, and changes nothing.
    package init(_ spec: JobSpec, _ settings: Settings, voice: Voice) throws {
        self.spec = spec
        self.settings = settings
        self.voice = voice
        let client = try KafkaClient(spec.kafka)
        topics = try JobTopics(spec, client: client)
        self.client = client
        stages = JobStage.stages(
            of: spec, partitions: topics.inputPartitions, keyedPartitions: topics.partitions(of: spec.keyed))
        watch = ProcessWatch(spec, voice: voice, show: settings.show)
    }

    /// What the run would do, in words.
    package var plan: [(what: String, value: String)] {
        ProcessPlan(spec: spec, topics: topics, stages: stages).lines
    }

    /// What the job does, in a few words.
    package var summary: String { watch.summary }

    /// Refuses a job with other rules, and makes the topics that are missing.
    package func prepare() throws {
        isFirstRun = try checkRules()
        if let path = settings.stats { try watch.open(path) }
        try topics.create(spec, client: asked(), voice: voice)
    }

    private func asked() throws -> KafkaClient {
        let asked = try client ?? KafkaClient(spec.kafka)
        client = asked
        return asked
    }

    /// What the workers of the run write their figures on.
    package func board(_ stop: StopSignal) -> JobBoard { JobBoard(stop: stop, voice: voice, isLive: watch.isLive) }

    /// Works until the log's end, a failure, or the stop signal, which is the board's too.
    package func run(_ board: JobBoard, until stop: StopSignal) throws {
        client = nil
        watch.begin()
        let calibration = CalibrationWatch(spec, settings.calibration, board, voice: voice, isFirstRun: isFirstRun)
        work(board, calibration)
        watch.end(board)
        if let failure = board.failure { throw failure }
        try calibration?.end()
        try stop.throwIfRequested()
    }

    /// A job with other rules is refused before anything is made or begun. Each session looks again at what it is
    /// given, so a broker that does not answer just now is no reason to stop.
    ///
    /// - Returns: whether this job has surely committed nothing so far.
    private func checkRules() throws -> Bool {
        let places: [PartitionOffset]
        do {
            places = try asked().groupOffsets(spec.group)
        } catch {
            voice.detail(ProcessWorker.sentence(error))
            return false
        }
        // One partition's commit carries the rules in words; the others are told by them.
        let rules = places.lazy.compactMap { CommittedState(words: $0.metadata ?? "")?.rules }.first
        for place in places {
            guard let stage = stages.first(where: { $0.topic == place.at.topic }) else { continue }
            let state = try CommittedState(place, of: stage, spec, rules: rules)
            guard !stage.goesOn(from: state.fingerprint, spec) else { continue }
            // Anything but another register makes another job.
            let differences = rules.map { spec.rules.differences(from: $0) } ?? []
            guard differences.count == 1, differences[0].hasPrefix("--register ") else {
                throw ProcessFailure.otherRules(state, spec)
            }
            adopted = differences[0]
        }
        return places.isEmpty
    }

    private func work(_ board: JobBoard, _ calibration: CalibrationWatch?) {
        let worker = ProcessWorker(spec: spec, stages: stages, topics: topics, board: board)
        board.expect(spec.instances)
        let threads = (0..<spec.instances).map { _ in
            WorkerThread("kappa-process") {
                worker.run()
                board.left()
            }
        }
        while board.hasWorkers {
            watch.look(board)
            calibration?.look()
            board.rest(.seconds(1))
        }
        for thread in threads { thread.join() }
    }
}
