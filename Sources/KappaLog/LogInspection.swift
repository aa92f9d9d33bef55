/// What a look at a log that nobody serves finds: every batch read and verified, every index entry compared with the
/// batch it points to. Nothing is changed.
package struct LogInspection: Sendable {
    package var segments = 0
    package var batches = 0
    package var records = 0
    package var bytes = 0
    package var startOffset: Int64 = 0
    package var endOffset: Int64 = 0
    /// Damage: records are lost or would not be served.
    package var problems: [String] = []
    /// What the next start mends by itself.
    package var notes: [String] = []

    /// Looks at the log of one directory.
    package init(directory: String, storage: any Storage = PosixStorage()) throws(LogError) {
        let bases = try storage.list(directory).compactMap(Segment.baseOffset(ofFile:)).sorted()
        startOffset = bases.first ?? 0
        endOffset = startOffset
        for (number, base) in bases.enumerated() {
            try inspect(base, isLast: number == bases.count - 1, directory, storage)
        }
    }

    private mutating func inspect(
        _ base: Int64, isLast: Bool, _ directory: String, _ storage: any Storage
    ) throws(LogError) {
        let path = "\(directory)/\(Segment.name(base)).log"
        if base < endOffset { problems.append("\(path) begins before the segment before it ends, at \(endOffset)") }
        let file = try storage.open(path, create: false)
        let size = try file.size()
        var index = try IndexWalk(logPath: path, base: base, storage: storage)
        // Compaction may leave gaps anywhere; what it may not do is go back.
        var scanner = SegmentScanner(file: file, fileSize: size, expected: max(base, endOffset), gapsBefore: .max)
        var (batches, records, end) = (0, 0, max(base, endOffset))
        let ending = try scanner.scan(from: 0) { (batch, position) throws(LogError) in
            batches += 1
            records += Int(batch.recordCount)
            end = batch.nextOffset
            index.pass(batch, at: position)
        }
        segments += 1
        bytes += size
        self.batches += batches
        self.records += records
        endOffset = end
        notes += index.problems
        if case .broken(let position, let words) = ending {
            try report(words, at: position, of: file, size, isLast: isLast, path)
        }
    }

    private mutating func report(
        _ words: String, at position: Int, of file: any StorageFile, _ size: Int, isLast: Bool, _ path: String
    ) throws(LogError) {
        let place = "\(path), byte \(position) (offset \(endOffset)): the batch there \(words)"
        let search = SoundBatchSearch(file: file, leastOffset: endOffset)
        if isLast, try search.first(after: position) == nil {
            notes.append("\(place); nothing sound follows, and the next start cuts these \(size - position) bytes")
        } else {
            problems.append(place)
        }
    }
}

/// The entries of an offset index, compared with the batches as they are passed.
private struct IndexWalk {
    private let path: String
    private let base: Int64
    private var entries: [(offset: Int64, position: Int)] = []
    private var next = 0
    private(set) var problems: [String] = []

    init(logPath: String, base: Int64, storage: any Storage) throws(LogError) {
        path = String(logPath.dropLast(4)) + SparseIndex.Kind.offset.rawValue
        self.base = base
        let name = String(path.split(separator: "/").last ?? "")
        let directory = String(path.dropLast(name.utf8.count + 1))
        guard try storage.list(directory).contains(name) else { return }
        let file = try storage.open(path, create: false)
        var bytes = [UInt8](repeating: 0, count: try file.size())
        _ = try bytes.withMutableRawBytes { raw throws(LogError) in try file.read(into: raw, at: 0) }
        bytes.withUnsafeBytes { raw in
            for entry in 0..<raw.count / SparseIndex.Kind.offset.entrySize {
                let relative = raw.bigEndian(at: entry * 8, as: Int32.self)
                let position = raw.bigEndian(at: entry * 8 + 4, as: Int32.self)
                entries.append((base + Int64(relative), Int(position)))
            }
        }
    }

    mutating func pass(_ batch: RecordBatch, at position: Int) {
        while next < entries.count, entries[next].position <= position {
            let entry = entries[next]
            next += 1
            if entry.position != position || entry.offset != batch.lastOffset {
                problems.append(
                    "\(path), entry \(next): says offset \(entry.offset) at byte \(entry.position), which is not so; "
                        + "the index is rebuilt when its checkpoint is missing")
            }
        }
    }
}
