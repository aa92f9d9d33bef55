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
    package func offset(forTimestamp timestamp: Int64, upTo limit: Int64) throws(LogError) -> TimedOffset? {
        try finish(TimeSearch(since: timestamp), upTo: limit)
    }

    /// The record with the greatest timestamp, the first of them where several share it.
    package func maxTimestamp() throws(LogError) -> TimedOffset? {
        guard let search = maxTimestampSearch() else { return nil }
        return try finish(search, upTo: endOffset)
    }

    package func maxTimestampSearch() -> TimeSearch? {
        guard let greatest = segments.map(\.maxTimestamp).max(), greatest >= 0 else { return nil }
        return TimeSearch(since: greatest, countsMarkers: true)
    }

    private func finish(_ search: TimeSearch, upTo limit: Int64) throws(LogError) -> TimedOffset? {
        var search = search
        while let candidate = try nextCandidate(&search) {
            guard let found = candidate.look() else { continue }
            return found.offset < limit ? found : nil
        }
        return nil
    }
}

/// A look-up by time, in steps: the log finds the next batch whose header promises a record of that time, and whoever
/// has the time opens that batch, which may be small and hold a great deal.
package struct TimeSearch: Sendable {
    let timestamp: Int64
    /// The markers of transactions bear the time of their writing, which says nothing of the records' own: whoever asks
    /// for a time among records of last year does not mean the first marker.
    let countsMarkers: Bool
    /// Below this it has looked.
    var next: Int64 = 0

    package init(since timestamp: Int64, countsMarkers: Bool = false) {
        self.timestamp = timestamp
        self.countsMarkers = countsMarkers
    }

    /// A batch that may hold the record that is looked for.
    package struct Candidate: Sendable {
        let bytes: [UInt8]
        let timestamp: Int64
        let start: Int64
        /// Whether opening it may take long: a few bytes can stand for many megabytes.
        package let isLengthy: Bool

        /// The first record in it of the time or later; nil where the header promised what is not there.
        package func look() -> PartitionLog.TimedOffset? {
            bytes.withRawBytes { raw in
                guard let batch = RecordBatch(startOf: raw) else { return nil }
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
}

extension PartitionLog {
    package func nextCandidate(_ search: inout TimeSearch) throws(LogError) -> TimeSearch.Candidate? {
        search.next = max(search.next, startOffset)
        for segment in segments where segment.maxTimestamp >= search.timestamp && segment.nextOffset > search.next {
            keepOpen(segment)
            if let found = try segment.nextCandidate(&search, gapsBefore: compactedOffset) { return found }
        }
        return nil
    }
}

extension Segment {
    fileprivate func nextCandidate(
        _ search: inout TimeSearch, gapsBefore: Int64
    ) throws(LogError) -> TimeSearch.Candidate? {
        let timestamp = search.timestamp
        let entry = try timeIndex.last(where: { $0.key < timestamp })
        let from = max(search.next, baseOffset + (entry?.value ?? 0))
        guard var position = try position(of: from, gapsBefore: gapsBefore) else { return nil }
        while position < size {
            let header = try header(at: position)
            if header.maxTimestamp >= timestamp, header.lastOffset >= search.next,
                let candidate = try candidate(at: position, header, search)
            {
                search.next = header.lastOffset + 1
                return candidate
            }
            position += header.size
        }
        return nil
    }

    private func candidate(
        at position: Int, _ header: Header, _ search: TimeSearch
    ) throws(LogError) -> TimeSearch.Candidate? {
        var bytes = [UInt8](repeating: 0, count: header.size)
        let file = try file()
        let isLengthy: Bool? = try bytes.withMutableRawBytes { raw throws(LogError) in
            _ = try file.read(into: raw, at: position)
            guard let batch = RecordBatch(startOf: UnsafeRawBufferPointer(raw)), batch.isValid else {
                throw LogError(.damaged, "\(path) is damaged at byte \(position) (offset \(header.baseOffset))")
            }
            guard search.countsMarkers || !batch.isControl else { return nil }
            return batch.attributes.codec != RecordBatch.Codec.none
        }
        return isLengthy.map { isLengthy in
            .init(bytes: bytes, timestamp: search.timestamp, start: search.next, isLengthy: isLengthy)
        }
    }
}
