/// Opens compressed batches, for the few who must look inside: compaction, key checks, look-ups by time.
/// Everyone else passes the bytes on as they were sent.
enum Decompressor {
    enum Records {
        case inPlace
        case decompressed([UInt8])
    }

    /// A batch that grows beyond this is refused: a few bytes can announce gigabytes.
    static let largest = 128 << 20

    static func records(of batch: RecordBatch) throws(RecordBatch.Damage) -> Records {
        guard let codec = batch.attributes.codec else {
            throw .counts("is compressed with the unknown codec \(batch.attributes.codecNumber)")
        }
        guard codec != .none else { return .inPlace }
        guard batch.recordCount > 0 || !batch.payload.isEmpty else { return .decompressed([]) }
        guard let bytes = decompress(batch.payload, codec) else {
            throw .counts("has \(codec) bytes that do not decompress")
        }
        return .decompressed(bytes)
    }

    private static func decompress(_ bytes: UnsafeRawBufferPointer, _ codec: RecordBatch.Codec) -> [UInt8]? {
        switch codec {
        case .none: Array(bytes)
        case .gzip: Gzip.decompress(bytes, limit: largest)
        case .snappy: Snappy.decompress(bytes, limit: largest)
        case .lz4: LZ4.decompress(bytes, limit: largest)
        case .zstd: Zstandard.decompress(bytes, limit: largest)
        }
    }
}
