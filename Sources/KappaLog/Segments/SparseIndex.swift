import KappaRecords

/// A sorted file of fixed-size entries, Kafka's `.index` or `.timeindex`: a cache that stays on disk.
///
/// Only the newest entries are held in memory; look-ups read the few entries that a binary search touches. No file
/// stays open, so a thousand segments cost neither descriptors nor memory.
struct SparseIndex {
    enum Kind: String {
        /// Relative last offset of a batch (4 bytes), position of the batch (4 bytes).
        case offset = ".index"
        /// Greatest timestamp so far (8 bytes), relative offset of its batch (4 bytes).
        case time = ".timeindex"

        var entrySize: Int { self == .offset ? 8 : 12 }
    }

    struct Entry: Equatable {
        var key: Int64
        var value: Int64
    }

    static let pendingEntries = 64

    let kind: Kind
    let path: String
    let storage: any Storage
    /// Entries already in the file.
    private(set) var written: Int
    private var pending: [Entry] = []

    /// `written` is what the file is known to hold; whatever stands behind it is overwritten.
    init(_ kind: Kind, logPath: String, storage: any Storage, written: Int) {
        self.kind = kind
        path = String(logPath.dropLast(4)) + kind.rawValue
        self.storage = storage
        self.written = written
    }

    var count: Int { written + pending.count }

    mutating func append(key: Int64, value: Int64) throws(LogError) {
        pending.append(Entry(key: key, value: value))
        if pending.count >= SparseIndex.pendingEntries { try flush() }
    }

    /// Brings the file up to date and cuts what an earlier life left behind the end.
    mutating func flush(cutting: Bool = false) throws(LogError) {
        guard !pending.isEmpty || cutting else { return }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(pending.count * kind.entrySize)
        for entry in pending { encode(entry, into: &bytes) }
        let file = try storage.open(path, create: true)
        try SparseIndex.write(bytes, to: file, at: written * kind.entrySize)
        written += pending.count
        pending.removeAll(keepingCapacity: true)
        if cutting { try file.truncate(to: written * kind.entrySize) }
    }

    /// Keeps the first `count` entries.
    mutating func cut(to count: Int) {
        pending.removeLast(min(pending.count, max(0, self.count - count)))
        written = min(written, count)
    }

    /// How many entries have a key for which `isBefore` holds; it holds for a prefix of them.
    func count(file: (any StorageFile)?, where isBefore: (Entry) -> Bool) throws(LogError) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(try entry(middle, file: file)) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The last entry for which `isBefore` holds.
    func last(where isBefore: (Entry) -> Bool) throws(LogError) -> Entry? {
        guard count > 0 else { return nil }
        let file = written > 0 ? try storage.open(path, create: true) : nil
        let found = try count(file: file, where: isBefore)
        return found == 0 ? nil : try entry(found - 1, file: file)
    }

    func entry(_ number: Int, file: (any StorageFile)?) throws(LogError) -> Entry {
        guard number < written, let file else { return pending[number - written] }
        let size = kind.entrySize
        return try withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { raw throws(LogError) in
            guard try file.read(into: raw, at: number * size) == size else {
                throw LogError(.damaged, "\(path) is shorter than its \(count) entries")
            }
            return SparseIndex.decode(UnsafeRawBufferPointer(raw), kind: kind)
        }
    }

    static func decode(_ bytes: UnsafeRawBufferPointer, kind: Kind) -> Entry {
        switch kind {
        case .offset:
            Entry(
                key: Int64(bytes.bigEndian(at: 0, as: Int32.self)),
                value: Int64(bytes.bigEndian(at: 4, as: UInt32.self)))
        case .time:
            Entry(
                key: bytes.bigEndian(at: 0, as: Int64.self), value: Int64(bytes.bigEndian(at: 8, as: Int32.self)))
        }
    }

    private func encode(_ entry: Entry, into bytes: inout [UInt8]) {
        if kind == .offset {
            bytes.appendBigEndian(Int32(truncatingIfNeeded: entry.key))
            bytes.appendBigEndian(UInt32(truncatingIfNeeded: entry.value))
        } else {
            bytes.appendBigEndian(entry.key)
            bytes.appendBigEndian(Int32(truncatingIfNeeded: entry.value))
        }
    }

    private static func write(_ bytes: [UInt8], to file: any StorageFile, at position: Int) throws(LogError) {
        try bytes.withRawBytes { raw throws(LogError) in try file.write(raw, at: position) }
    }
}
