import KappaCore
import KappaRecords

extension Segment {
    /// The position of the first batch that reaches `offset`; nil where the segment ends before it.
    func position(of offset: Int64, gapsBefore: Int64) throws(LogError) -> Int? {
        guard offset < nextOffset, size > 0 else { return nil }
        guard offset > baseOffset else { return 0 }
        var position = try trustedEntry(before: offset, gapsBefore: gapsBefore)
        var due = position == 0 ? baseOffset : nil
        while position < size {
            let batch = try header(at: position)
            if let due { try require(batch, at: position, due: due, gapsBefore: gapsBefore) }
            if batch.lastOffset >= offset { return position }
            position += batch.size
            due = batch.lastOffset + 1
        }
        return nil
    }

    /// Offsets lie outside the checksum; a wrong one would send the reader to the wrong place.
    func require(_ batch: Header, at position: Int, due: Int64, gapsBefore: Int64) throws(LogError) {
        guard batch.baseOffset == due || (batch.baseOffset > due && batch.baseOffset <= gapsBefore) else {
            throw LogError(
                .damaged,
                "\(path) is damaged at byte \(position): offset \(batch.baseOffset) stands where \(due) was due")
        }
    }

    /// Where to start looking for `offset`. An index is a cache: an entry that the log does not confirm discards it.
    private func trustedEntry(before offset: Int64, gapsBefore: Int64) throws(LogError) -> Int {
        guard let entry = try offsetIndex.last(where: { $0.key + self.baseOffset <= offset }) else { return 0 }
        let position = Int(entry.value)
        if position < size, let found = try? header(at: position), found.lastOffset == entry.key + baseOffset {
            return position
        }
        try rebuildIndexes(gapsBefore: gapsBefore)
        let rebuilt = try offsetIndex.last(where: { $0.key + self.baseOffset <= offset })
        return Int(rebuilt?.value ?? 0)
    }

    struct Header {
        var baseOffset: Int64
        var lastOffset: Int64
        var maxTimestamp: Int64
        var size: Int

        init(_ batch: RecordBatch) {
            baseOffset = batch.baseOffset
            lastOffset = batch.lastOffset
            maxTimestamp = batch.maxTimestamp
            size = batch.size
        }

        /// From the bytes of a header alone, whose `size` the caller has checked.
        package init(_ bytes: UnsafeRawBufferPointer, size: Int) {
            baseOffset = bytes.bigEndian(at: 0, as: Int64.self)
            lastOffset = baseOffset &+ Int64(bytes.bigEndian(at: 23, as: Int32.self))
            maxTimestamp = bytes.bigEndian(at: 35, as: Int64.self)
            self.size = size
        }
    }

    /// Reads what is needed to step over the batch at `position`.
    func header(at position: Int) throws(LogError) -> Header {
        let file = try file()
        return try withUnsafeTemporaryAllocation(byteCount: RecordBatch.headerSize, alignment: 8) {
            raw throws(LogError) in
            let count = try file.read(into: raw, at: position)
            let bytes = UnsafeRawBufferPointer(raw)
            guard count == raw.count, let whole = RecordBatch.size(announcedBy: bytes),
                whole >= RecordBatch.headerSize, whole <= size - position,
                bytes.bigEndian(at: 16, as: Int8.self) == 2
            else { throw LogError(.damaged, "\(path) is damaged at byte \(position): no batch stands there") }
            return Header(bytes, size: whole)
        }
    }

    /// Milliseconds between the first batch and one with this timestamp.
    func age(at timestamp: Int64) -> Int64 {
        guard let firstTimestamp else { return 0 }
        return timestamp.subtractingSaturated(firstTimestamp)
    }
}
