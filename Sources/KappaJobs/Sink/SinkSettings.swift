import KappaArguments
import KappaCore
import KappaKafka
import KappaStores

/// What a sink was told to do.
struct SinkSettings {
    static let instrumentTopics = [
        "water_standpipe", "piezometer", "settlement_marker", "extensometer", "strain_gauge",
    ]

    var address: StoreAddress
    var target: ViewTarget
    var topics: [String]
    /// Topics that were named must be there; the usual ones may come later.
    var mustExist: Bool
    var batchSize: Int
    var linger: Duration
    var drains: Bool
    var creates: Bool
    var group: String?
    var readsAllPartitions: Bool
    var kafka: KafkaConfiguration

    /// Everything that the topics hold, into a store that is made for it.
    init(draining topics: [String], into address: StoreAddress, kafka: KafkaConfiguration) throws {
        self.topics = topics.isEmpty ? SinkSettings.instrumentTopics : topics
        self.address = address
        self.kafka = kafka
        target = ViewTarget(view: try ViewName(word: "record"))
        mustExist = !topics.isEmpty
        batchSize = 50_000
        linger = .milliseconds(100)
        drains = true
        creates = true
        readsAllPartitions = true
    }

    init(_ context: CommandContext, _ kind: StoreKind) throws {
        let shape: ViewShape = context[SinkCommand.raw] ? .raw : .results
        let generation = context[SinkCommand.generation]
        guard generation == 1 || shape == .results else {
            throw UsageError("--raw and --generation exclude each other")
        }
        let table = shape == .raw && !context.isGiven(SinkCommand.table) ? "raw" : context[SinkCommand.table]
        target = ViewTarget(view: try ViewName(word: table), generation: generation, shape: shape)
        address = try StoreAddress.chosen(context, kind)
        mustExist = !context[SinkCommand.topics].isEmpty
        guard mustExist || shape == .results else { throw UsageError("--raw needs the name of a TOPIC") }
        topics = mustExist ? context[SinkCommand.topics] : SinkSettings.instrumentTopics
        topics = topics.map { GenerationNames.topic($0, generation) }
        batchSize = context[SinkCommand.batch]
        linger = context[SinkCommand.linger]
        drains = context[SinkCommand.drain]
        creates = context[SinkCommand.create]
        group = context[SinkCommand.group]
        readsAllPartitions = context[SinkCommand.allPartitions]
        kafka = try context.broker().configuration
    }
}
