import KappaCore
import KappaKafka
import KappaStores

/// A partition that a sink reads just now.
struct SinkPartition {
    let source: TopicPartition
    /// Where this sink began in it, and where the log ended then.
    let began: Int64
    let endThen: Int64
    /// Where the store stands, or will once the batch is in that is under way.
    var stored: Int64
    /// Where the batch in hand ends.
    var next: Int64
    /// The last record of before, to be met again as a proof that this is the same log.
    var awaited: Witness?
    var isAtEnd = false
    /// The number of this partition in the batch in hand.
    var batchIndex: Int?

    init(_ position: SinkPosition, logEnd: Int64) {
        source = position.source
        began = position.nextOffset
        endThen = logEnd
        stored = position.nextOffset
        next = position.nextOffset
    }

    var at: TopicPartition { source }
    var hasAdvanced: Bool { next > stored }
}

/// Compares what the store knows of a partition with the log that is there.
struct SinkStart {
    let position: SinkPosition
    let log: Watermarks
    let clusterID: String

    /// The offset to read from: that of the witness where it is still in the log.
    func offset() throws(StoreError) -> Int64 {
        let (source, next) = (position.source, position.nextOffset)
        guard position.clusterID.isEmpty || clusterID.isEmpty || position.clusterID == clusterID else {
            throw contradiction("\(source): the store was filled from another cluster, \(position.clusterID)")
        }
        guard next >= log.low else {
            throw contradiction(
                "\(source): the store needs offset \(next), and the log begins at \(log.low): \(log.low - next) records are gone"
            )
        }
        guard next <= log.high else {
            throw contradiction(
                "\(source): the store stands at offset \(next), and the log ends at \(log.high): it was deleted and recreated"
            )
        }
        guard let witness = position.witness, witness.offset >= log.low else { return next }
        return witness.offset
    }

    private func contradiction(_ message: String) -> StoreError {
        StoreError(.contradiction, message, hint: SinkStart.hint)
    }

    static let hint =
        "Nothing was written. Fill another view with --table, or drop this one and its rows in kappa_offset."

    /// Whether a log whose first record from the witness's offset on is `met` (nil: there is none) may be the one of
    /// before. Only compaction takes a single record away; where it does, later records say nothing against it.
    static func isSameLog(_ met: Witness?, awaited: Witness, isCompacted: @autoclosure () throws -> Bool) rethrows
        -> Bool
    {
        if let met, met.offset == awaited.offset { return met.digest == awaited.digest }
        return try isCompacted()
    }

    static func recreated(_ source: TopicPartition, _ witness: Witness) -> StoreError {
        StoreError(
            .contradiction,
            "\(source): offset \(witness.offset) no longer holds the record that was stored from it: the topic was recreated",
            hint: hint)
    }
}
