package import KappaCore
package import KappaKafka

/// One run of restoring a topic from an archive.
///
/// What is done is the offset, in the topic that was archived, of the next record to come: committed for the restored
/// topic's partition in the restore's own group, in the transaction that holds the records before it.
package final class ArchiveRestore {
    private let voice: Voice
    private let stop: StopSignal
    private let creates: Bool
    private let kafka: KafkaConfiguration
    private let client: KafkaClient
    private let folder: ArchiveFolder
    package let index: ArchiveIndex
    package let target: String
    private var progress: Progress
    package private(set) var written: Int64 = 0
    private var committedWritten: Int64 = 0
    /// Records of files that had been restored before this attempt, less those that count as written.
    private var earlier: Int64 = 0

    private static let batchSize = 20_000

    /// - Parameter into: nil restores to the topic that was archived.
    package init(
        _ folder: ArchiveFolder, into: String?, creates: Bool, kafka: KafkaConfiguration, voice: Voice,
        stop: StopSignal
    ) throws {
        self.voice = voice
        self.stop = stop
        self.creates = creates
        self.kafka = kafka
        client = try KafkaClient(kafka)
        self.folder = folder
        index = try folder.existingIndex()
        target = into ?? index.topic
        let total = index.records
        progress = Progress("restoring", total: total, voice: voice)
    }

    private var name: String {
        "kappa.restore.\(target).\(Fingerprint.of([index.topic, index.cluster, target]))"
    }

    package func run() throws {
        try RetryFromCommit.run(voice: voice, stop: stop) { try attempt() }
    }

    private func attempt() throws {
        (written, earlier) = (committedWritten, -committedWritten)
        let partitions = try ReplayTarget.prepare(
            target, partitions: index.partitions, settings: index.settings, creates: creates,
            client: client)
        guard partitions >= index.partitions else {
            throw JobFailure(
                "topic '\(target)' has \(partitions) partitions and the archive \(index.partitions)",
                hint: "'kappa topics add-partitions' adds some, or name another topic with --into")
        }
        let consumer = try Consumer(kafka, group: name)
        let writer = try TransactionalWriter(kafka, name: name, consumer: consumer)
        var places = try begin(consumer, writer)
        let topic = try writer.producer.topic(target)
        for place in places.indices where !stop.isRequested {
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
                throw JobFailure(
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
        for chunk in index.chunks(of: place.at.partition) {
            guard chunk.nextOffset > place.offset else {
                earlier += chunk.records
                continue
            }
            let from = place.offset
            try ChunkReader(folder: folder, chunk: chunk).forEachRecord { offset, parts in
                guard offset >= from, !stop.isRequested else { return }
                try send(parts, place.at.partition, writer, topic)
                place.offset = offset + 1
                progress.update(max(0, earlier + written))
                if writer.records >= ArchiveRestore.batchSize { try commit(place, writer) }
            }
            guard !stop.isRequested else { break }
            place.offset = chunk.nextOffset
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
}
