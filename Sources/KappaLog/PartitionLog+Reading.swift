import KappaRecords

extension PartitionLog {
    /// Reads whole batches from the one that holds `from`, none of it at or above `limit`: at most `maxBytes`, but
    /// at least one batch unless that is not wanted. Every checksum is verified on the way, so damage is named and
    /// never served.
    ///
    /// `reserve` hands out memory for the number of bytes it is asked for; asked a second time (for a batch
    /// greater than `maxBytes`) it takes the first back. The answer counts the valid bytes at the start of it; 0 means
    /// that there is nothing to read yet.
    package func read(
        from offset: Int64, upTo limit: Int64, maxBytes: Int, atLeastOneBatch: Bool = true,
        into reserve: (Int) -> UnsafeMutableRawBufferPointer
    ) throws(LogError) -> Int {
        guard offset >= startOffset, offset <= endOffset else {
            throw LogError(
                .offsetOutOfRange, "offset \(offset) is not between \(startOffset) and \(endOffset) in \(directory)")
        }
        guard offset < limit, let place = try locate(offset) else { return 0 }
        let file = try place.segment.file()
        keepOpen(place.segment)
        let available = place.segment.size - place.position
        var buffer = reserve(min(available, max(maxBytes, RecordBatch.headerSize)))
        var count = try file.read(into: buffer, at: place.position)
        if let whole = RecordBatch.size(announcedBy: UnsafeRawBufferPointer(rebasing: buffer[..<count])),
            whole > count || (whole > maxBytes && !atLeastOneBatch), whole <= available
        {
            guard atLeastOneBatch else { return 0 }
            buffer = reserve(whole)
            count = try file.read(into: buffer, at: place.position)
        }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        return try verify(bytes, at: place, readingFrom: offset, upTo: limit)
    }

    /// Counts the bytes of the whole, sound batches below `limit`, and notes where the reader will go on.
    private func verify(
        _ bytes: UnsafeRawBufferPointer, at place: Place, readingFrom offset: Int64, upTo limit: Int64
    ) throws(LogError) -> Int {
        var end = 0
        var next = offset
        while let batch = RecordBatch(startOf: bytes.part(end..<bytes.count)) {
            do throws(RecordBatch.Damage) {
                try batch.validate()
                try batch.requireKnownEpoch()
                guard fits(batch, at: next, isFirst: end == 0) else {
                    throw .counts("has offset \(batch.baseOffset) where \(next) was due")
                }
            } catch {
                // The sound batches before the damage are served; the next read starts at it and names it.
                if end > 0 { break }
                throw damaged(place.segment, at: place.position, offset: next, error.words)
            }
            guard batch.nextOffset <= limit else { break }
            end += batch.size
            next = batch.nextOffset
        }
        if end == 0, bytes.count < RecordBatch.headerSize || place.segment.size - place.position == bytes.count,
            RecordBatch(startOf: bytes) == nil
        {
            throw damaged(place.segment, at: place.position, offset: offset, "is cut short")
        }
        if end > 0 {
            let hint = ReadHints.Hint(
                offset: next, segment: place.segment.baseOffset, position: place.position + end)
            hints.note(hint, replacing: offset)
        }
        return end
    }

    /// The base offset lies outside the checksum: only its neighbours tell whether it is right.
    private func fits(_ batch: RecordBatch, at offset: Int64, isFirst: Bool) -> Bool {
        if isFirst, batch.baseOffset <= offset { return batch.lastOffset >= offset }
        return batch.baseOffset == offset || (batch.baseOffset > offset && allowsGaps(before: batch.baseOffset))
    }

    func damaged(_ segment: Segment, at position: Int, offset: Int64, _ words: String) -> LogError {
        LogError(
            .damaged, "\(segment.path) is damaged at byte \(position) (offset \(offset)): the batch there \(words)",
            hint: "Nothing of it is served. Run `kappa broker check` to see what else is affected.")
    }

    struct Place {
        var segment: Segment
        var position: Int
    }

    /// The batch that holds `offset`, or the next one where compaction removed it; nil at the end of the log.
    func locate(_ offset: Int64) throws(LogError) -> Place? {
        if let hint = hints.find(offset), let segment = segment(withBase: hint.segment),
            hint.position < segment.size
        {
            return Place(segment: segment, position: hint.position)
        }
        var number = segmentIndex(holding: offset)
        while number < segments.count {
            if let position = try segments[number].position(of: offset, gapsBefore: compactedOffset) {
                return Place(segment: segments[number], position: position)
            }
            number += 1
        }
        return nil
    }

    /// The number of the last segment that starts at or below `offset`.
    func segmentIndex(holding offset: Int64) -> Int {
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].baseOffset <= offset { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }

    private func segment(withBase base: Int64) -> Segment? {
        let segment = segments[segmentIndex(holding: base)]
        return segment.baseOffset == base ? segment : nil
    }

    /// A log of a thousand segments keeps only the last few that were read open.
    func keepOpen(_ segment: Segment) {
        guard segment !== active, !openClosed.contains(where: { $0 === segment }) else { return }
        openClosed.append(segment)
        if openClosed.count > 4 { openClosed.removeFirst().closeFile() }
    }
}
