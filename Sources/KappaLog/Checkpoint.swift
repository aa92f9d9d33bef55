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

    /// The end of the log when this was noted; the producers are as of here.
    var recoveredOffset: Int64
    /// A segment without a line is read from its start.
    var segments: [SegmentLine]
    var producers: ProducerStates
    /// Where the log began. The file of its own may be newer; where that one is gone, this one still stands.
    var startOffset: Int64 = 0

    /// Nil where there is none, or none that can be trusted.
    static func read(in directory: String, storage: any Storage) throws(LogError) -> Checkpoint? {
        try AtomicFile.read(fileName, in: directory, storage: storage).flatMap(Checkpoint.init(encoded:))
    }

    /// The bytes of a checkpoint on their way to the disk: beside the old one, synced, then renamed over it.
    struct Writing: Sendable {
        let directory: String
        let bytes: [UInt8]

        func run(on storage: any Storage) throws(LogError) {
            try AtomicFile.write(bytes, to: Checkpoint.fileName, in: directory, storage: storage)
        }
    }
}
