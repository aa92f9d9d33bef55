import KappaCore
import KappaLog

/// One partition as the broker serves it: its log, what of it may be seen, and who waits for more.
final class Partition {
    let topic: String
    let index: Int32
    let log: PartitionLog
    /// Whether only what is on the disk may be acknowledged and seen.
    let waitsForDisk: Bool
    /// Offsets below this may be seen.
    private(set) var highWatermark: Int64
    /// How many bytes of what was appended may be seen, at least.
    private(set) var shownBytes = 0
    /// How many replicas must have what is written with acks=all; there is one.
    var minimumReplicas = 1
    var isDeleted = false
    /// Set while the partition is in the list of those that have something to sync.
    var isDirty = false

    /// How many segments there were when it was last seen whether one was closed.
    private var seenSegments: Int

    /// Requests that wait for an offset to be durable, in the order of their offsets.
    private var writers: [(offset: Int64, done: () -> Void)] = []
    /// Requests that wait for the disk whatever the policy, in any order.
    private var syncWaiters: [(offset: Int64, done: () -> Void)] = []
    /// Long polls; they take themselves out by key, but not while they are being woken.
    private var readers: [UInt64: () -> Void] = [:]
    private var lastReader: UInt64 = 0

    init(topic: String, index: Int32, log: PartitionLog, waitsForDisk: Bool) {
        self.topic = topic
        self.index = index
        self.log = log
        self.waitsForDisk = waitsForDisk
        highWatermark = log.endOffset
        seenSegments = log.segmentCount
    }

    /// Whether a segment of a compacted log was closed since that was last noted.
    var hasClosedSegment: Bool {
        log.segmentCount != seenSegments && log.configuration.cleanupPolicy.contains(.compact)
    }

    func noteSegments() { seenSegments = log.segmentCount }

    var lastStableOffset: Int64 { log.lastStableOffset(visible: highWatermark) }

    /// Runs `done` once everything below `offset` counts as written.
    func whenDurable(_ offset: Int64, _ done: @escaping () -> Void) {
        guard waitsForDisk, offset > log.syncedOffset else { return done() }
        writers.append((offset, done))
    }

    /// Runs `done` once everything below `offset` is on the disk, also where the policy waits for no disk.
    func whenSynced(_ offset: Int64, _ done: @escaping () -> Void) {
        guard offset > log.syncedOffset else { return done() }
        syncWaiters.append((offset, done))
    }

    /// Tells those who wait for the disk itself.
    func synced() {
        guard !syncWaiters.isEmpty else { return }
        let ready = syncWaiters.filter { $0.offset <= log.syncedOffset }
        syncWaiters.removeAll { $0.offset <= log.syncedOffset }
        for waiter in ready { waiter.done() }
    }

    func addReader(_ wake: @escaping () -> Void) -> UInt64 {
        lastReader += 1
        readers[lastReader] = wake
        return lastReader
    }

    func removeReader(_ key: UInt64) { readers[key] = nil }

    /// Shows what may be shown by now, and tells those who wait for it.
    func advance() {
        let visible = waitsForDisk ? log.syncedOffset : log.endOffset
        guard visible > highWatermark else { return }
        highWatermark = visible
        if visible == log.endOffset { shownBytes = log.appendedBytes }
        while let first = writers.first, first.offset <= visible {
            writers.removeFirst()
            first.done()
        }
        wakeReaders()
    }

    /// The sequence number that a producer's next batch here must have; for batches that the broker writes in its name.
    func nextSequence(of producerId: Int64, epoch: Int16) -> Int32 {
        guard let producer = log.producers.producers[producerId], producer.epoch == epoch,
            let last = producer.batches.last?.lastSequence
        else { return 0 }
        return last == .max ? 0 : last + 1
    }

    /// The partition is gone: nobody may wait for it any more.
    func release() {
        let waiting = writers + syncWaiters
        (writers, syncWaiters) = ([], [])
        for writer in waiting { writer.done() }
        wakeReaders()
    }

    func wakeReaders() {
        guard !readers.isEmpty else { return }
        for wake in readers.values { wake() }
    }
}
