/// What recovery need not find out again: up to where the log is known to be whole and durable, what its segments
/// hold, and the state of its producers there. A cache: without it, or with a damaged one, the whole log is read.
struct Checkpoint: Equatable {
    static let fileName = "kappa.checkpoint"

    struct SegmentLine: Equatable {
        var baseOffset: Int64
        var size: Int
        var nextOffset: Int64
        var maxTimestamp: Int64
        var maxTimestampOffset: Int64
        var firstTimestamp: Int64?
        var indexEntries: Int
        var timeEntries: Int
    }

    var segments: [SegmentLine]
    var producers: ProducerStates

    var recoveredOffset: Int64 { segments.last?.nextOffset ?? 0 }

    /// The bytes of a checkpoint on their way to the disk: beside the old one, synced, then renamed over it.
    struct Writing: Sendable {
        let directory: String
        let bytes: [UInt8]

        func run(on storage: any Storage) throws(LogError) {
            try AtomicFile.write(bytes, to: Checkpoint.fileName, in: directory, storage: storage)
        }
    }
}
