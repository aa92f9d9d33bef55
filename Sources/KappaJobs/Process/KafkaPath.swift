import KappaCore
import KappaDirect
import KappaKafka

/// Which of the two ways to a broker serves a job: connections of our own, at a third of the cost for each record, or
/// librdkafka, which has more patience and knows more ways. Nobody else decides it, or asks.
struct KafkaPath {
    /// Whether our own connections are still trusted.
    private var isDirect = true
    /// Sessions in a row whose writing failed before their first commit.
    private var writeFailures = 0

    func reads(_ kafka: KafkaConfiguration) -> Bool { isDirect && kafka.readsPlainly }
    func writes(_ kafka: KafkaConfiguration) -> Bool { isDirect && kafka.writesPlainly }

    /// A session has ended in trouble. What is not a matter of plain reading is left to librdkafka from then on; so is
    /// writing that twice came to nothing.
    mutating func hear(_ error: any Error, hasCommitted: Bool) {
        if error is WriteFailure { writeFailures = hasCommitted ? 0 : writeFailures + 1 }
        if error is ConnectionFailure || writeFailures == 2 { isDirect = false }
    }

    /// Our own reading of the partitions; nil where the consumer is to read them.
    ///
    /// - Parameter kafka: what the person asked for, without what a consumer's queues were given.
    func reading(
        _ partitions: [InputPartition], _ kafka: KafkaConfiguration, client: KafkaClient
    ) throws -> DirectReading? {
        guard reads(kafka), !partitions.isEmpty else { return nil }
        return try DirectReading(partitions, client: client)
    }

    func outlet(_ spec: JobSpec, transactionalId: String, client: KafkaClient) throws -> any JobOutlet {
        writes(spec.kafka)
            ? try DirectOutlet(spec, transactionalId: transactionalId, client: client)
            : try LibraryOutlet(spec, transactionalId: transactionalId)
    }

    /// Whether a broker is away that our own connections went to: it may come back.
    static func isAway(_ error: any Error) -> Bool {
        ((error as? WriteFailure)?.kind ?? (error as? ConnectionFailure)?.kind) == .unreachable
    }

    /// In words.
    func description(_ kafka: KafkaConfiguration, isReading: Bool) -> String {
        "fetched by \(isReading ? "the job itself" : "librdkafka"), "
            + "written by \(writes(kafka) ? "the job itself" : "librdkafka")"
    }
}
