import KappaRecords

/// Looks for a sound batch behind damage. One that is found means that the damage is a hole in the log; none means
/// that it is the unfinished end of the last write.
struct SoundBatchSearch {
    private static let chunk = 1 << 20

    let file: any StorageFile
    /// A batch in the right place has at least this offset.
    let leastOffset: Int64

    func first(after start: Int) throws(LogError) -> (position: Int, offset: Int64)? {
        let fileSize = try file.size()
        var position = start + 1
        var buffer = [UInt8](repeating: 0, count: min(SoundBatchSearch.chunk, max(0, fileSize - position)))
        while position + RecordBatch.headerSize <= fileSize {
            let candidates = try buffer.withMutableRawBytes { raw throws(LogError) -> (found: [Int], read: Int) in
                let part = UnsafeMutableRawBufferPointer(rebasing: raw[..<min(raw.count, fileSize - position)])
                let count = try file.read(into: part, at: position)
                return (plausible(UnsafeRawBufferPointer(rebasing: part[..<count]), room: fileSize - position), count)
            }
            for candidate in candidates.found {
                if let offset = try confirm(position + candidate) { return (position + candidate, offset) }
            }
            // The next chunk repeats the last bytes, where a header might have begun.
            position += max(1, candidates.read - RecordBatch.headerSize + 1)
        }
        return nil
    }

    /// Where a header might stand: cheap tests, of which few places pass both.
    private func plausible(_ bytes: UnsafeRawBufferPointer, room: Int) -> [Int] {
        guard bytes.count >= RecordBatch.headerSize else { return [] }
        var places: [Int] = []
        for index in 0...(bytes.count - RecordBatch.headerSize) where bytes[index + 16] == 2 {
            let size = Int(bytes.bigEndian(at: index + 8, as: Int32.self)) + RecordBatch.lengthOverhead
            guard size >= RecordBatch.headerSize, size <= room - index,
                bytes.bigEndian(at: index, as: Int64.self) >= leastOffset
            else { continue }
            places.append(index)
        }
        return places
    }

    private func confirm(_ position: Int) throws(LogError) -> Int64? {
        guard let bytes = try BatchBytes.read(file, at: position) else { return nil }
        return bytes.withRawBytes { raw in
            guard let batch = RecordBatch(startOf: raw), batch.isValid else { return nil }
            return batch.baseOffset
        }
    }
}

/// A batch copied out of a file, for the places that need a single one.
enum BatchBytes {
    /// Nil where no batch of possible length stands at `position`; its checksum is for the caller to verify.
    static func read(_ file: any StorageFile, at position: Int) throws(LogError) -> [UInt8]? {
        var header = [UInt8](repeating: 0, count: RecordBatch.headerSize)
        let size = try header.withMutableRawBytes { raw throws(LogError) -> Int? in
            guard try file.read(into: raw, at: position) == raw.count else { return nil }
            return RecordBatch.size(announcedBy: UnsafeRawBufferPointer(raw))
        }
        guard let size, size >= RecordBatch.headerSize, size <= (try file.size()) - position else { return nil }
        var bytes = [UInt8](repeating: 0, count: size)
        let count = try bytes.withMutableRawBytes { raw throws(LogError) in try file.read(into: raw, at: position) }
        return count == size ? bytes : nil
    }
}
