import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// One run of `kappa archive`: partition after partition, from where the archive ends to where the log ends now.
final class ArchiveSession {
    private let context: CommandContext
    private let kafka: KafkaConfiguration
    private let client: KafkaClient
    private let topic: String
    private let folder: ArchiveFolder
    private let limit: Int
    private var index: ArchiveIndex
    private var progress: Progress
    private var added = (records: Int64(0), chunks: Int64(0), bytes: Int64(0), storedBytes: Int64(0))

    init(_ context: CommandContext) throws {
        self.context = context
        kafka = try context.kafka()
        client = try KafkaClient(kafka)
        topic = context[ArchiveCommand.topic]
        folder = ArchiveFolder(path: context[ArchiveCommand.folder])
        limit = min(max(context[ArchiveCommand.chunk].bytes, 1 << 10), 1 << 30)
        progress = Progress("archiving", voice: context.voice)
        let partitions = try client.partitions(of: topic).count
        let cluster = try client.metadata(topic: topic).clusterId ?? ""
        index = ArchiveIndex(
            topic: topic, cluster: cluster, partitions: partitions,
            settings: try ReplayTarget.ownSettings(of: topic, client))
        guard let known = try folder.index() else { return }
        guard known.topic == topic, known.cluster == cluster else {
            throw CommandFailure(
                "\(folder.path) is the archive of '\(known.topic)' in cluster \(known.cluster), not of '\(topic)' in \(cluster)",
                hint: "give another folder")
        }
        index.chunks = known.chunks
        index.partitions = max(partitions, known.partitions)
    }

    func run() throws {
        for at in try client.partitions(of: topic) where !context.stop.isRequested { try archive(at) }
        try folder.write(index)
        progress.end()
    }

    private func archive(_ at: TopicPartition) throws {
        let log = try client.watermarks(at)
        let last = index.chunks(of: at.partition).last
        let next = last?.nextOffset ?? log.low
        try check(next, last, log, at)
        let start = max(next, log.low)
        guard start < log.high else { return }
        // The last record of before is met again where it is still there, as a proof that this is the same log.
        let witness = last.flatMap { $0.lastOffset >= log.low ? $0 : nil }
        let consumer = try Consumer(kafka, group: nil)
        _ = try consumer.client.partitions(of: topic)
        try consumer.assign([PartitionOffset(at, witness?.lastOffset ?? start)])
        try read(at, consumer, from: start, to: log.high, witness: witness)
        consumer.close()
    }

    private func check(_ next: Int64, _ last: ArchiveIndex.Chunk?, _ log: Watermarks, _ at: TopicPartition) throws {
        guard next <= log.high else {
            throw CommandFailure(
                "\(at): the log ends at \(log.high), before \(next), where the archive ends: it was deleted and made anew",
                hint: "give another folder")
        }
        guard next < log.low, last != nil else { return }
        let what =
            "\(at): the log begins at \(log.low), the archive ends at \(next): \(log.low - next) offsets are missing"
        guard context[ArchiveCommand.allowGap] else {
            throw CommandFailure(what, hint: "--allow-gap goes on without them")
        }
        context.messages.warning(what)
    }

    private func read(
        _ at: TopicPartition, _ consumer: Consumer, from start: Int64, to end: Int64, witness: ArchiveIndex.Chunk?
    ) throws {
        var builder = ChunkBuilder(topic: topic, partition: at.partition)
        var (next, isWitnessed, lastEvent) = (start, witness == nil, ContinuousClock.now)
        while next < end, !context.stop.isRequested {
            let count = try consumer.poll(timeout: .milliseconds(100)) { event in
                switch event {
                case .record(let message):
                    if !isWitnessed {
                        try verify(message, witness, at)
                        isWitnessed = true
                    }
                    guard message.offset >= next, message.offset < end else {
                        return next = max(next, min(message.offset, end))
                    }
                    builder.append(message)
                    next = message.offset + 1
                    if builder.bytes >= limit { try keep(&builder, next: next) }
                case .end(_, let offset): if offset >= end { next = end }
                case .trouble(let error): if error.isFatal || error.kind == .failed { throw error }
                }
            }
            if count > 0 { lastEvent = .now }
            progress.update(added.records + builder.records)
            if count == 0, let gone = client.unreachable(for: kafka.timeout) { throw gone }
            guard lastEvent.duration(to: .now) < .seconds(30) else {
                throw CommandFailure("\(at): nothing came for 30s at offset \(next)", kind: .timedOut)
            }
        }
        if builder.records > 0 { try keep(&builder, next: next) }
    }

    private func verify(_ message: Message, _ witness: ArchiveIndex.Chunk?, _ at: TopicPartition) throws {
        guard let witness else { return }
        let isSame =
            message.offset == witness.lastOffset
            && ChunkBuilder.digest(message, topic: topic) == witness.lastDigest
        guard isSame || message.offset > witness.lastOffset else {
            throw CommandFailure(
                "\(at): offset \(witness.lastOffset) holds another record than in the archive: the topic was made anew",
                hint: "give another folder")
        }
    }

    private func keep(_ builder: inout ChunkBuilder, next: Int64) throws {
        let (bytes, chunk) = try builder.finish(next: next)
        try folder.write(bytes, to: chunk.file)
        index.chunks.append(chunk)
        try folder.write(index)
        added.records += chunk.records
        added.chunks += 1
        added.bytes += chunk.bytes
        added.storedBytes += chunk.storedBytes
    }

    func show() throws {
        try context.output.record(
            "archive",
            [
                (Column("topic"), .text(topic)), (Column("folder"), .text(folder.path)),
                (Column("added_records"), .integer(added.records)), (Column("added_files"), .integer(added.chunks)),
                (Column("bytes"), .bytes(ByteCount(bytes: Int(added.bytes)))),
                (Column("stored_bytes"), .bytes(ByteCount(bytes: Int(added.storedBytes)))),
                (Column("all_records"), .integer(index.chunks.reduce(0) { $0 + $1.records })),
            ])
    }
}
