import KappaRecords

/// Holds a segment's indexes against the batches that they speak of.
struct IndexCheck {
    private let offsets: SparseIndex
    private let times: SparseIndex
    private let baseOffset: Int64
    private var offsetEntries: ArraySlice<SparseIndex.Entry> = []
    private var timeEntries: ArraySlice<SparseIndex.Entry> = []
    private var maxTimestamp: Int64 = -1
    private var maxTimestampOffset: Int64
    private var wrongOffsets = 0
    private var wrongTimes = 0
    /// Bytes behind the last whole entry.
    private var rest = (offsets: 0, times: 0)

    init(logPath: String, baseOffset: Int64, storage: any Storage) {
        offsets = SparseIndex(.offset, logPath: logPath, storage: storage, written: 0)
        times = SparseIndex(.time, logPath: logPath, storage: storage, written: 0)
        self.baseOffset = baseOffset
        maxTimestampOffset = baseOffset
    }

    mutating func load() throws(LogError) {
        offsetEntries = try offsets.readAll()[...]
        timeEntries = try times.readAll()[...]
        rest = (try offsets.bytesBehindEntries(), try times.bytesBehindEntries())
    }

    mutating func took(_ batch: RecordBatch, at position: Int) {
        if batch.maxTimestamp > maxTimestamp {
            maxTimestamp = batch.maxTimestamp
            maxTimestampOffset = batch.lastOffset
        }
        while let entry = offsetEntries.first, entry.value <= Int64(position) {
            offsetEntries.removeFirst()
            if entry != .init(key: batch.lastOffset - baseOffset, value: Int64(position)) { wrongOffsets += 1 }
        }
        while let entry = timeEntries.first, entry.value + baseOffset <= batch.lastOffset {
            timeEntries.removeFirst()
            if entry != .init(key: maxTimestamp, value: maxTimestampOffset - baseOffset) { wrongTimes += 1 }
        }
    }

    func finish(_ report: inout LogCheck.Report) {
        for (index, wrong, rest) in [
            (offsets, wrongOffsets + offsetEntries.count, rest.offsets),
            (times, wrongTimes + timeEntries.count, rest.times),
        ] {
            if wrong > 0 {
                report.add(
                    .note, index.path, "\(wrong) entries do not fit the segment; delete the file and it is made anew")
            }
            if rest > 0 { report.add(.note, index.path, "ends with \(rest) bytes that are no whole entry") }
        }
    }
}

extension SparseIndex {
    fileprivate var isThere: Bool {
        get throws(LogError) {
            try storage.list(PartitionLog.parent(of: path)).contains { path.hasSuffix("/" + $0) }
        }
    }

    fileprivate func bytesBehindEntries() throws(LogError) -> Int {
        guard try isThere else { return 0 }
        return try storage.open(path, create: false).size() % kind.entrySize
    }

    /// Every entry of the file, for a check.
    func readAll() throws(LogError) -> [Entry] {
        guard try isThere else { return [] }
        let file = try storage.open(path, create: false)
        var bytes = [UInt8](repeating: 0, count: try file.size())
        let count = try bytes.withMutableRawBytes { raw throws(LogError) in try file.read(into: raw, at: 0) }
        let (size, kind) = (kind.entrySize, kind)
        return bytes.withRawBytes { raw in
            stride(from: 0, to: count / size * size, by: size).map { start in
                SparseIndex.decode(raw.part(start..<start + size), kind: kind)
            }
        }
    }
}
