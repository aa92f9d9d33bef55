import KappaRecords

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
    ///
    /// The markers of transactions bear the time of their writing, which says nothing of the records' own: whoever asks
    /// for a time among records of last year does not mean the first marker.
    package func offset(forTimestamp timestamp: Int64, upTo limit: Int64) throws(LogError) -> TimedOffset? {
        try offset(forTimestamp: timestamp, upTo: limit, countsMarkers: false)
    }

    private func offset(
        forTimestamp timestamp: Int64, upTo limit: Int64, countsMarkers: Bool
    ) throws(LogError) -> TimedOffset? {
        for segment in segments where segment.maxTimestamp >= timestamp && segment.nextOffset > startOffset {
            keepOpen(segment)
            let found = try segment.firstRecord(
                since: timestamp, from: startOffset, gapsBefore: compactedOffset, countsMarkers: countsMarkers)
            if let found {
                return found.offset < limit ? found : nil
            }
        }
        return nil
    }

    /// The record with the greatest timestamp, the first of them where several share it.
    package func maxTimestamp() throws(LogError) -> TimedOffset? {
        guard let greatest = segments.map(\.maxTimestamp).max(), greatest >= 0 else { return nil }
        return try offset(forTimestamp: greatest, upTo: endOffset, countsMarkers: true)
    }
}

extension Segment {
    /// The first record at or after `start` that has at least this timestamp.
    func firstRecord(
        since timestamp: Int64, from start: Int64, gapsBefore: Int64, countsMarkers: Bool
    ) throws(LogError) -> PartitionLog.TimedOffset? {
        let entry = try timeIndex.last(where: { $0.key < timestamp })
        let from = max(start, baseOffset + (entry?.value ?? 0))
        guard var position = try position(of: from, gapsBefore: gapsBefore) else { return nil }
        while position < size {
            let header = try header(at: position)
            if header.maxTimestamp >= timestamp, header.lastOffset >= start,
                let found = try firstRecord(
                    inBatchAt: position, header, since: timestamp, from: start, countsMarkers: countsMarkers)
            {
                return found
            }
            position += header.size
        }
        return nil
    }

    private func firstRecord(
        inBatchAt position: Int, _ header: Header, since timestamp: Int64, from start: Int64, countsMarkers: Bool
    ) throws(LogError) -> PartitionLog.TimedOffset? {
        var bytes = [UInt8](repeating: 0, count: header.size)
        let file = try file()
        return try bytes.withMutableRawBytes { raw throws(LogError) in
            _ = try file.read(into: raw, at: position)
            guard let batch = RecordBatch(startOf: UnsafeRawBufferPointer(raw)), batch.isValid else {
                throw LogError(.damaged, "\(path) is damaged at byte \(position) (offset \(header.baseOffset))")
            }
            guard countsMarkers || !batch.isControl else { return nil }
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
