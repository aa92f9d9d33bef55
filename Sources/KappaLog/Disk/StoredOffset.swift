import CProcessor
import KappaRecords

/// One offset in a small durable file of its own, with a checksum: what a log may not forget and cannot derive.
struct StoredOffset {
    /// Below this nothing is read any more: records were deleted or retention passed.
    static let logStart = StoredOffset(fileName: "log-start-offset")
    /// Below this compaction has been, so that offsets may be missing there.
    static let compacted = StoredOffset(fileName: "compacted-offset")

    let fileName: String

    func write(_ offset: Int64, in directory: String, storage: any Storage) throws(LogError) {
        try AtomicFile.write(Array(text(offset).utf8), to: fileName, in: directory, storage: storage)
    }

    /// Nil where there is no such file. A damaged one is never guessed at.
    func read(in directory: String, storage: any Storage) throws(LogError) -> Int64? {
        guard let bytes = try AtomicFile.read(fileName, in: directory, storage: storage) else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard let offset = words.first.flatMap({ Int64($0) }), Array(text(offset).utf8) == bytes else {
            throw LogError(
                .damaged, "\(directory)/\(fileName) is damaged",
                hint: "It holds one offset. Without the file, the log is read from its first segment on.")
        }
        return offset
    }

    private func text(_ offset: Int64) -> String {
        let sum = Array("\(fileName) \(offset)".utf8).withRawBytes { kappa_crc32c(0, $0.baseAddress, $0.count) }
        return "\(offset) \(sum)\n"
    }
}
