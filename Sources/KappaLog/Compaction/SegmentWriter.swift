import KappaRecords

/// Writes a new segment file in large pieces and syncs it at the end.
struct SegmentWriter {
    private static let piece = 1 << 18

    private let file: any StorageFile
    private var pending: [UInt8] = []
    private var written = 0

    init(path: String, storage: any Storage) throws(LogError) {
        file = try storage.open(path, create: true)
        try file.truncate(to: 0)
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(LogError) {
        pending.append(contentsOf: bytes)
        if pending.count >= SegmentWriter.piece { try flush() }
    }

    /// The size of the file, which is now on the disk.
    mutating func finish() throws(LogError) -> Int {
        try flush()
        try file.sync()
        return written
    }

    private mutating func flush() throws(LogError) {
        let position = written
        let file = file
        try pending.withRawBytes { raw throws(LogError) in try file.write(raw, at: position) }
        written += pending.count
        pending.removeAll(keepingCapacity: true)
    }
}
