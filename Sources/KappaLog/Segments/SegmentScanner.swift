import KappaRecords

/// Reads a segment from a position to its end, batch by batch, and verifies each of them. Memory is one chunk, or one
/// batch where that is larger.
struct SegmentScanner {
    static let chunk = 1 << 20

    enum Ending: Equatable {
        /// Everything up to the file's end is sound.
        case whole
        /// From here on the bytes are no batch; why, in words.
        case broken(position: Int, String)
    }

    let file: any StorageFile
    let fileSize: Int
    /// The least offset that the next batch may have.
    var expected: Int64
    /// Compaction leaves gaps below this offset; without it the offsets follow each other exactly.
    let gapsBefore: Int64

    /// Calls `body` with each sound batch and its position.
    mutating func scan(
        from start: Int, _ body: (RecordBatch, Int) throws(LogError) -> Void
    ) throws(LogError) -> Ending {
        var position = start
        var buffer = [UInt8](repeating: 0, count: min(SegmentScanner.chunk, max(fileSize - start, 0)))
        while position < fileSize {
            let wanted = min(buffer.count, fileSize - position)
            let (used, ending, needs) = try scanChunk(&buffer, wanted, at: position, body)
            position += used
            if let ending { return ending }
            if used == 0 {
                guard let needs, needs <= fileSize - position else {
                    return .broken(position: position, "is cut short")
                }
                buffer = [UInt8](repeating: 0, count: needs)
            }
        }
        return .whole
    }

    private mutating func scanChunk(
        _ buffer: inout [UInt8], _ wanted: Int, at position: Int,
        _ body: (RecordBatch, Int) throws(LogError) -> Void
    ) throws(LogError) -> (used: Int, ending: Ending?, needs: Int?) {
        let file = file
        var next = expected
        let gapsBefore = gapsBefore
        let result = try buffer.withMutableRawBytes { raw throws(LogError) -> (Int, Ending?, Int?) in
            let part = UnsafeMutableRawBufferPointer(rebasing: raw[0..<wanted])
            let count = try file.read(into: part, at: position)
            let bytes = UnsafeRawBufferPointer(rebasing: part[0..<count])
            var used = 0
            while let batch = RecordBatch(startOf: bytes.part(used..<count)) {
                if let words = SegmentScanner.fault(in: batch, expecting: next, gapsBefore: gapsBefore) {
                    return (used, .broken(position: position + used, words), nil)
                }
                try body(batch, position + used)
                used += batch.size
                next = batch.nextOffset
            }
            let rest = bytes.part(used..<count)
            guard let size = RecordBatch.size(announcedBy: rest), size >= RecordBatch.headerSize else {
                let ending =
                    rest.count >= RecordBatch.lengthOverhead
                    ? Ending.broken(position: position + used, "has an impossible length") : nil
                return (used, ending, nil)
            }
            return (used, nil, size)
        }
        expected = next
        return result
    }

    static func fault(in batch: RecordBatch, expecting offset: Int64, gapsBefore: Int64) -> String? {
        do {
            try batch.validate()
            try batch.requireKnownEpoch()
        } catch {
            return error.words
        }
        guard batch.baseOffset == offset || (batch.baseOffset > offset && batch.baseOffset <= gapsBefore) else {
            return "has offset \(batch.baseOffset) where \(offset) was due"
        }
        return nil
    }
}
