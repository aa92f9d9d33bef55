import KappaCore
import KappaHTTP
package import KappaJobs
import KappaKafka
import KappaStreams
import KappaTerminal

/// One run of a job: the plan, the topics, the workers, and the one who watches them.
package struct ProcessRun {
    private let spec: JobSpec
    private let context: CommandContext

    package init(_ spec: JobSpec, _ context: CommandContext) throws {
        self.spec = spec
        self.context = context
    }

    package func run() throws {
        let client = try KafkaClient(spec.kafka)
        var topics = try JobTopics(spec, client: client)
        let stages = JobStage.stages(
            of: spec, partitions: topics.inputPartitions, keyedPartitions: topics.partitions(of: spec.keyed))
        guard !context[ProcessOptions.dryRun] else {
            return try ProcessPlan(spec: spec, topics: topics, stages: stages).show(on: context.output)
        }
        let isFirstRun = try checkRules(of: stages, client)
        let watch = try ProcessWatch(spec, path: context[ProcessOptions.stats], context: context)
        try topics.create(spec, client: client, voice: context.voice)
        let board = JobBoard(
            stop: context.stop, voice: context.voice, isLive: watch.isLive)
        let server = try MetricsOption.serve(context) { MetricsPage(board.figures) }
        defer { server?.stop() }
        watch.begin()
        let calibration = CalibrationWatch(spec, context, board, isFirstRun: isFirstRun)
        work(stages, topics, board, watch, calibration)
        try watch.end(board)
        if let failure = board.failure { throw failure }
        try calibration?.end()
        try context.stop.throwIfRequested()
    }

    /// A job with other rules is refused before anything is made or begun. Each session looks again at what it is
    /// given, so a broker that does not answer just now is no reason to stop.
    ///
    /// - Returns: whether this job has surely committed nothing so far.
    private func checkRules(of stages: [JobStage], _ client: KafkaClient) throws -> Bool {
        let places: [PartitionOffset]
        do throws(KafkaError) {
            places = try client.groupOffsets(spec.group)
        } catch {
            context.messages.detail(error.message)
            return false
        }
        // One partition's commit carries the rules in words; the others are told by them.
        let rules = places.lazy.compactMap { CommittedState(words: $0.metadata ?? "")?.rules }.first
        for place in places {
            guard let stage = stages.first(where: { $0.topic == place.at.topic }) else { continue }
            _ = try CommittedState(place, of: stage, spec, rules: rules)
        }
        return places.isEmpty
    }

    private func work(
        _ stages: [JobStage], _ topics: JobTopics, _ board: JobBoard, _ watch: ProcessWatch,
        _ calibration: CalibrationWatch?
    ) {
        let worker = ProcessWorker(
            spec: spec, stages: stages, topics: topics, board: board)
        board.expect(spec.instances)
        let threads = (0..<spec.instances).map { _ in
            WorkerThread {
                worker.run()
                board.left()
            }
        }
        while board.hasWorkers {
            watch.look(board)
            calibration?.look()
            board.rest(.milliseconds(100))
        }
        for thread in threads { thread.join() }
    }
}
