import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// One run of `kappa archive restore`.
///
/// What is done is the offset, in the topic that was archived, of the next record to come: committed for the restored
/// topic's partition in the restore's own group, in the transaction that holds the records before it.
final class ArchiveRestore {
    private let context: CommandContext
    private let kafka: KafkaConfiguration
    private let client: KafkaClient
    private let folder: ArchiveFolder
    private let index: ArchiveIndex
    private let target: String
    private var progress: Progress
    private var written: Int64 = 0
    private var committedWritten: Int64 = 0

    private static let batchSize = 20_000

    init(_ context: CommandContext) throws {
        self.context = context
        kafka = try context.kafka()
        client = try KafkaClient(kafka)
        folder = ArchiveFolder(path: context[ArchiveCommand.folder])
        index = try folder.existingIndex()
        target = context[ArchiveCommand.into] ?? index.topic
        let total = index.chunks.reduce(0) { $0 + $1.records }
        progress = Progress("restoring", total: total, voice: context.voice)
    }

    private var name: String {
        "kappa.restore.\(target).\(ReplaySettings.digest([index.topic, index.cluster, target]))"
    }

    func attempt() throws {
        written = committedWritten
        let partitions = try ReplayTarget.prepare(
            target, partitions: index.partitions, settings: index.settings, creates: context[ArchiveCommand.create],
            client: client)
        guard partitions >= index.partitions else {
            throw CommandFailure(
                "topic '\(target)' has \(partitions) partitions and the archive \(index.partitions)",
                hint: "'kappa topics add-partitions' adds some, or name another topic with --into")
        }
        let consumer = try Consumer(kafka, group: name)
        let writer = try TransactionalWriter(kafka, name: name, consumer: consumer)
        var places = try begin(consumer, writer)
        let topic = try writer.producer.topic(target)
        for place in places.indices where !context.stop.isRequested {
            try restore(&places[place], writer, topic)
        }
        progress.end()
    }

    /// Where each partition goes on; a topic that holds something else is left alone.
    private func begin(_ consumer: Consumer, _ writer: TransactionalWriter) throws -> [PartitionOffset] {
        let all = (0..<Int32(index.partitions)).map { TopicPartition(target, $0) }
        let committed = try consumer.committed(all)
        if committed.contains(where: { $0.offset >= 0 }) {
            return committed.map { PartitionOffset($0.at, max(0, $0.offset)) }
        }
        for at in all {
            let log = try client.watermarks(at)
            guard log.high == log.low else {
                throw CommandFailure(
                    "topic '\(target)' is not empty, and what is in it was not restored from this archive",
                    hint: "name another topic with --into")
            }
        }
        let places = all.map { PartitionOffset($0, 0) }
        try writer.commit(places)
        return places
    }

    private func restore(
        _ place: inout PartitionOffset, _ writer: TransactionalWriter, _ topic: ProducerTopic
    ) throws {
        for chunk in index.chunks(of: place.at.partition) where chunk.nextOffset > place.offset {
            let from = place.offset
            try ChunkReader(folder: folder, chunk: chunk).forEachRecord { offset, parts in
                guard offset >= from, !context.stop.isRequested else { return }
                try send(parts, place.at.partition, writer, topic)
                place.offset = offset + 1
                if writer.records >= ArchiveRestore.batchSize { try commit(place, writer) }
            }
            guard !context.stop.isRequested else { break }
            place.offset = chunk.nextOffset
            progress.update(written)
        }
        if writer.isOpen { try commit(place, writer) }
    }

    private func send(
        _ parts: RecordJSON.Parts, _ partition: Int32, _ writer: TransactionalWriter, _ topic: ProducerTopic
    ) throws {
        try parts.key.withOptionalBytes { key in
            try parts.value.withOptionalBytes { value in
                try writer.send { producer throws(KafkaError) in
                    try producer.produce(
                        to: topic, partition: partition, key: key, value: value, timestamp: parts.timestamp,
                        headers: parts.headers)
                }
            }
        }
        written += 1
    }

    private func commit(_ place: PartitionOffset, _ writer: TransactionalWriter) throws {
        try writer.commit([place])
        committedWritten = written
    }

    func show() throws {
        try context.output.record(
            "restore",
            [
                (Column("topic"), .text(target)), (Column("folder"), .text(folder.path)),
                (Column("written"), .integer(written)),
                (Column("archived"), .integer(index.chunks.reduce(0) { $0 + $1.records })),
            ])
    }
}
