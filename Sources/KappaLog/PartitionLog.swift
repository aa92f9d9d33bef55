package import KappaCore

/// One partition's log: record batches in segment files, in the layout of Kafka's own `topic-partition` folders.
///
/// It belongs to the one thread that owns the broker's state and takes no locks. Only syncing is meant for another
/// thread: `pendingSync` makes a ticket, `SyncTicket.run` does the waiting, `finishSync` takes the answer in.
/// Offsets below `syncedOffset` survive a power cut; what to acknowledge and to show is the caller's policy.
package final class PartitionLog {
    package let directory: String
    package internal(set) var configuration: LogConfiguration
    /// The first offset that may be read; moved by retention and by deletion of records, and durable.
    package internal(set) var startOffset: Int64 = 0
    /// The start that stands in the checkpoint.
    var notedStart: Int64 = 0
    /// Offsets below this are on the disk for good.
    package internal(set) var syncedOffset: Int64 = 0
    package internal(set) var producers = ProducerStates()
    /// What opening the log found and mended.
    package internal(set) var recovery = Recovery.Report()

    let storage: any Storage
    /// Below this compaction has been: offsets may be missing.
    package internal(set) var compactedOffset: Int64 = 0
    var segments: [Segment] = []
    package var segmentCount: Int { segments.count }
    /// Segments with bytes that no sync has covered, oldest first.
    var unsynced: [Segment] = []
    var directoryUnsynced = false
    /// Recovery removed segments that never became part of the log.
    var droppedSegments = false
    /// What an earlier life noted as synced.
    var marked: Int64 = 0
    var syncRunning = false
    var bytesSinceCheckpoint = 0
    /// How many bytes have been appended since it was opened.
    package internal(set) var appendedBytes = 0
    /// A sync failed or the log was closed; why, in words.
    var stopped: LogError?
    var hints = ReadHints()
    var openMark: SyncMark?
    /// The closed segments whose files are open, for readers of old records.
    var openClosed: [Segment] = []

    init(directory: String, configuration: LogConfiguration, storage: any Storage) {
        self.directory = directory
        self.configuration = configuration
        self.storage = storage
    }

    /// Opens the log of a directory, which is made where it is missing, after recovering what a crash left there.
    package static func open(
        directory: String, configuration: LogConfiguration = LogConfiguration(),
        storage: any Storage = PosixStorage(), now: Timestamp
    ) throws(LogError) -> PartitionLog {
        let log = PartitionLog(directory: directory, configuration: configuration, storage: storage)
        try log.recover(now: now)
        log.checkInvariants()
        return log
    }

    /// The epoch of every batch: a single node leads its partitions for good.
    static let leaderEpoch: Int32 = 0

    /// The offset that the next record gets.
    package var endOffset: Int64 { active.nextOffset }

    package var sizeInBytes: Int { segments.reduce(0) { $0 + $1.size } }

    package func configure(_ configuration: LogConfiguration) { self.configuration = configuration }

    /// Below this every transaction is decided, as far as a reader sees who may read below `visible`.
    package func lastStableOffset(visible: Int64) -> Int64 {
        min(visible, producers.firstUndecided(visible: visible) ?? visible)
    }

    /// The aborted transactions that a reader of `range` must skip.
    package func abortedTransactions(overlapping range: Range<Int64>) -> [ProducerStates.AbortedTransaction] {
        producers.aborted(overlapping: range)
    }

    /// Forgets producers from whom nothing has come since a time of the broker's clock, but for open transactions.
    package func expireProducers(silentSince time: Int64) { producers.expire(before: time) }

    /// Makes all of it durable and notes that in a checkpoint, so that the next start reads nothing.
    /// A ticket that is out must have been finished.
    package func close() throws(LogError) {
        guard stopped == nil else { return }
        guard !syncRunning else { throw LogError(.stopped, "\(directory) cannot be closed while its sync runs") }
        if let ticket = pendingSync(checkpoint: true) { try finishSync(ticket, ticket.run()) }
        try requireRunning()
        if notedStart != startOffset { try makeCheckpoint().run(on: storage) }
        stopped = LogError(.stopped, "\(directory) is closed")
        segments.forEach { $0.closeFile() }
        openMark = nil
    }

    /// Lets go of a log whose folder is about to be removed: nothing more is made durable. A ticket that is out must
    /// have been finished.
    package func abandon() {
        guard stopped == nil else { return }
        stopped = LogError(.stopped, "\(directory) is deleted")
        segments.forEach { $0.closeFile() }
        openClosed = []
        openMark = nil
    }

    /// Removes a closed log from the disk.
    package static func remove(directory: String, storage: any Storage = PosixStorage()) throws(LogError) {
        for name in try storage.list(directory) { try storage.remove("\(directory)/\(name)") }
        try storage.removeDirectory(directory)
        try storage.syncDirectory(parent(of: directory))
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    var active: Segment { segments[segments.count - 1] }

    func requireRunning() throws(LogError) {
        if let stopped { throw stopped }
    }

    /// What must hold between any two calls; away in release builds.
    package func checkInvariants() {
        #if DEBUG
            precondition(!segments.isEmpty)
            precondition(startOffset >= segments[0].baseOffset || segments.count == 1)
            precondition(startOffset <= endOffset && syncedOffset <= endOffset)
            for (older, newer) in zip(segments, segments.dropFirst()) {
                precondition(older.baseOffset < newer.baseOffset && older.nextOffset <= newer.baseOffset)
            }
            precondition(unsynced.allSatisfy { segment in segments.contains { $0 === segment } })
            precondition(producers.openStarts == producers.openStarts.sorted())
        #endif
    }
}
