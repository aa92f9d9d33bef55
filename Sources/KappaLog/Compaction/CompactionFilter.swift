import KappaCore
import KappaRecords

/// Decides batch by batch, in the order of the log, what compaction keeps.
struct CompactionFilter {
    enum Decision {
        case keep, drop
        case replace([UInt8])
    }

    private let keys: KeyOffsets
    /// The keys are known up to here; what lies beyond stays for the next round.
    private let end: Int64
    private let aborted: [ProducerStates.AbortedTransaction]
    private let lastOffsets: [Int64: Int64]
    private let markerEpochs: [Int64: Int16]
    private let now: Int64
    private let deleteRetention: Int64
    /// Producers with records kept since their last marker: that marker still says what became of them.
    private var withRecords: Set<Int64> = []

    init(_ plan: CompactionPlan, keys: KeyOffsets, end: Int64) {
        self.keys = keys
        self.end = end
        aborted = plan.aborted
        lastOffsets = plan.lastOffsets
        markerEpochs = plan.markerEpochs
        now = plan.now
        deleteRetention = plan.deleteRetention
    }

    static func isAborted(_ batch: RecordBatch, _ aborted: [ProducerStates.AbortedTransaction]) -> Bool {
        guard batch.isTransactional, !batch.isControl else { return false }
        return aborted.contains {
            $0.producerId == batch.producerId && batch.baseOffset >= $0.firstOffset && batch.baseOffset < $0.lastOffset
        }
    }

    mutating func decide(
        _ batch: RecordBatch, in part: CompactionPlan.Part, _ plan: CompactionPlan
    ) throws(LogError) -> Decision {
        guard batch.nextOffset <= end else { return .keep }
        return batch.isControl ? decideMarker(batch) : try decideRecords(batch, in: part, plan)
    }

    /// A marker goes when nothing of its transaction is left, and readers have had their time to see it.
    private mutating func decideMarker(_ batch: RecordBatch) -> Decision {
        guard withRecords.remove(batch.producerId) == nil else { return .keep }
        guard batch.attributes.contains(.deleteHorizon) else { return .replace(withHorizon(batch)) }
        // Where no batch of the producer's epoch is left, its marker alone tells the epoch to a later start.
        guard batch.baseTimestamp <= now, markerEpochs[batch.producerId] != batch.producerEpoch else { return .keep }
        return .drop
    }

    /// A marker's one record has no time of its own that matters, so that the header alone carries the horizon.
    private func withHorizon(_ batch: RecordBatch) -> [UInt8] {
        var bytes = Array(batch.bytes)
        let attributes = batch.attributes.union(.deleteHorizon)
        bytes.withUnsafeMutableBytes { raw in
            raw.setBigEndian(attributes.rawValue, at: 21)
            raw.setBigEndian(now.addingSaturated(deleteRetention), at: 27)
            RecordBatch.seal(raw)
        }
        return bytes
    }

    private mutating func decideRecords(
        _ batch: RecordBatch, in part: CompactionPlan.Part, _ plan: CompactionPlan
    ) throws(LogError) -> Decision {
        let isLast = batch.hasProducer && lastOffsets[batch.producerId] == batch.lastOffset
        let horizon = batch.attributes.contains(.deleteHorizon) ? batch.baseTimestamp : nil
        var kept: Int32 = 0
        var hasTombstone = false
        if !CompactionFilter.isAborted(batch, aborted) {
            try plan.records(of: batch, in: part) { record in
                guard keeps(record, horizon) else { return }
                kept += 1
                if record.value == nil { hasTombstone = true }
            }
        }
        guard kept > 0 || isLast else { return .drop }
        if batch.isTransactional { withRecords.insert(batch.producerId) }
        if kept == 0 { return batch.recordCount > 0 ? .replace(emptied(batch)) : .keep }
        let newHorizon = hasTombstone ? horizon ?? now.addingSaturated(deleteRetention) : nil
        guard kept < batch.recordCount || newHorizon != horizon else { return .keep }
        return .replace(try rebuilt(batch, oldHorizon: horizon, newHorizon, in: part, plan))
    }

    /// The last value of its key, and no tombstone whose time is over.
    private func keeps(_ record: Record, _ horizon: Int64?) -> Bool {
        guard let key = record.key else { return false }
        if let latest = keys[key], latest > record.offset { return false }
        guard record.value == nil, let horizon else { return true }
        return now < horizon
    }

    /// The batch with fewer records, and not compressed; its offsets, producer and sequence stand.
    private func rebuilt(
        _ batch: RecordBatch, oldHorizon: Int64?, _ horizon: Int64?, in part: CompactionPlan.Part,
        _ plan: CompactionPlan
    ) throws(LogError) -> [UInt8] {
        var builder = RecordBatchBuilder(copying: batch, deleteHorizon: horizon)
        try plan.records(of: batch, in: part) { record in
            if keeps(record, oldHorizon) { builder.append(record) }
        }
        let stamped = batch.attributes.contains(.logAppendTime) ? batch.maxTimestamp : nil
        return builder.build(lastOffset: batch.lastOffset, maxTimestamp: stamped)
    }

    private func emptied(_ batch: RecordBatch) -> [UInt8] {
        RecordBatchBuilder(copying: batch, deleteHorizon: nil)
            .build(lastOffset: batch.lastOffset, maxTimestamp: batch.maxTimestamp)
    }
}

extension RecordBatchBuilder {
    /// An empty batch with another's offset, producer and flags, to take the records that stay.
    init(copying batch: RecordBatch, deleteHorizon: Int64?) {
        self.init(baseOffset: batch.baseOffset)
        producerId = batch.producerId
        producerEpoch = batch.producerEpoch
        baseSequence = batch.baseSequence
        leaderEpoch = batch.leaderEpoch
        var kept = RecordBatch.Attributes(rawValue: batch.attributes.rawValue & ~7)
        kept.remove(.deleteHorizon)
        if let deleteHorizon {
            kept.insert(.deleteHorizon)
            baseTimestamp = deleteHorizon
        }
        attributes = kept
    }
}
