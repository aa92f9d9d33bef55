import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaPipeline
import KappaStores

extension SinkSettings {
    init(_ context: CommandContext, _ kind: StoreKind) throws {
        let shape: ViewShape = context[SinkCommand.raw] ? .raw : .results
        let generation = context[SinkCommand.generation]
        guard generation == 1 || shape == .results else {
            throw UsageError("--raw and --generation exclude each other")
        }
        let address = try StoreAddress.chosen(context, kind)
        let isPlainRaw = shape == .raw && !context.isGiven(SinkCommand.table)
        let name = isPlainRaw ? try ViewName(word: "raw") : try ViewName.chosen(context, SinkCommand.table, in: address)
        var view = ViewTarget(view: name, generation: generation, shape: shape)
        view.layout = try SinkCommand.layout(context, kind)
        let kafka = try context.broker().configuration
        try self.init(draining: context[SinkCommand.topics], into: address, kafka: kafka)
        target = view
        guard mustExist || shape == .results else { throw UsageError("--raw needs the name of a TOPIC") }
        topics = topics.map { GenerationNames.topic($0, generation) }
        batchSize = context[SinkCommand.batch]
        linger = context[SinkCommand.linger]
        drains = context[SinkCommand.drain]
        creates = context[SinkCommand.create]
        group = context[SinkCommand.group]
        readsAllPartitions = context[SinkCommand.allPartitions]
    }
}
