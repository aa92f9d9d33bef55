package import KappaCore
package import KappaKafka

/// What an archiving is told.
package struct ArchiveSettings {
    package var topic: String
    package var folder: ArchiveFolder
    /// The size of one file before compression.
    package var chunkSize = ByteCount(bytes: 32 << 20)
    /// Whether to go on without records that were deleted before they were archived.
    package var allowsGap = false

    package init(topic: String, folder: ArchiveFolder) {
        self.topic = topic
        self.folder = folder
    }
}

/// One run of archiving: partition after partition, from where the archive ends to where the log ends now.
package final class ArchiveSession {
    private let settings: ArchiveSettings
    private let voice: Voice
    private let stop: StopSignal
    private let kafka: KafkaConfiguration
    private let client: KafkaClient
    private let topic: String
    private let folder: ArchiveFolder
    private let limit: Int
    package private(set) var index: ArchiveIndex
    private var progress: Progress
    /// Offsets to read in this run, and those that have been.
    private var offsets = (all: Int64(0), done: Int64(0))
    /// What this run has added.
    package private(set) var added = (records: Int64(0), chunks: Int64(0), bytes: Int64(0), storedBytes: Int64(0))

    package init(_ settings: ArchiveSettings, kafka: KafkaConfiguration, voice: Voice, stop: StopSignal) throws {
        self.settings = settings
        self.kafka = kafka
        self.voice = voice
        self.stop = stop
        client = try KafkaClient(kafka)
        topic = settings.topic
        folder = settings.folder
        limit = min(max(settings.chunkSize.bytes, 1 << 10), 1 << 30)
        progress = Progress("archiving", voice: voice)
        let partitions = try client.partitions(of: topic).count
        let cluster = try client.metadata(topic: topic).clusterId ?? ""
        index = ArchiveIndex(
            topic: topic, cluster: cluster, partitions: partitions,
            settings: try ReplayTarget.ownSettings(of: topic, client))
        guard let known = try folder.index() else { return }
        guard known.topic == topic, known.cluster == cluster else {
            throw JobFailure(
                "\(folder.path) is the archive of '\(known.topic)' in cluster \(known.cluster), not of '\(topic)' in \(cluster)",
                hint: "give another folder")
        }
        index.chunks = known.chunks
        index.partitions = max(partitions, known.partitions)
    }

    package func run() throws {
        defer { progress.end() }
        let partitions = try client.partitions(of: topic)
        for (at, log) in try client.watermarks(of: partitions) {
            offsets.all += max(0, log.high - max(log.low, index.chunks(of: at.partition).last?.nextOffset ?? 0))
        }
        for at in partitions where !stop.isRequested { try archive(at) }
        try folder.write(index)
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
        let tail = try TopicTail(kafka)
        try tail.begin([TopicTail.Span(at, from: witness?.lastOffset ?? start, end: log.high)])
        try read(at, tail, from: start, to: log.high, witness: witness)
    }

    private func check(_ next: Int64, _ last: ArchiveIndex.Chunk?, _ log: Watermarks, _ at: TopicPartition) throws {
        guard next <= log.high else {
            throw JobFailure(
                "\(at): the log ends at \(log.high), before \(next), where the archive ends: it was deleted and recreated",
                hint: "give another folder")
        }
        guard next < log.low, last != nil else { return }
        let what =
            "\(at): the log begins at \(log.low), the archive ends at \(next): \(log.low - next) offsets are missing"
        guard settings.allowsGap else {
            throw JobFailure(what, hint: "--allow-gap goes on without them")
        }
        voice.warning(what)
    }

    private func read(
        _ at: TopicPartition, _ tail: TopicTail, from start: Int64, to end: Int64, witness: ArchiveIndex.Chunk?
    ) throws {
        var builder = ChunkBuilder(topic: topic, partition: at.partition)
        var (next, isWitnessed) = (start, witness == nil)
        while !tail.isDone, !stop.isRequested {
            try tail.read { event in
                guard case .record(let message, _) = event else { return }
                if !isWitnessed {
                    try verify(message, witness, at)
                    isWitnessed = true
                }
                guard message.offset >= next else { return }
                builder.append(message)
                next = message.offset + 1
                if builder.bytes >= limit { try keep(&builder, next: next) }
            }
            progress.update(added.records + builder.records, share: share(offsets.done + next - start))
        }
        // The markers of transactions take offsets too, and so does what compaction has taken.
        if tail.isDone { next = max(next, end) }
        if builder.records > 0 { try keep(&builder, next: next) }
        offsets.done += next - start
    }

    /// The markers of transactions take offsets too, so it is these that say how far it is.
    private func share(_ done: Int64) -> Double { min(1, Double(done) / Double(max(1, offsets.all))) }

    private func verify(_ message: Message, _ witness: ArchiveIndex.Chunk?, _ at: TopicPartition) throws {
        guard let witness else { return }
        let isSame =
            message.offset == witness.lastOffset
            && ChunkBuilder.digest(message, topic: topic) == witness.lastDigest
        guard isSame || message.offset > witness.lastOffset else {
            throw JobFailure(
                "\(at): offset \(witness.lastOffset) holds another record than in the archive: the topic was recreated",
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
}
