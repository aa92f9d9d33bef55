import CProcessor
import KappaRecords

/// How far a log has been synced, noted in a small file after each sync and never synced itself: so recovery can tell a
/// torn end, which nobody was ever told of, from acknowledged records that are damaged or gone.
///
/// It may be older than the truth after a power cut, and is then of less help; it is never ahead of it.
struct SyncMark: Sendable {
    static let fileName = "synced-offset"

    private let file: any StorageFile

    /// Opens the mark of a log, which is made where it is missing.
    init(in directory: String, storage: any Storage) throws(LogError) {
        file = try storage.open("\(directory)/\(SyncMark.fileName)", create: true)
    }

    /// Always as many bytes, in one call: a reader finds the old mark, the new one, or one that does not fit its sum.
    func write(_ offset: Int64) throws(LogError) {
        try Array(SyncMark.text(offset).utf8).withRawBytes { raw throws(LogError) in try file.write(raw, at: 0) }
    }

    static func isReadable(in directory: String, storage: any Storage) throws(LogError) -> Bool {
        guard let bytes = try AtomicFile.read(fileName, in: directory, storage: storage) else { return true }
        return offset(in: bytes) != nil
    }

    /// Zero where there is no mark, or none that can be trusted.
    static func read(in directory: String, storage: any Storage) throws(LogError) -> Int64 {
        try AtomicFile.read(fileName, in: directory, storage: storage).flatMap(offset(in:)) ?? 0
    }

    private static func offset(in bytes: [UInt8]) -> Int64? {
        let digits = String(decoding: bytes.prefix { $0 != 0x20 }, as: UTF8.self)
        guard let offset = Int64(digits), offset >= 0, Array(text(offset).utf8) == bytes else { return nil }
        return offset
    }

    private static func text(_ offset: Int64) -> String {
        let digits = Segment.name(offset)
        let sum = Array("\(fileName) \(digits)".utf8).withRawBytes { kappa_crc32c(0, $0.baseAddress, $0.count) }
        let hex = String(sum, radix: 16)
        return "\(digits) \(String(repeating: "0", count: 8 - hex.count))\(hex)\n"
    }
}
