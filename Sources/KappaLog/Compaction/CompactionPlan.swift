import KappaRecords

/// A round of compaction over segments that no longer change: made on the owner's thread, run on any other, and
/// handed back to `PartitionLog.finishCompaction`.
package struct CompactionPlan: Sendable {
    struct Part: Sendable {
        let baseOffset: Int64
        let path: String
        let size: Int
        let nextOffset: Int64
    }

    let directory: String
    let storage: any Storage
    /// All closed segments from the first one on, in order.
    let parts: [Part]
    /// Where the last round ended: keys are collected from here on.
    let dirtyFrom: Int64
    let aborted: [ProducerStates.AbortedTransaction]
    /// The offset of each producer's last batch, which stays, be it empty: it carries the sequence number.
    let lastOffsets: [Int64: Int64]
    /// The epochs of producers that have no batch, only a marker.
    let markerEpochs: [Int64: Int16]
    let now: Int64
    let deleteRetention: Int64
    var maxKeys: Int
    let segmentBytes: Int

    package struct Outcome: Sendable {
        /// A file that takes the place of one segment or of several neighbours, under the name of the first.
        struct Rewritten: Sendable {
            let parts: [Part]
            let size: Int
        }

        /// What changed; each file waits beside its segment, synced.
        var rewritten: [Rewritten] = []
        /// Below this every key has been dealt with.
        var compactedTo: Int64
        package var bytesBefore = 0
        package var bytesAfter = 0
    }

    /// Reads the segments twice: once for the last offset of each key, once to write what stays.
    package func run() -> Result<Outcome, LogError> {
        do {
            var keys = KeyOffsets(capacity: maxKeys)
            let end = try collect(&keys)
            var outcome = Outcome(compactedTo: end)
            var filter = CompactionFilter(self, keys: keys, end: end)
            for group in groups(below: end) {
                let size = try rewrite(group, &filter)
                let before = group.reduce(0) { $0 + $1.size }
                outcome.bytesBefore += before
                outcome.bytesAfter += size ?? before
                if let size { outcome.rewritten.append(.init(parts: group, size: size)) }
            }
            return .success(outcome)
        } catch {
            return .failure(error)
        }
    }

    /// Neighbours that fit into one segment become one, or a compacted log would end as a thousand tiny files.
    private func groups(below end: Int64) -> [[Part]] {
        var groups: [[Part]] = []
        var bytes = 0
        for part in parts where part.baseOffset < end {
            if let first = groups.last?.first, bytes + part.size <= segmentBytes,
                part.nextOffset - first.baseOffset <= Int64(Int32.max)
            {
                groups[groups.count - 1].append(part)
            } else {
                groups.append([part])
                bytes = 0
            }
            bytes += part.size
        }
        return groups
    }

    /// Fills the table as far as it goes; answers the offset at which it was full, or the end.
    private func collect(_ keys: inout KeyOffsets) throws(LogError) -> Int64 {
        var end = dirtyFrom
        for part in parts where part.nextOffset > dirtyFrom {
            var table = keys
            keys = KeyOffsets(capacity: 0)
            var full: Int64?
            try scan(part) { batch throws(LogError) in
                guard full == nil, batch.nextOffset > dirtyFrom, !batch.isControl,
                    !CompactionFilter.isAborted(batch, aborted)
                else { return }
                guard table.hasRoom(for: Int(batch.recordCount)) else { return full = batch.baseOffset }
                try records(of: batch, in: part) { record in
                    if record.offset >= dirtyFrom, let key = record.key { table.set(key, to: record.offset) }
                }
            }
            keys = table
            if let full { return max(full, dirtyFrom) }
            end = part.nextOffset
        }
        return end
    }

    /// The size of the new file, or nil where the segment stays as it is.
    private func rewrite(_ group: [Part], _ filter: inout CompactionFilter) throws(LogError) -> Int? {
        let path = Segment.cleanedPath(of: group[0].path)
        var output = try SegmentWriter(path: path, storage: storage)
        var filtering = filter
        var changed = group.count > 1
        for part in group {
            try scan(part) { batch throws(LogError) in
                switch try filtering.decide(batch, in: part, self) {
                case .keep: try output.append(batch.bytes)
                case .drop: changed = true
                case .replace(let bytes):
                    changed = true
                    try bytes.withRawBytes { raw throws(LogError) in try output.append(raw) }
                }
            }
        }
        filter = filtering
        guard changed else {
            try storage.remove(path)
            return nil
        }
        return try output.finish()
    }

    /// Each batch of a segment, verified: damage stops the round and is never copied on.
    private func scan(_ part: Part, _ body: (RecordBatch) throws(LogError) -> Void) throws(LogError) {
        let file = try storage.open(part.path, create: false)
        var scanner = SegmentScanner(
            file: file, fileSize: part.size, expected: part.baseOffset, gapsBefore: part.nextOffset)
        let ending = try scanner.scan(from: 0) { batch, _ throws(LogError) in try body(batch) }
        guard case .broken(let position, let words) = ending else { return }
        throw LogError(
            .damaged, "\(part.path) is damaged at byte \(position): the batch there \(words)",
            hint: "The log is not compacted. Run `kappa broker check` to see what else is affected.")
    }

    func records(of batch: RecordBatch, in part: Part, _ body: (Record) -> Void) throws(LogError) {
        do {
            try batch.forEachRecord(body)
        } catch {
            throw LogError(
                .damaged, "\(part.path): the batch at offset \(batch.baseOffset) \(error.words)",
                hint: "The log is not compacted until those records are gone.")
        }
    }
}
