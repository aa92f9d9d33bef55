extension PartitionLog {
    package struct TimedOffset: Equatable, Sendable {
        package var offset: Int64
        package var timestamp: Int64

        package init(offset: Int64, timestamp: Int64) {
            self.offset = offset
            self.timestamp = timestamp
        }
    }

    /// The first record whose timestamp is `timestamp` or later, below `limit`; nil where there is none.
    package func offset(forTimestamp timestamp: Int64, upTo limit: Int64) throws(LogError) -> TimedOffset? {
        for segment in segments where segment.maxTimestamp >= timestamp && segment.nextOffset > startOffset {
            keepOpen(segment)
            if let found = try segment.firstRecord(since: timestamp, from: startOffset, gapsBefore: compactedOffset) {
                return found.offset < limit ? found : nil
            }
        }
        return nil
    }

    /// The record with the greatest timestamp, the first of them where several share it.
    package func maxTimestamp() throws(LogError) -> TimedOffset? {
        guard let greatest = segments.map(\.maxTimestamp).max(), greatest >= 0 else { return nil }
        return try offset(forTimestamp: greatest, upTo: endOffset)
    }
}

extension Segment {
    /// The first record at or after `start` that has at least this timestamp.
    func firstRecord(since timestamp: Int64, from start: Int64, gapsBefore: Int64) throws(LogError) -> PartitionLog
        .TimedOffset?
    {
        let entry = try timeIndex.last(where: { $0.key < timestamp })
        let from = max(start, baseOffset + (entry?.value ?? 0))
        guard var position = try position(of: from, gapsBefore: gapsBefore) else { return nil }
        while position < size {
            let header = try header(at: position)
            if header.maxTimestamp >= timestamp, header.lastOffset >= start,
                let found = try firstRecord(inBatchAt: position, header, since: timestamp, from: start)
            {
                return found
            }
            position += header.size
        }
        return nil
    }

    private func firstRecord(
        inBatchAt position: Int, _ header: Header, since timestamp: Int64, from start: Int64
    ) throws(LogError) -> PartitionLog.TimedOffset? {
        var bytes = [UInt8](repeating: 0, count: header.size)
        let file = try file()
        return try bytes.withMutableRawBytes { raw throws(LogError) in
            _ = try file.read(into: raw, at: position)
            guard let batch = RecordBatch(startOf: UnsafeRawBufferPointer(raw)), batch.isValid else {
                throw LogError(.damaged, "\(path) is damaged at byte \(position) (offset \(header.baseOffset))")
            }
            var found: PartitionLog.TimedOffset?
            do {
                try batch.forEachRecord { record in
                    if found == nil, record.timestamp >= timestamp, record.offset >= start {
                        found = .init(offset: record.offset, timestamp: record.timestamp)
                    }
                }
            } catch {
                // A batch that cannot be opened here is still right as a whole.
                return .init(offset: max(start, batch.baseOffset), timestamp: batch.maxTimestamp)
            }
            return found
        }
    }
}
