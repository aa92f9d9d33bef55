import KappaRecords

/// One file of the log and its two indexes. Only the last segment of a log grows.
final class Segment {
    let baseOffset: Int64
    let path: String
    let storage: any Storage
    /// The valid bytes of the file.
    var size = 0
    var nextOffset: Int64
    var maxTimestamp: Int64 = -1
    /// The last offset of the first batch that has `maxTimestamp`.
    var maxTimestampOffset: Int64
    /// When the first batch came; segments roll by its age.
    var firstTimestamp: Int64?
    var offsetIndex: SparseIndex
    var timeIndex: SparseIndex
    /// Bytes since the last index entry.
    var unindexedBytes = 0
    /// The index files have entries that no sync has covered.
    var indexesUnsynced = false
    private var lastIndexedTimestamp: Int64 = -1
    private var handle: (any StorageFile)?

    init(baseOffset: Int64, directory: String, storage: any Storage, indexEntries: Int = 0, timeEntries: Int = 0) {
        self.baseOffset = baseOffset
        path = "\(directory)/\(Segment.name(baseOffset)).log"
        self.storage = storage
        nextOffset = baseOffset
        maxTimestampOffset = baseOffset
        offsetIndex = SparseIndex(.offset, logPath: path, storage: storage, written: indexEntries)
        timeIndex = SparseIndex(.time, logPath: path, storage: storage, written: timeEntries)
    }

    /// A compacted segment that is still being written; a rename makes it part of the log.
    static let cleanedSuffix = ".cleaned"

    static func cleanedPath(of path: String) -> String { String(path.dropLast(4)) + cleanedSuffix }

    /// Twenty digits, as Kafka names its files.
    static func name(_ offset: Int64) -> String {
        let digits = String(offset)
        return String(repeating: "0", count: 20 - digits.utf8.count) + digits
    }

    /// The base offset in a segment's file name.
    static func baseOffset(ofFile name: String) -> Int64? {
        guard name.hasSuffix(".log"), name.utf8.count == 24 else { return nil }
        return Int64(name.dropLast(4)).flatMap { $0 >= 0 ? $0 : nil }
    }

    func file(create: Bool = false) throws(LogError) -> any StorageFile {
        if let handle { return handle }
        let opened = try storage.open(path, create: create)
        handle = opened
        return opened
    }

    /// Lets the descriptor go; bytes on their way to a socket keep their own reference.
    func closeFile() { handle = nil }
    var hasOpenFile: Bool { handle != nil }

    /// Accounts for a batch that now stands at the end of the file.
    func took(_ batch: RecordBatch, indexInterval: Int) throws(LogError) {
        let position = size
        size += batch.size
        nextOffset = batch.nextOffset
        if firstTimestamp == nil { firstTimestamp = batch.maxTimestamp }
        try index(Header(batch), at: position, indexInterval: indexInterval)
    }

    /// Makes an index entry for every so many bytes, in the order of the file.
    func index(_ header: Header, at position: Int, indexInterval: Int) throws(LogError) {
        if header.maxTimestamp > maxTimestamp {
            maxTimestamp = header.maxTimestamp
            maxTimestampOffset = header.lastOffset
        }
        if unindexedBytes >= indexInterval {
            try offsetIndex.append(key: header.lastOffset - baseOffset, value: Int64(position))
            try indexTime()
            unindexedBytes = 0
        }
        unindexedBytes += header.size
    }

    /// Notes the greatest timestamp so far, as the log's tail may be searched by time.
    private func indexTime() throws(LogError) {
        guard maxTimestamp > lastIndexedTimestamp else { return }
        try timeIndex.append(key: maxTimestamp, value: maxTimestampOffset - baseOffset)
        lastIndexedTimestamp = maxTimestamp
    }

    /// Completes the indexes of a segment that will not grow any more.
    func seal() throws(LogError) {
        try indexTime()
        try offsetIndex.flush(cutting: true)
        try timeIndex.flush(cutting: true)
        indexesUnsynced = true
    }

    func indexFiles() throws(LogError) -> [any StorageFile] {
        [try storage.open(offsetIndex.path, create: true), try storage.open(timeIndex.path, create: true)]
    }

    func flushIndexes() throws(LogError) {
        try offsetIndex.flush()
        try timeIndex.flush()
    }

    /// Starts the indexes again at the `position` from which the file is being read anew.
    func cutIndexes(to position: Int, offset: Int64) throws(LogError) {
        let offsets = offsetIndex.written > 0 ? try storage.open(offsetIndex.path, create: true) : nil
        offsetIndex.cut(to: try offsetIndex.count(file: offsets) { $0.value < Int64(position) })
        let times = timeIndex.written > 0 ? try storage.open(timeIndex.path, create: true) : nil
        timeIndex.cut(to: try timeIndex.count(file: times) { $0.value + self.baseOffset < offset })
        lastIndexedTimestamp = timeIndex.count > 0 ? try timeIndex.entry(timeIndex.count - 1, file: times).key : -1
        unindexedBytes = 0
        try offsetIndex.flush(cutting: true)
        try timeIndex.flush(cutting: true)
    }

    /// Puts the indexes back to empty; look-ups then walk the segment from its start.
    func forgetIndexes() {
        offsetIndex.cut(to: 0)
        timeIndex.cut(to: 0)
        lastIndexedTimestamp = -1
        unindexedBytes = 0
    }
}
